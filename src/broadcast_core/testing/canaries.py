"""Documents of every dialect with a marker of its own in every place where content can stand.

`documents()` draws a document and its markers. With privacy mode on none of them may be in anything that
leaves; with everything allowed all of them arrive, so that the first can fail. Markers stand at any depth, in
values and in keys, in fields that are known and in fields that nobody knows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen
from hypothesis import strategies as st

from broadcast_core.jsontext import Json

PREFIX = "tw33t"


@frozen
class Canaries:
    """A document of a dialect, and the markers in it."""

    dialect: str
    document: Json
    markers: tuple[str, ...] = field(repr=False)

    __hash__ = None  # type: ignore[assignment]


class Marks:
    """Makes markers, each once, and JSON of any shape around them."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.made: list[str] = []

    def text(self) -> str:
        """Return a text with a new marker in it."""
        self.made.append(f"{PREFIX}-{len(self.made)}-{PREFIX}")
        return f"said {self.made[-1]} so"

    def json(self) -> Json:
        """Return a JSON value with new markers in it, somewhere."""
        value: Json = self.text()
        for wrap in self._draw(st.lists(st.sampled_from(_WRAPS), max_size=3)):
            value = wrap(value, self)
        return value

    def spelled(self, value: Json) -> Json:
        """Return a value, or its JSON text: deliveries have both."""
        return json.dumps(value) if self._draw(st.booleans()) else value


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
        "failure": {"message": marks.text(), "stacktrace": marks.text(), "raw": marks.json()},
        "attempts": [{"index": 0, "status_code": 500, "message": marks.text(), "body": marks.json()}],
        "parameters": {"stop": [marks.text()], "response_format": marks.json(), "temperature": 0.5},
        "generation_cost": {"unknown": marks.json()},
        "generation_identity": {"unknown": marks.json()},
        "generation_request_context": {"unknown": marks.json()},
        "extra": {"kept": marks.json()},
        "unknown": marks.json(),
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
            "choices": [{"index": 0, "message": _message(marks), "logprobs": {"content": [marks.json()]}}],
            "usage": {"prompt_tokens": 3, "unknown": marks.json()},
            "unknown": marks.json(),
        },
    )


def _error(marks: Marks) -> dict[str, Json]:
    raw = {"raw": marks.json()}
    return {"code": 400, "message": marks.text(), "metadata": raw, "unknown": marks.json()}


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
    chunks = [{"id": "gen-1795400000-a", "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    return _exchange(marks, chunks=[*chunks, marks.json()])


def _chat_lines(marks: Marks) -> Json:
    chunk = {"choices": [{"index": 0, "delta": _message(marks)}], "unknown": marks.json()}
    return _exchange(marks, chunks=[f"data: {json.dumps(chunk)}", f"data: {marks.text()}"])


def _exchange(marks: Marks, **answer: Json) -> Json:
    times = {"started_at": "2026-11-23T10:00:00Z", "ended_at": "2026-11-23T10:00:02Z"}
    return {"request": _request(marks), **answer, **times, "unknown": marks.json()}


def _generation_api(marks: Marks) -> Json:
    data = {"id": "gen-1795400000-a", "created_at": "2026-11-23T10:00:00Z", "unknown": marks.json()}
    previous = [{"code": 500, "message": marks.text(), "raw": marks.json()}]
    content = {
        "input": {"messages": [{"role": "user", "content": marks.json()}]},
        "output": {"completion": marks.text(), "reasoning": marks.text(), "unknown": marks.json()},
        "error": {"status": 502, "message": marks.text(), "raw": marks.json(), "previous_errors": previous},
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
    responses = [{"id": "r", "provider_name": "A", "status": 500, "unknown": marks.json()}]
    root = {
        "gen_ai.response.id": "gen-1795400000-a",
        "gen_ai.prompt": marks.spelled({"messages": [{"role": "user", "content": marks.json()}]}),
        "span.input": marks.spelled({"messages": [{"role": "user", "content": marks.json()}]}),
        "trace.input": marks.text(),
        "gen_ai.completion": marks.spelled(completion),
        "span.output": marks.spelled({"completion": marks.text()}),
        "gen_ai.request.stop": marks.spelled([marks.text()]),
        "gen_ai.response.unknown": marks.spelled(marks.json()),
        "span.status_message": marks.text(),
        "trace.metadata.provider_responses": marks.spelled(responses),
        group + "upstream_raw_response_usage": marks.spelled({"text": marks.json()}),
        group + "unknown": marks.spelled(marks.json()),
        "unknown": marks.spelled(marks.json()),
    }
    exception = {
        "exception.type": "Error",
        "exception.message": marks.text(),
        "exception.stacktrace": marks.text(),
    }
    events = [
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
