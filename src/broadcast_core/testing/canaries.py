"""Documents of every dialect with a marker of its own in every place where content can stand.

`documents()` draws a document and its markers. With privacy mode on none of them may be in anything that
leaves; with everything allowed all of them arrive, so that the first can fail. Markers stand at any depth, in
values and in keys, in fields that are known and in fields that nobody knows, and where a word is expected:
in codes, reasons and settings. They are sentences, words without spaces, in snake_case and in other scripts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import field, frozen
from hypothesis import strategies as st

from broadcast_core.jsontext import Json

PREFIX = "tw33t"
_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")

_SPELLINGS: tuple[Callable[[int], tuple[str, str]], ...] = (
    lambda n: (f"said {PREFIX}-{n}-{PREFIX} so", f"{PREFIX}-{n}-{PREFIX}"),
    lambda n: (f"{PREFIX}{n}{PREFIX}",) * 2,
    lambda n: (f"like_{PREFIX}_{n}_this", f"{PREFIX}_{n}_this"),
    lambda n: (f"Said{PREFIX.title()}{n}Error", f"{PREFIX.title()}{n}Error"),
    lambda n: (
        "这里写着" + str(n).translate(_DIGITS) + "号不可告人的秘密",
        str(n).translate(_DIGITS) + "号不可",
    ),
    lambda n: (f"СказаноТайно{n}Слово", f"Тайно{n}Слово"),
    lambda n: (f"قيل{n}سرا", f"ل{n}س"),
)
"""What a marker of a number is written as, and what of it is looked for."""
_NO_NAMES = (_SPELLINGS[0], *_SPELLINGS[4:])
"""Those that no model, provider or id has: a name of one word cannot be told from a word that was said."""


@frozen
class Canaries:
    """A document of a dialect, and the markers in it."""

    dialect: str
    document: Json
    markers: tuple[str, ...] = field(repr=False)

    __hash__ = None  # type: ignore[assignment]

    def found_in(self, text: str) -> list[str]:
        """Return the markers that are in a text, in any letter case, as they are or as JSON spells them."""
        lower = text.lower()
        return [one for one in self.markers if any(spelled.lower() in lower for spelled in _spelled(one))]


def _spelled(marker: str) -> tuple[str, ...]:
    """Return a marker as it is, in JSON, and in JSON that stands in a text of JSON."""
    once = json.dumps(marker)[1:-1]
    return (marker, once, json.dumps(once)[1:-1])


class Marks:
    """Makes markers, each once, and JSON of any shape around them."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.made: list[str] = []

    def text(self) -> str:
        """Return a text with a new marker in it, however it is spelled."""
        return self._marked(_SPELLINGS)

    def no_name(self) -> str:
        """Return a text with a new marker in it that has not the form of a name."""
        return self._marked(_NO_NAMES)

    def _marked(self, spellings: Sequence[Callable[[int], tuple[str, str]]]) -> str:
        text, marker = self._draw(st.sampled_from(spellings))(len(self.made))
        self.made.append(marker)
        return text

    def json(self) -> Json:
        """Return a JSON value with new markers in it, somewhere."""
        value: Json = self.text()
        for wrap in self._draw(st.lists(st.sampled_from(_WRAPS), max_size=3)):
            value = wrap(value, self)
        return value

    def spelled(self, value: Json) -> Json:
        """Return a value, or its JSON text: deliveries have both."""
        return json.dumps(value, ensure_ascii=False) if self._draw(st.booleans()) else value


_WRAPS: tuple[Callable[[Json, Marks], Json], ...] = (
    lambda value, _marks: {"inner": value},
    lambda value, _marks: [1, value, None],
    lambda value, marks: {marks.text(): value, "n": 3},
)


def documents() -> st.SearchStrategy[Canaries]:
    """Draw a document of any dialect, full of markers."""
    return st.sampled_from(sorted(_DIALECTS)).flatmap(_marked)


@st.composite
def _marked(draw: st.DrawFn, dialect: str) -> Canaries:
    marks = Marks(draw)
    document = _DIALECTS[dialect](marks)
    return Canaries(dialect.partition(" ")[0], document, tuple(marks.made))


