"""What one would write by hand for this corpus alone: plain dicts from orjson to Opik's two bodies.

It makes the same bytes as the library, which `python -m bench` compares before it times anything. It checks
nothing, tells nothing, and knows only what stands in the corpus: no failures, no odd values, no policies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import orjson

Document = dict[str, Any]

_MASK_74, _MASK_62 = (1 << 74) - 1, (1 << 62) - 1
_USAGE = (
    ("prompt_tokens", "input_tokens"),
    ("completion_tokens", "output_tokens"),
    ("total_tokens", "total_tokens"),
    ("original_usage.prompt_tokens", "input_tokens"),
    ("original_usage.completion_tokens", "output_tokens"),
    ("original_usage.prompt_tokens_details.cached_tokens", "cache_read_tokens"),
)
_PROVIDERS = {"Google AI Studio": "google_ai"}


def bodies(lines: Iterable[bytes], project: str) -> list[bytes]:
    """Return the bodies of the requests for traces and for spans."""
    traces: list[bytes] = []
    spans: list[bytes] = []
    for key, documents in _by_trace(map(orjson.loads, lines)).items():
        trace_id = documents[0]["trace"].get("trace_id")
        kind, start = "own-trace" if trace_id is None else "trace", _start(documents)
        own = _uuid(kind, key, start)
        shared = _content(documents[0]) if len(documents) == 1 else b""
        traces.append(_trace_row(key, own, documents, project, shared))
        parent = None
        if "span_name" in documents[0]["trace"]:
            parent = _uuid("span", _span_original(key, documents[0]["trace"]["span_name"]), start)
            spans.append(_named_span_row(key, own, parent, documents, project))
        spans += (_span_row(key, own, parent, one, project, shared or _content(one)) for one in documents)
    return [b'{"traces":[%s]}' % b",".join(traces), b'{"spans":[%s]}' % b",".join(spans)]


def _by_trace(documents: Iterable[Document]) -> dict[str, list[Document]]:
    groups: dict[str, list[Document]] = {}
    for one in documents:
        groups.setdefault(one["trace"].get("trace_id") or one["id"], []).append(one)
    return groups


def _start(documents: list[Document]) -> str:
    return min(one["timing"]["start"] for one in documents)


def _uuid(kind: str, original: str, start: str) -> str:
    low = int.from_bytes(hashlib.sha256(f"broadcast-opik/1\0{kind}\0{original}".encode()).digest(), "big")
    low &= _MASK_74
    moment = int(datetime.fromisoformat(start).timestamp() * 1000 + 0.5)
    text = f"{moment << 80 | 7 << 76 | (low >> 62) << 64 | 2 << 62 | (low & _MASK_62):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _span_original(key: str, name: str) -> str:
    return f"{len(key)}:{key},{len(name)}:{name},0:,"


def _time(text: str) -> str:
    return text[:-8] + "Z" if text.endswith(".000000Z") else text


def _after(end: str, microseconds: int) -> str:
    return (datetime.fromisoformat(end) + timedelta(microseconds=microseconds)).isoformat()[:-6] + "Z"


def _content(document: Document) -> bytes:
    content = document["content"]
    return b',"input":%s,"output":%s}' % (orjson.dumps(content["input"]), orjson.dumps(content["output"]))


def _row(fields: Document, spliced: bytes, content: bytes) -> bytes:
    return orjson.dumps(fields)[:-1] + spliced + content


def _merged(key: str, documents: list[Document]) -> tuple[Document, Document, str, str]:
    """Return the caller's metadata, whose user and session it is, the start and the end of some documents."""
    ordered = sorted(documents, key=lambda one: (one["timing"]["start"], one["id"]))
    custom: Document = {}
    who: Document = {"openrouter_trace_id": key}
    for name in ("user_id", "session_id"):
        for one in ordered:
            if name in one["identity"]:
                who[name] = one["identity"][name]
                break
    for one in reversed(ordered):
        custom |= one["trace"].get("metadata", {})
    custom = {name: custom[name] for name in sorted(custom)}
    return custom, who, ordered[0]["timing"]["start"], max(one["timing"]["end"] for one in documents)


def _shown(documents: list[Document]) -> bytes:
    """Return the input of the first and the output of the last document."""
    first = min(documents, key=lambda one: (one["timing"]["start"], one["id"]))
    last = max(documents, key=lambda one: (one["timing"]["end"], one["id"]))
    output = orjson.dumps(last["content"]["output"])
    return b',"input":%s,"output":%s}' % (orjson.dumps(first["content"]["input"]), output)


