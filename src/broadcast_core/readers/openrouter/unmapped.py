"""Attributes and parts of spans that no field of the record takes: kept under their own names.

Unknown attributes stay under their keys. Beside them: `resource` and `span` for what stands around them, and
the lists `events`, `child spans` and `provider_responses`.
"""

from __future__ import annotations

from collections.abc import Iterable

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, keep
from broadcast_core.readers.fields import Fields, from_json_text
from broadcast_core.readers.openrouter.attempts import CollectedAttempts, rest_of_list
from broadcast_core.readers.openrouter.otlp import UNREAD, Event, Span
from broadcast_core.readers.openrouter.prefixes import ATTEMPT
from broadcast_core.readers.openrouter.span_groups import STREAM_CHILD, named_generation
from broadcast_core.readers.openrouter.status import exception_of
from broadcast_core.readers.openrouter.trace_context import TRACE_ID

_TRUNCATED = ".truncated"
_TRUNCATION = "openrouter.trace_truncated"
_USUAL_RESOURCE = {"service.name": "openrouter", "service.version": "1.0.0"}
_TIMES = ("startTimeUnixNano", "endTimeUnixNano")


def truncated(span: Span, fields: Fields) -> tuple[str, ...]:
    """Take the marks of shortened values, and return the keys that were shortened, in order.

    A mark is true and stands beside its key; anything else of that name is the caller's own.
    """
    marks = [
        key
        for key, value in fields.left.items()
        if key.endswith(_TRUNCATED)
        and value in (True, "true")
        and key.removesuffix(_TRUNCATED) in fields.left
    ]
    for key in marks:
        del fields.left[key]
    named = {key.removesuffix(_TRUNCATED) for key in marks}
    for event in span.events:
        if event.name == _TRUNCATION:
            named.update(key for key in _named_keys(event) if isinstance(key, str) and key)
    return tuple(sorted(named))


def _named_keys(event: Event) -> list[Json]:
    stated = event.attributes.get("keys")
    keys = from_json_text(stated)[0] if isinstance(stated, str) else stated
    return keys if isinstance(keys, list) else [keys]


def unmapped_attributes(
    root: Span,
    children: Iterable[Span],
    tries: CollectedAttempts,
    fields: Fields,
    ids: tuple[str | None, ...],
) -> dict[str, Json]:
    """Return everything of a group that was not read; `ids` are those that the resource may repeat."""
    left = dict(fields.left)
    if UNREAD in left:
        what = "no key-value pairs, or a key again with another value; kept with the unknown keys"
        fields.diagnostics.append(Diagnostic("moved", f"{root.path}.attributes", what))
    resource = _differing(root.resource, _USUAL_RESOURCE)
    if resource.get(TRACE_ID) in ids:
        resource.pop(TRACE_ID, None)
    kept = (
        ("resource", resource),
        ("span", root.other),
        ("events", _events(event for event in root.events if event is not exception_of(root))),
        ("child spans", _of_children(root, children, tries)),
        ("provider_responses", rest_of_list(tries.of_list)),
    )
    for name, value in kept:
        if value:
            keep(left, name, value)
    return left


def _of_children(root: Span, children: Iterable[Span], tries: CollectedAttempts) -> list[Json]:
    found = (
        (span, _of_child(span, tries.of_spans.get(span.path, span.attributes), root)) for span in children
    )
    return [{"name": span.name, **rest} for span, rest in found if rest]


def _of_child(span: Span, attributes: dict[str, Json], root: Span) -> dict[str, Json]:
    """Return what a child says beyond its root; of a child that is not known, its times too."""
    rest: dict[str, Json] = {}
    known = span.name == STREAM_CHILD or span.name.startswith(ATTEMPT)
    if unread := _unusual(span, attributes, root) if known else attributes:
        rest["attributes"] = unread
    if not known:
        rest |= {key: span.raw[key] for key in (*_TIMES, "status") if span.raw.get(key)}
    elif span.name == STREAM_CHILD and span.status != root.status and (span.failed or span.status_message):
        rest["status"] = dict(span.status)
    if events := _events(span.events):
        rest["events"] = events
    if resource := _differing(span.resource, root.resource):
        rest["resource"] = resource
    if other := _differing(span.other, root.other):
        rest["span"] = other
    return rest


def _unusual(span: Span, attributes: dict[str, Json], root: Span) -> dict[str, Json]:
    """Return the attributes of a known child without those that only repeat what the root says."""
    usual = {
        "span.type": "span",
        "span.level": "ERROR" if span.failed else "DEFAULT",
        "gen_ai.operation.name": root.attributes.get("gen_ai.operation.name"),
        "gen_ai.response.id": attributes.get("gen_ai.response.id") if _names_root(span, root) else None,
    }
    return _differing(attributes, usual)


def _names_root(span: Span, root: Span) -> bool:
    return named_generation(span) == root.attributes.get("gen_ai.response.id")


def _differing(values: dict[str, Json], usual: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in values.items() if key not in usual or usual[key] != value}


def _events(events: Iterable[Event]) -> list[Json]:
    return [
        {
            **event.other,
            "name": event.name,
            **({} if event.time is None else {"timeUnixNano": event.time}),
            "attributes": _unread(event),
        }
        for event in events
    ]


def _unread(event: Event) -> dict[str, Json]:
    """Return the attributes of an event; the keys that were shortened are in the record."""
    if event.name == _TRUNCATION and all(isinstance(key, str) for key in _named_keys(event)):
        return {key: value for key, value in event.attributes.items() if key != "keys"}
    return event.attributes