def _record(marks: Marks) -> Json:
    return {
        "id": "gen-1795400000-a",
        "timing": {"start": "2026-11-23T10:00:00Z", "end": "2026-11-23T10:00:02Z", "unknown": marks.json()},
        "status": "error",
        "content": {
            "input": marks.json(),
            "output": marks.json(),
            "request": marks.json(),
            "more": marks.json(),
        },
        "operation": marks.text(),
        "source": marks.no_name(),
        "model": marks.no_name(),
        "served_model": marks.no_name(),
        "author": marks.no_name(),
        "provider": marks.no_name(),
        "provider_slug": marks.no_name(),
        "finish_reason": marks.text(),
        "native_finish_reason": marks.text(),
        "truncated": [marks.text()],
        "failure": {
            "type": marks.text(),
            "code": marks.text(),
            "message": marks.text(),
            "stacktrace": marks.text(),
            "raw": marks.json(),
        },
        "attempts": [
            {
                "index": 0,
                "status_code": 500,
                "provider": marks.no_name(),
                "id": marks.no_name(),
                "endpoint_id": marks.no_name(),
                "model": marks.no_name(),
                "message": marks.text(),
                "body": marks.json(),
            }
        ],
        "parameters": {"stop": [marks.text()], "response_format": marks.json(), **_settings(marks)},
        "generation_cost": {
            "unknown": marks.json(),
            marks.text(): 1,
            f"cache_creation.{marks.text()}": 2,
            "usage": marks.text(),
            "credit_pool_id": marks.no_name(),
        },
        "generation_identity": {"unknown": marks.json(), marks.text(): 1},
        "generation_request_context": {
            "unknown": marks.json(),
            marks.text(): 1,
            "latency": marks.text(),
            **_context(marks),
        },
        "extra": {"kept": marks.json()},
        "unknown": marks.json(),
    }


def _settings(marks: Marks) -> dict[str, Json]:
    """Return model parameters with markers where numbers and known words are expected."""
    return {
        "temperature": marks.text(),
        "service_tier": marks.text(),
        "reasoning_effort": marks.text(),
        "verbosity": marks.text(),
        "encoding_format": marks.text(),
        "truncation": marks.text(),
        "modalities": [marks.text()],
        "reasoning": {"effort": marks.text(), "summary": marks.text(), marks.text(): 1},
        "thinking": {"type": marks.text()},
        marks.text(): 1,
    }


def _context(marks: Marks) -> dict[str, Json]:
    """Return fields of the request context with markers where known words and names are expected."""
    return {
        "finish_reason": marks.text(),
        "native_finish_reason": marks.text(),
        "api_type": marks.text(),
        "service_tier": marks.text(),
        "router": marks.no_name(),
        "preset_id": marks.no_name(),
    }


def _request(marks: Marks) -> dict[str, Json]:
    tool = {"type": "function", "function": {"name": marks.text(), "parameters": marks.json()}}
    return {
        "model": "openai/gpt-5-mini",
        "messages": [
            {"role": "system", "content": marks.text()},
            {"role": "user", "content": [{"type": "text", "text": marks.text()}, marks.json()]},
            {"role": "tool", "tool_call_id": "c", "content": marks.text()},
        ],
        "tools": [tool],
        "tool_choice": {"type": "function", "function": {"name": marks.text()}},
        **_settings(marks),
        "response_format": marks.json(),
        "stop": [marks.text()],
        "prediction": marks.json(),
        "unknown": marks.json(),
    }


def _message(marks: Marks) -> dict[str, Json]:
    call = {"id": "c", "type": "function", "function": {"name": marks.text(), "arguments": marks.text()}}
    return {
        "role": "assistant",
        "content": marks.text(),
        "reasoning": marks.text(),
        "refusal": marks.text(),
        "tool_calls": [call],
        "unknown": marks.json(),
    }


def _chat(marks: Marks) -> Json:
    return _exchange(
        marks,
        response={
            "id": "gen-1795400000-a",
            "model": marks.no_name(),
            "provider": marks.no_name(),
            "service_tier": marks.text(),
            "choices": [
                {
                    "index": 0,
                    "message": _message(marks),
                    "logprobs": {"content": [marks.json()]},
                    "finish_reason": marks.text(),
                    "native_finish_reason": marks.text(),
                }
            ],
            "usage": {"prompt_tokens": 3, "unknown": marks.json()},
            "unknown": marks.json(),
        },
    )


