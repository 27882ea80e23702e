"""Small deliveries to read, and the examples: a root span, its children, the envelope around them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from broadcast_core.readers import Read
from broadcast_core.readers.openrouter.delivery import read as read_delivery
from broadcast_core.record.generation import Generation
from tests.paths import EXAMPLES

NAMES = sorted(path.stem for path in EXAMPLES.glob("deliveries/*.json"))

ID = "gen-1795255200-Fir"
TRACE, ROOT = "a" * 32, "b" * 16
SECOND = 1_000_000_000
START, END = 1_795_255_200 * SECOND, 1_795_255_202 * SECOND
START_TIME, END_TIME = datetime(2026, 11, 21, 10, tzinfo=UTC), datetime(2026, 11, 21, 10, 0, 2, tzinfo=UTC)

SPAN_PATH = "$.resourceSpans[0].scopeSpans[0].spans[0]"
PATH = SPAN_PATH + ".attributes"
NO_ID = (
    f'missing: the generation needs its id, for example gen-1790606055-lQEt @ {PATH}["gen_ai.response.id"]'
)


def example(name: str, folder: str = "deliveries") -> dict[str, Any]:
    """Return one of the examples, by the name of its file."""
    document: dict[str, Any] = json.loads((EXAMPLES / folder / f"{name}.json").read_bytes())
    return document


def any_value(plain: Any) -> dict[str, Any]:
    """Return a plain value as OTLP spells it."""
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    if plain is None:
        return {}
    if isinstance(plain, list):
        return {"arrayValue": {"values": [any_value(item) for item in plain]}}
    if isinstance(plain, dict):
        return {"kvlistValue": {"values": pairs(plain)}}
    return {kinds[type(plain)]: plain}


def pairs(plain: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return attributes as OTLP spells them."""
    return [{"key": key, "value": any_value(value)} for key, value in plain.items()]


def root(
    stated: Mapping[str, Any] | None = None, /, *, id: str | None = ID, **changes: Any
) -> dict[str, Any]:
    """Return a root span of two seconds with an id, and what else it shall state."""
    known = {} if id is None else {"gen_ai.response.id": id}
    return {
        "traceId": TRACE,
        "spanId": ROOT,
        "name": "LLM Generation",
        "kind": 3,
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": str(END),
        "attributes": pairs({**known, **(stated or {})}),
        "status": {"code": 1},
        **changes,
    }


def completion(**request: Any) -> dict[str, str]:
    """Return the attribute of an answer that brings its request along."""
    return {"gen_ai.completion": json.dumps({"completion": "a", "rawRequest": request})}


def child(name: str, stated: Mapping[str, Any] | None = None, /, **changes: Any) -> dict[str, Any]:
    """Return a child of that root, one second long."""
    return {
        "traceId": TRACE,
        "spanId": f"{sum(map(ord, name)):016x}",
        "parentSpanId": ROOT,
        "name": name,
        "kind": 2,
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": str(START + SECOND),
        "attributes": pairs({"span.type": "span", **(stated or {})}),
        "status": {"code": 1},
        **changes,
    }


def attempt(index: int = 0, provider: str = "Mistral", **changes: Any) -> dict[str, Any]:
    """Return the span of an attempt that went well."""
    metadata = {"span.metadata.attempt_index": index, "span.metadata.status_code": 200}
    return child(f"provider attempt {index + 1}: {provider}", metadata, **changes)


def delivery(*spans: Any, resource: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a delivery as Broadcast sends it: every span in an element of its own."""
    around = {"service.name": "openrouter", "service.version": "1.0.0"} if resource is None else resource
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": pairs(around)},
                "scopeSpans": [{"scope": {"name": "openrouter"}, "spans": [span]}],
            }
            for span in spans
        ]
    }


def read_one(document: Any) -> Read:
    """Return the only outcome of a delivery, which is a generation."""
    (outcome,) = read_delivery(document).outcomes
    assert isinstance(outcome, Read), outcome
    return outcome


def generation(document: Any) -> Generation:
    """Return the only generation of a delivery."""
    return read_one(document).generation


def of(attributes: Mapping[str, Any], **changes: Any) -> Generation:
    """Return the generation of a root span with these attributes."""
    return generation(delivery(root(attributes, **changes)))


def problems(document: Any) -> list[str]:
    """Return every problem of a delivery that is refused whole."""
    reading = read_delivery(document)
    assert len(reading.outcomes) == len(reading.rejected), reading
    return [str(problem) for one in reading.rejected for problem in one.problems]


def diagnostics(document: Any) -> list[str]:
    """Return the diagnostics of a delivery of one generation."""
    return [str(diagnostic) for diagnostic in read_one(document).diagnostics]
