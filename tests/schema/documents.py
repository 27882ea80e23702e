"""Exchanges with the endpoints of an API: a request, and the answer, error or stream that came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen
from hypothesis import strategies as st

from broadcast_core.readers.exchange.endpoints import PATHS
from tests.schema.streams import events_apart, events_of
from tests.schema.values import Schema, Schemas, Values

_JSON, _EVENTS = "application/json", "text/event-stream"
WHOLE = "whole"
"""The key of an answer that a drawn stream tells in events; it is no part of the document."""
_SMALL = 4
"""The depth at which what is not looked at begins: it is small there."""


@frozen
class Endpoint:
    """One endpoint: the schemas of request, answer, event of a stream, and errors by their status."""

    path: str
    request: Schema
    answer: Schema | None = None
    event: Schema | None = None
    errors: tuple[tuple[int, Schema], ...] = ()
    recording: str | None = None

    __hash__ = None  # type: ignore[assignment]

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is looked at: the request or what came of it; `apart` and `retold` are streams."""
        kinds = {
            "request": self.request,
            "answer": self.answer,
            "apart": self.event,
            "retold": self.event and self.answer,
            "recording": self.recording,
            "error": self.errors,
        }
        return tuple(kind for kind, schema in kinds.items() if schema)

    def schema_of(self, kind: str) -> list[tuple[str, Schema]]:
        """Return the schemas of what is looked at, each with the place where it begins."""
        schemas = {"request": self.request, "apart": self.event}
        one = schemas.get(kind, None if kind == "recording" else self.answer)
        if kind == "error":
            return [(f"{self.path} error {status}", schema) for status, schema in self.errors]
        return [] if one is None else [(f"{self.path} {kind}", one)]

    def places(self, kind: str, schemas: Schemas) -> set[str]:
        """Return the places in the schemas that a drawn exchange of a kind can have."""
        known: set[str] = set()
        for place, schema in self.schema_of(kind):
            schemas.places(schema, place, known)
        return {place for place in known if not place.endswith(":")}


def endpoints(api: Mapping[str, Any], schemas: Schemas) -> Iterator[Endpoint]:
    """Yield the endpoints of an OpenAPI file that make a generation and take JSON."""
    for path, methods in api["paths"].items():
        asked = methods.get("post", {}).get("requestBody", {}).get("content", {})
        if path.endswith(PATHS) and _JSON in asked:
            yield _endpoint(path, asked[_JSON]["schema"], methods["post"]["responses"], schemas)


def _endpoint(path: str, request: Schema, responses: Mapping[str, Any], schemas: Schemas) -> Endpoint:
    found: dict[str, Any] = {}
    errors = []
    for code, response in responses.items():
        content = response.get("content", {})
        if not code.startswith("2"):
            errors += [(int(code), content[_JSON]["schema"])] if _JSON in content else []
            continue
        found["answer"] = content.get(_JSON, {}).get("schema")
        frame = schemas.resolved(content.get(_EVENTS, {}).get("schema", {}))
        found["event"] = frame.get("properties", {}).get("data")
        found["recording"] = next((kind for kind in content if kind.startswith("audio/")), None)
    return Endpoint(path, request, errors=tuple(errors), **found)


@st.composite
def exchanges(
    draw: st.DrawFn, endpoint: Endpoint, kind: str, schemas: Schemas, seen: set[str], shrinks: bool = True
) -> dict[str, Any]:
    """Exchanges with an endpoint, as documents; `seen` gets the places in the schemas that were drawn."""
    chance = None if shrinks else draw(st.randoms(use_true_random=True))
    values = Values(schemas, draw, seen, chance)
    depth = 0 if kind == "request" else _SMALL
    request = values.value(endpoint.request, f"{endpoint.path} request", depth)
    document: dict[str, Any] = {"request": request, "started_at": "2026-11-23T10:00:00Z"}
    if kind == "request" and endpoint.answer is not None:
        document["response"] = values.value(endpoint.answer, f"{endpoint.path} answer", _SMALL)
    elif kind in ("request", "recording"):
        document |= {"status_code": 200, "headers": {"content-type": "audio/mpeg"}}
    else:
        document |= _outcome(values, kind, endpoint)
    if kind == "retold":
        request["stream"] = True
    return {**document, **_http(values, endpoint.path)}


def _outcome(values: Values, kind: str, endpoint: Endpoint) -> dict[str, Any]:
    place, schema = values.one_of(endpoint.schema_of(kind))
    if kind == "apart":
        return {"chunks": events_apart(values, schema, place)}
    value = values.value(schema, place)
    if kind == "retold":
        whole, events = events_of(values, value)
        return {WHOLE: whole, "chunks": events}
    return {"response": value, **({} if kind == "answer" else {"status_code": int(place.rpartition(" ")[2])})}


def _http(values: Values, path: str) -> dict[str, Any]:
    """Return what HTTP tells: mostly the path, and now and then an id and the end."""
    found: dict[str, Any] = {} if values.seldom(4) else {"path": f"/api/v1{path}"}
    if values.seldom(4):
        found["id"] = f"gen-{values.mark()}"
    if values.seldom(2):
        found["ended_at"] = "2026-11-23T10:00:09Z"
    return found
