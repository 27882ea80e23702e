"""The envelope of OTLP/JSON: spans with plain attributes, and where each stands.

Shapes: https://opentelemetry.io/docs/specs/otlp/ (JSON: hex ids, 64-bit numbers as text or number).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import field, frozen

from broadcast_core.jsontext import Json


@frozen(kw_only=True)
class Event:
    """One event of a span."""

    name: str
    attributes: dict[str, Json]


@frozen(kw_only=True)
class Span:
    """One span, its attributes as plain JSON values, and its JSON path."""

    path: str
    raw: Mapping[str, Json]
    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: Json
    attributes: dict[str, Json]
    resource: dict[str, Json]
    events: tuple[Event, ...] = ()
    repeated: tuple[str, ...] = field(default=())

    @property
    def failed(self) -> bool:
        """Tell whether the status says error, as a number or as a collector spells it."""
        return self.status.get("code") in (2, "2", "STATUS_CODE_ERROR") or (
            self.attributes.get("span.level") == "ERROR"
        )

    @property
    def status(self) -> Mapping[str, Json]:
        """The status object; empty when there is none."""
        return _object(self.raw.get("status"))


class NotOtlpError(ValueError):
    """The document is no OTLP trace export; `path` says where it differs."""

    def __init__(self, what: str, path: str) -> None:
        self.what = what
        self.path = path
        super().__init__(f"{what} @ {path}")


def spans(document: Json) -> Iterator[Span]:
    """Yield each span of a trace export; raise `NotOtlpError` where the envelope is broken."""
    for resource_path, group in _objects(document, "resourceSpans", "$"):
        resource, _ = attributes(_object(group.get("resource")).get("attributes"))
        for scope_path, scope in _objects(group, "scopeSpans", resource_path):
            for path, raw in _objects(scope, "spans", scope_path):
                yield _span(raw, path, resource)


def _span(raw: Mapping[str, Json], path: str, resource: dict[str, Json]) -> Span:
    values, repeated = attributes(raw.get("attributes"))
    events = raw.get("events")
    return Span(
        path=path,
        raw=raw,
        trace_id=_text(raw.get("traceId")),
        span_id=_text(raw.get("spanId")),
        parent_span_id=_text(raw.get("parentSpanId")),
        name=_text(raw.get("name")),
        kind=raw.get("kind"),
        attributes=values,
        resource=resource,
        events=tuple(
            Event(name=_text(event.get("name")), attributes=attributes(event.get("attributes"))[0])
            for event in (events if isinstance(events, list) else ())
            if isinstance(event, dict)
        ),
        repeated=repeated,
    )


def attributes(pairs: Json) -> tuple[dict[str, Json], tuple[str, ...]]:
    """Return key-value pairs as a plain object, and the keys that came twice (the first one stays)."""
    found: dict[str, Json] = {}
    repeated: list[str] = []
    for pair in pairs if isinstance(pairs, list) else ():
        if not isinstance(pair, dict) or not isinstance(key := pair.get("key"), str):
            continue
        value = any_value(pair.get("value"))
        if key not in found:
            found[key] = value
        elif found[key] != value:
            repeated.append(key)
    return found, tuple(repeated)


def any_value(value: Json) -> Json:
    """Return an OTLP `AnyValue` as a plain JSON value; what is no `AnyValue` stays as it is."""
    if not isinstance(value, dict) or len(value) != 1:
        return value if value != {} else None
    (kind, content), *_ = value.items()
    if kind == "arrayValue":
        return [any_value(item) for item in _list(_object(content).get("values"))]
    if kind == "kvlistValue":
        return attributes(_object(content).get("values"))[0]
    if kind == "intValue" and isinstance(content, str) and content.removeprefix("-").isdecimal():
        return int(content) if len(content) < 20 else content
    if kind == "doubleValue" and isinstance(content, str):
        return _double(content)
    if kind in ("stringValue", "boolValue", "intValue", "doubleValue", "bytesValue"):
        return content
    return value


def _double(text: str) -> Json:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if number - number == 0 else text  # NaN and Infinity stay text


def _objects(parent: Json, key: str, path: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    items = _object(parent).get(key, [])
    if not isinstance(items, list):
        raise NotOtlpError(f"expected an array of objects in {key!r}", f"{path}.{key}")
    for index, item in enumerate(items):
        where = f"{path}.{key}[{index}]"
        if not isinstance(item, dict):
            raise NotOtlpError("expected an object", where)
        yield where, item


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
