"""What OpenRouter sends and answers, full of markers: deliveries, and lookups."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_core.testing.canaries.exchanges import request
from broadcast_core.testing.canaries.marks import Marks
from broadcast_core.testing.canaries.records import context, settings


def generation_api(marks: Marks) -> Json:
    """Return a lookup with its content."""
    data = {
        "id": "gen-1795400000-a",
        "created_at": "2026-11-23T10:00:00Z",
        "model": marks.no_name(),
        "provider_name": marks.no_name(),
        "unknown": marks.json(),
        **context(marks),
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


def delivery(marks: Marks) -> Json:
    """Return a delivery of OpenRouter."""
    group = "trace.metadata.openrouter_generation."
    completion = {
        "completion": marks.text(),
        "reasoning": marks.text(),
        "toolCalls": [marks.json()],
        "tools": [marks.json()],
        "rawRequest": request(marks),
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
        **{f"gen_ai.request.{key}": marks.spelled(value) for key, value in settings(marks).items()},
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
        **{group + key: value for key, value in context(marks).items()},
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
