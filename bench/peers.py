"""Others who make Opik's rows, where they are installed: `pip install litellm opik` beside the bench.

They get what they need already as objects of Python, so they are compared with records in process. Neither
says as much as our rows do; both make their JSON as their own clients send it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import orjson

PEERS: dict[str, str] = {
    "LiteLLM's Opik payloads": "litellm",
    "Opik SDK: models and their encoder": "opik",
}
"""By what is timed: the package that it needs."""

Prepared = tuple[Callable[[list[bytes]], list[Any]], Callable[[list[Any]], int]]


def installed() -> Iterator[tuple[str, Prepared]]:
    """Yield each peer that is installed: what is timed, and how it is prepared and done."""
    makers: dict[str, Callable[[], Prepared]] = {"litellm": _litellm, "opik": _opik}
    for what, package in PEERS.items():
        try:
            yield what, makers[package]()
        except ImportError:
            continue


def _litellm() -> Prepared:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else its import asks the network
    from litellm import Usage
    from litellm.integrations.opik.opik_payload_builder import build_opik_payload

    def prepare(lines: list[bytes]) -> list[Any]:
        calls = [_as_callback(orjson.loads(line)) for line in lines]
        for call in calls:
            call["response_obj"]["usage"] = Usage(**call["response_obj"]["usage"])
        return calls

    def work(calls: list[Any]) -> int:
        rows = []
        for call in calls:
            rows += [one.__dict__ for one in build_opik_payload(**call) if one is not None]
        return len(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode())

    return prepare, work


def _as_callback(document: dict[str, Any]) -> dict[str, Any]:
    """Return what LiteLLM hands to its own callbacks after such a request."""
    timing, usage, content = document["timing"], document["usage"], document["content"]
    tokens = {
        "prompt_tokens": usage["input_tokens"],
        "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["total_tokens"],
    }
    logged = {
        "id": document["id"],
        "call_type": "acompletion",
        "status": "success",
        "model": document["model"],
        "messages": content["input"]["messages"],
        "response": content["output"],
        "metadata": {"user_api_key_alias": "bench", **document["trace"].get("metadata", {})},
        "model_parameters": document["parameters"],
        "hidden_params": {},
    }
    cost = float(document["cost"]["total"])
    return {
        "kwargs": {
            "standard_logging_object": logged,
            "litellm_params": {"metadata": {}},
            "custom_llm_provider": document["provider"].lower(),
            "response_cost": cost,
        },
        "response_obj": {
            "id": document["id"],
            "object": "chat.completion",
            "created": 0,
            "model": document["served_model"],
            "usage": tokens,
        },
        "start_time": datetime.fromisoformat(timing["start"]),
        "end_time": datetime.fromisoformat(timing["end"]),
        "project_name": "bench",
    }


def _opik() -> Prepared:
    from opik.id_helpers import generate_id
    from opik.jsonable_encoder import encode
    from opik.rest_api.types.span_write import SpanWrite
    from opik.rest_api.types.trace_write import TraceWrite

    def prepare(lines: list[bytes]) -> list[Any]:
        return [orjson.loads(line) for line in lines]

    def work(documents: list[Any]) -> int:
        rows: list[Any] = []
        for one in documents:
            timing, content = one["timing"], one["content"]
            shared = {
                "project_name": "bench",
                "start_time": datetime.fromisoformat(timing["start"]),
                "end_time": datetime.fromisoformat(timing["end"]),
                "input": content["input"],
                "output": content["output"],
                "metadata": {"status": one["status"], **one["trace"].get("metadata", {})},
            }
            trace = TraceWrite(id=generate_id(), name="OpenRouter Request", **shared)
            span = SpanWrite(
                id=generate_id(),
                trace_id=trace.id,
                name="LLM Generation",
                type="llm",
                model=one["served_model"],
                provider=one["provider"].lower(),
                usage={"total_tokens": one["usage"]["total_tokens"]},
                total_estimated_cost=float(one["cost"]["total"]),
                **shared,
            )
            rows += [encode(trace), encode(span)]
        return len(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode())

    return prepare, work