def _wait(documents: list[Document], start: str) -> float:
    begin = datetime.fromisoformat(start)
    waits = (
        datetime.fromisoformat(one["timing"]["start"])
        + timedelta(milliseconds=one["timing"]["first_token_ms"])
        for one in documents
    )
    return (min(waits) - begin) / timedelta(milliseconds=1)


def _columns(own: str, project: str, start: str, end: str, count: int) -> Document:
    return {
        "id": own,
        "project_name": project,
        "start_time": _time(start),
        "end_time": _time(end),
        "last_updated_at": _after(end, count),
        "source": "sdk",
    }


def _trace_row(key: str, own: str, documents: list[Document], project: str, content: bytes) -> bytes:
    custom, who, start, end = _merged(key, documents)
    fields = {
        **_columns(own, project, start, end, len(documents)),
        "name": documents[0]["trace"].get("trace_name", "OpenRouter Request"),
    }
    if "session_id" in who:
        fields["thread_id"] = who["session_id"]
    fields["ttft"] = _wait(documents, start)
    if "environment" in custom:
        fields["environment"] = custom["environment"]
    return _row(fields, b',"metadata":%s' % orjson.dumps({**who, **custom}), content or _shown(documents))


def _named_span_row(key: str, trace: str, own: str, documents: list[Document], project: str) -> bytes:
    custom, _, start, end = _merged(key, documents)
    fields = {
        **_columns(own, project, start, end, len(documents)),
        "trace_id": trace,
        "name": documents[0]["trace"]["span_name"],
        "type": "general",
    }
    spliced = b',"metadata":%s' % orjson.dumps({"openrouter_trace_id": key, **custom})
    return _row(fields, spliced, _shown(documents))


def _span_row(key: str, trace: str, parent: str | None, one: Document, project: str, content: bytes) -> bytes:
    timing, usage, cost, about = one["timing"], one["usage"], one["cost"], one["trace"]
    custom, who = about.get("metadata", {}), one["identity"]
    fields = {"id": _uuid("generation", one["id"], timing["start"]), "trace_id": trace}
    if parent is not None:
        fields["parent_span_id"] = parent
    fields |= {
        "project_name": project,
        "name": "LLM Generation",
        "type": "llm",
        "start_time": _time(timing["start"]),
        "end_time": _time(timing["end"]),
        "last_updated_at": _after(timing["end"], 1),
        "source": "sdk",
        "model": one["served_model"],
        "provider": _PROVIDERS.get(one["provider"], one["provider"].lower()),
        "usage": {name: usage[field] for name, field in _USAGE},
        "ttft": timing["first_token_ms"],
    }
    if "environment" in custom:
        fields["environment"] = custom["environment"]
    metadata = {
        "openrouter_trace_id": key,
        "openrouter_observation_id": one["id"],
        **{name: about[name] for name in ("trace_name", "span_name") if name in about},
        **{name: who[name] for name in ("user_id", "session_id") if name in who},
        "status": one["status"],
        "operation": "chat",
        "source": "openrouter",
        "request_model": one["model"],
        "response_model": one["served_model"],
        "model_author": one["author"],
        "provider_name": one["provider"],
        "provider_slug": one["provider_slug"],
        "streamed": one["streamed"],
        "finish_reason": one["finish_reason"],
        "native_finish_reason": one["native_finish_reason"],
        "model_parameters": one["parameters"],
        "cost": {
            **{name: float(cost[name]) for name in ("input", "output", "total")},
            "is_byok": cost["is_byok"],
            "source": cost["source"],
            "currency": "USD",
        },
        "latencies": {"router_latency_ms": timing["router_latency_ms"]},
        "account": {"api_key_name": who["api_key_name"]},
        "provider_attempts": [_attempt(attempt) for attempt in one["attempts"]],
    }
    if "request" in one["content"]:
        metadata["request"] = one["content"]["request"]
    metadata["schema_version"] = one["schema_version"]
    total = cost["total"].encode() if float(cost["total"]) else b"0"
    spliced = b',"total_estimated_cost":%s,"metadata":%s' % (total, orjson.dumps({**metadata, **custom}))
    return _row(fields, spliced, content)


def _attempt(attempt: Document) -> Document:
    return {
        "index": attempt["index"],
        "provider_name": attempt["provider"],
        "status_code": attempt["status_code"],
        "start": _time(attempt["start"]),
        "end": _time(attempt["end"]),
        "latency_ms": attempt["latency_ms"],
        "is_byok": attempt["is_byok"],
        "id": attempt["id"],
        "model": attempt["model"],
    }