def _error(marks: Marks) -> dict[str, Json]:
    about = {"raw": marks.json(), "error_type": marks.text(), "provider_name": marks.no_name()}
    return {
        "code": marks.text(),
        "type": marks.text(),
        "message": marks.text(),
        "metadata": about,
        "unknown": marks.json(),
    }


def _chat_error(marks: Marks) -> Json:
    return _exchange(marks, response={"error": _error(marks)})


def _chat_error_in_a_choice(marks: Marks) -> Json:
    choices = [{"index": n, "message": _message(marks), "error": _error(marks)} for n in range(2)]
    return _exchange(marks, response={"choices": choices})


def _chat_without_a_response(marks: Marks) -> Json:
    return _exchange(marks, response=None, error=_error(marks))


def _chat_without_an_answer(marks: Marks) -> Json:
    return _exchange(marks, response={"status_code": 503, "message": marks.text(), "unknown": marks.json()})


def _chat_ranking(marks: Marks) -> Json:
    results = [{"index": 0, "document": {"text": marks.text()}, "unknown": marks.json()}]
    return _exchange(marks, response={"id": "gen-1795400000-a", "results": results})


def _chat_format(marks: Marks) -> Json:
    output = [{"type": "message", "content": [{"type": "output_text", "text": marks.text()}]}]
    asked = {"format": {"type": "json_schema", "name": marks.text(), "schema": marks.json()}}
    return _exchange(marks, response={"object": "response", "output": output, "text": asked})


