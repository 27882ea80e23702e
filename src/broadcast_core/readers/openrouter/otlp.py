"""The envelope of OTLP/JSON: spans with plain attributes, and where each stands.

Shapes: https://opentelemetry.io/docs/specs/otlp/ (JSON: hex ids, 64-bit numbers as text or number; null
and absent are alike). A part that is broken is told by its path and costs no other part; what stands
around the attributes and has no place of its own is kept beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from attrs import frozen

from broadcast_core.diagnostics import Problem
from broadcast_core.jsontext import Json
from broadcast_core.record.field_checks import MOST

UNREAD = "not key-value pairs"
"""The key that keeps what stands among attributes and is no pair, or gives a key another value."""

OF_THEIR_OWN = "give the traces of a collector a pipeline with an exporter of its own"
"""What to do where traces stand among other signals."""
OTHER_SIGNALS = f"these are metrics, logs or profiles of OpenTelemetry, no traces; {OF_THEIR_OWN}"

_BESIDE: Mapping[str, frozenset[str]] = {
    "resourceSpans": frozenset(),
    "scopeSpans": frozenset({"resource", "schemaUrl"}),
    "spans": frozenset({"scope", "schemaUrl"}),
}
_ANY = (str, int, float, bool, dict, list)
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "traceId": str, "spanId": str, "parentSpanId": str, "name": str, "status": dict, "events": list,
    "attributes": _ANY, "startTimeUnixNano": _ANY, "endTimeUnixNano": _ANY, "kind": _ANY, "flags": _ANY,
}  # fmt: skip
_EVENT = ("name", "timeUnixNano", "attributes")
_STATUS = ("code", "message")
ERROR = 2
_STATUS_CODES = {"0": 0, "UNSET": 0, "1": 1, "OK": 1, "2": ERROR, "ERROR": ERROR}
_USUAL_SCOPE = {"name": "openrouter"}


@frozen(kw_only=True)
class Event:
    """One event of a span."""

    name: str
    time: Json
    attributes: dict[str, Json]
    other: dict[str, Json]


@frozen(kw_only=True)
class Span:
    """One span, its attributes as plain JSON values, and its JSON path.

    `other` holds what stands around the attributes and is not read: links, an unusual scope, wrong types.
    """

    path: str
    raw: Mapping[str, Json]
    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    attributes: dict[str, Json]
    resource: dict[str, Json]
    events: tuple[Event, ...] = ()
    other: dict[str, Json]

    @property
    def failed(self) -> bool:
        """Tell whether the status or the level says error."""
        return self.status_code == ERROR or self.attributes.get("span.level") == "ERROR"

    @property
    def status_code(self) -> int | None:
        """The code of the status, however a sender spells it; None when there is none that is known."""
        return _status_code(self.status.get("code"))

    @property
    def status(self) -> Mapping[str, Json]:
        """The status object; empty when there is none."""
        return _object(self.raw.get("status"))

    @property
    def status_message(self) -> str | None:
        """What the status says, in words."""
        message = self.status.get("message")
        return message if isinstance(message, str) and message.strip() else None


@frozen
class _Part:
    """One object of the envelope, its path, and what stands around it."""

    path: str
    value: Mapping[str, Json]
    around: Mapping[str, Json]


def spans(document: Json) -> tuple[list[Span], list[Problem]]:
    """Return every span of a trace export, and what is broken in its envelope."""
    if not isinstance(document, dict):
        return [], [Problem("expected an object with resourceSpans")]
    broken: list[Problem] = []
    found: list[Span] = []
    for group in _parts(_Part("$", document, {}), "resourceSpans", broken):
        resource = _resource(group.value.get("resource"))
        for scope in _parts(group, "scopeSpans", broken):
            named = scope.value.get("scope")
            around = {"scope": named} if named and named != _USUAL_SCOPE else {}
            found += [_span(part, resource, around) for part in _parts(scope, "spans", broken)]
    return found, broken


def _parts(parent: _Part, key: str, broken: list[Problem]) -> Iterator[_Part]:
    """Yield each object of an array of the envelope; note what is none."""
    unknown = {
        name: value
        for name, value in parent.value.items()
        if value and name != key and name not in _BESIDE[key]
    }
    items = parent.value.get(key)
    if items is None:
        if unknown:
            broken.append(Problem(f"missing: an array of objects in {key!r}", f"{parent.path}.{key}"))
        return
    if not isinstance(items, list):
        broken.append(Problem(f"expected an array of objects in {key!r}", f"{parent.path}.{key}"))
        return
    around = {**parent.around, **unknown}
    for index, item in enumerate(items):
        where = f"{parent.path}.{key}[{index}]"
        if isinstance(item, dict):
            yield _Part(where, item, around)
        else:
            broken.append(Problem("expected an object", where))


def _span(part: _Part, resource: dict[str, Json], around: Mapping[str, Json]) -> Span:
    raw = part.value
    other = {key: value for key, value in raw.items() if value and not isinstance(value, _TYPES.get(key, ()))}
    status = _object(raw.get("status"))
    known = {
        "code": _status_code(status.get("code")) is not None,
        "message": isinstance(status.get("message"), str),
    }
    if unread := _beside(status, tuple(key for key in _STATUS if known[key])):
        other["status"] = unread
    events = _list(raw.get("events"))
    if odd := [event for event in events if not isinstance(event, dict)]:
        other["events"] = odd
    return Span(
        path=part.path,
        raw=raw,
        trace_id=_text(raw.get("traceId")),
        span_id=_text(raw.get("spanId")),
        parent_span_id=_text(raw.get("parentSpanId")),
        name=_text(raw.get("name")),
        attributes=attributes(raw.get("attributes")),
        resource=resource,
        events=tuple(_event(event) for event in events if isinstance(event, dict)),
        other={**part.around, **around, **other},
    )


def _status_code(value: Json) -> int | None:
    plain = any_value(value)
    if not isinstance(plain, int | str):
        return None
    return _STATUS_CODES.get(str(plain).upper().removeprefix("STATUS_CODE_"))


def _event(raw: Mapping[str, Json]) -> Event:
    return Event(
        name=_text(raw.get("name")),
        time=raw.get("timeUnixNano"),
        attributes=attributes(raw.get("attributes")),
        other=_beside(raw, _EVENT),
    )


def _resource(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        return {} if value is None else {UNREAD: [value]}
    found = attributes(value.get("attributes"))
    if other := _beside(value, ("attributes",)):
        found[UNREAD] = [*_list(found.get(UNREAD)), other]
    return found


def _beside(value: Mapping[str, Json], known: tuple[str, ...]) -> dict[str, Json]:
    """Return what an object says under keys that are not known; defaults say nothing."""
    return {key: item for key, item in value.items() if item and key not in known}


def attributes(pairs: Json) -> dict[str, Json]:
    """Return key-value pairs as a plain object; the first value of a key stays, what is left is `UNREAD`.

    A pair whose own key is that word is left too, so that it means one thing only.
    """
    found: dict[str, Json] = {}
    unread: list[Json] = []
    for pair in pairs if isinstance(pairs, list) else [] if pairs is None else [pairs]:
        key = pair.get("key") if isinstance(pair, dict) else None
        if not isinstance(key, str) or key == UNREAD:
            unread.append(pair)
            continue
        value = pair.get("value")
        if isinstance(value, dict) and len(value) == 1 and "stringValue" in value:  # as most are
            value = value["stringValue"]
        else:
            value = any_value(value)
        if key not in found:
            found[key] = value
        elif found[key] != value:
            unread.append(pair)
            continue
        if len(pair) > 2:
            unread.append(pair)
    if unread:
        found[UNREAD] = unread
    return found


def any_value(value: Json) -> Json:
    """Return an OTLP `AnyValue` as a plain JSON value; what is no `AnyValue` stays as it is."""
    if not isinstance(value, dict) or len(value) != 1:
        return value if value != {} else None
    ((kind, content),) = value.items()
    if kind in _PLAIN:
        return content
    read = _READ.get(kind)
    return value if read is None else read(content)


def _whole(content: Json) -> Json:
    """Return the number that a text of at most 19 digits spells, else the value as it is."""
    digits = content.removeprefix("-") if isinstance(content, str) else ""
    number = int(content) if digits.isdecimal() and len(digits) < 20 else None
    return content if number is None or number < -MOST - 1 else number


def _double(content: Json) -> Json:
    """Return the finite number that a text spells, else the value as it is: NaN and Infinity stay text."""
    if not isinstance(content, str) or "_" in content:
        return content
    try:
        number = float(content)
    except ValueError:
        return content
    return number if number - number == 0 else content


def _array(content: Json) -> Json:
    items = _values(content)
    return {"arrayValue": content} if items is None else [any_value(item) for item in items]


def _pairs(content: Json) -> Json:
    found = attributes(_values(content))
    return {"kvlistValue": content} if UNREAD in found or _values(content) is None else found


def _values(content: Json) -> list[Json] | None:
    """Return what an array or a list of pairs holds; None when it has another shape."""
    values = content.get("values", []) if isinstance(content, dict) else None
    return values if isinstance(values, list) else None


_PLAIN = frozenset({"stringValue", "boolValue", "bytesValue"})
_READ: Mapping[str, Callable[[Json], Json]] = {
    "intValue": _whole,
    "doubleValue": _double,
    "arrayValue": _array,
    "kvlistValue": _pairs,
}


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