def _chat_stream(marks: Marks) -> Json:
    deltas: list[Json] = [{"content": marks.text()}, {"reasoning": marks.text()}, {"unknown": marks.json()}]
    ends = {"index": 0, "delta": {}, "finish_reason": marks.text(), "native_finish_reason": marks.text()}
    chunks = [{"id": "gen-1795400000-a", "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks.append({"choices": [ends]})
    return _exchange(marks, chunks=[*chunks, marks.json()])


def _chat_lines(marks: Marks) -> Json:
    chunk = {"choices": [{"index": 0, "delta": _message(marks)}], "unknown": marks.json()}
    return _exchange(marks, chunks=[f"data: {json.dumps(chunk)}", f"data: {marks.text()}"])


def _exchange(marks: Marks, **answer: Json) -> Json:
    times = {"started_at": "2026-11-23T10:00:00Z", "ended_at": "2026-11-23T10:00:02Z"}
    return {"request": _request(marks), **answer, **times, "unknown": marks.json()}


def _generation_api(marks: Marks) -> Json:
    data = {
        "id": "gen-1795400000-a",
        "created_at": "2026-11-23T10:00:00Z",
        "model": marks.no_name(),
        "provider_name": marks.no_name(),
        "unknown": marks.json(),
        **_context(marks),
    }
    previous = [{"code": 500, "message": marks.text(), "raw": marks.json()}]
    content = {
        "input": {"messages": [{"role": "user", "content": marks.json()}]},
        "output": {"completion": marks.text(), "reasoning": marks.text(), "unknown": marks.json()},
        "error": {
            "status": marks.text(),
            "message": marks.text(),
            "raw": marks.json(),
            "previous_errors": previous,
        },
        "unknown": marks.json(),
    }
    return {"generation": {"data": data, "unknown": marks.json()}, "content": {"data": content}}


def _delivery(marks: Marks) -> Json:
    group = "trace.metadata.openrouter_generation."
    completion = {
        "completion": marks.text(),
        "reasoning": marks.text(),
        "toolCalls": [marks.json()],
        "tools": [marks.json()],
        "rawRequest": _request(marks),
        "unknown": marks.json(),
    }
    responses = [{"id": "r", "provider_name": marks.no_name(), "status": 500, "unknown": marks.json()}]
    root = {
        "gen_ai.response.id": "gen-1795400000-a",
        "gen_ai.prompt": marks.spelled({"messages": [{"role": "user", "content": marks.json()}]}),
        "span.input": marks.spelled({"messages": [{"role": "user", "content": marks.json()}]}),
        "trace.input": marks.text(),
        "gen_ai.completion": marks.spelled(completion),
        "span.output": marks.spelled({"completion": marks.text()}),
        "gen_ai.request.stop": marks.spelled([marks.text()]),
        **{f"gen_ai.request.{key}": marks.spelled(value) for key, value in _settings(marks).items()},
        "gen_ai.request.model": marks.no_name(),
        "gen_ai.response.model": marks.no_name(),
        "gen_ai.provider.name": marks.no_name(),
        "gen_ai.operation.name": marks.text(),
        "gen_ai.response.finish_reason": marks.text(),
        "trace.metadata.openrouter.finish_reason": marks.text(),
        "trace.metadata.openrouter.provider_name": marks.no_name(),
        "gen_ai.response.unknown": marks.spelled(marks.json()),
        "span.status_message": marks.text(),
        "trace.metadata.provider_responses": marks.spelled(responses),
        group + "upstream_raw_response_usage": marks.spelled({"text": marks.json()}),
        group + "unknown": marks.spelled(marks.json()),
        group + marks.text(): 1,
        group + "cache_creation." + marks.text(): 2,
        group + "usage": marks.text(),
        **{group + key: value for key, value in _context(marks).items()},
        "unknown": marks.spelled(marks.json()),
    }
    exception = {
        "exception.type": marks.text(),
        "exception.message": marks.text(),
        "exception.stacktrace": marks.text(),
    }
    events = [
        _event("openrouter.trace_truncated", {"keys": [marks.text()]}),
        _event("exception", {**exception, "unknown": marks.json()}),
        _event("other", {"x": marks.json()}),
    ]
    attempt = {"span.metadata.attempt_index": 0, "span.metadata.status_code": 500, "unknown": marks.json()}
    spans = [
        _span("LLM Generation", "1", root, marks, events=events),
        _span("provider attempt 1: A", "2", attempt, marks, parentSpanId="1" * 16),
        _span("generation", "3", {"unknown": marks.json()}, marks, parentSpanId="1" * 16),
        _span("moderation", "4", {"unknown": marks.json()}, marks, parentSpanId="1" * 16),
    ]
    return {"resourceSpans": [_resource(span, marks) for span in spans]}


def _span(
    name: str, digit: str, attributes: Mapping[str, Json], marks: Marks, **more: Json
) -> dict[str, Json]:
    return {
        "traceId": "a" * 32,
        "spanId": digit * 16,
        "name": name,
        "kind": 3 if digit == "1" else 2,
        "startTimeUnixNano": "1795400000000000000",
        "endTimeUnixNano": "1795400002000000000",
        "status": {"code": 2, "message": marks.text(), "unknown": marks.json()},
        "attributes": _pairs(attributes),
        "unknown": marks.json(),
        **more,
    }


def _resource(span: Json, marks: Marks) -> Json:
    about = {"service.name": "openrouter", "unknown": marks.json()}
    scopes = [{"scope": {"name": "openrouter", "unknown": marks.json()}, "spans": [span]}]
    return {"resource": {"attributes": _pairs(about)}, "scopeSpans": scopes}


def _event(name: str, attributes: Mapping[str, Json]) -> Json:
    return {"name": name, "timeUnixNano": "1795400001000000000", "attributes": _pairs(attributes)}


def _pairs(attributes: Mapping[str, Json]) -> list[Json]:
    return [{"key": key, "value": _any_value(value)} for key, value in attributes.items()]


def _any_value(value: Json) -> Json:
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, int):
        return {"intValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_any_value(item) for item in value if item is not None]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": _pairs(value)}}
    return {}


_DIALECTS: dict[str, Callable[[Marks], Any]] = {
    "broadcast": _delivery,
    "chat": _chat,
    "chat error": _chat_error,
    "chat error in a choice": _chat_error_in_a_choice,
    "chat format": _chat_format,
    "chat lines": _chat_lines,
    "chat ranking": _chat_ranking,
    "chat stream": _chat_stream,
    "chat without a response": _chat_without_a_response,
    "chat without an answer": _chat_without_an_answer,
    "generation-api": _generation_api,
    "record": _record,
}
