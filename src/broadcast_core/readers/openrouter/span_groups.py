"""Which spans of a delivery belong together: a root for each generation, and its children.

A child names its generation (`gen-1:attempt-0`), or stands below its root. A span that says it is a
generation itself is a root, also below a span of the caller's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping

from attrs import field, frozen

from broadcast_core.jsontext import Json, dumps_lossy
from broadcast_core.readers.openrouter.otlp import Span
from broadcast_core.readers.openrouter.prefixes import ATTEMPT

SpanAddress = tuple[str, str]  # trace id and span id

STREAM_CHILD = "generation"
"""The child span that only streams have."""

_CHILDREN = (STREAM_CHILD, "moderation")
_SERVER = (2, "2", "SPAN_KIND_SERVER")


@frozen
class SpanGroup:
    """A root and its children, in an order of their own: by start, then by id."""

    root: Span
    children: list[Span] = field(factory=list)


def group_spans(everything: Iterable[Span]) -> tuple[list[SpanGroup], list[Span]]:
    """Return the groups of a delivery, and the children whose root is not here."""
    spans = _without_repeats(everything)
    places = {_address(span): span for span in spans if span.span_id}
    found: list[SpanGroup] = []
    children: list[Span] = []
    for span in spans:
        if _is_child(span, places):
            children.append(span)
        else:
            found.append(SpanGroup(span))
    by_address: dict[SpanAddress, SpanGroup | None] = {
        _address(group.root): group for group in reversed(found) if group.root.span_id
    }
    by_id = {generation_id(group.root): group for group in reversed(found)}
    orphans: list[Span] = []
    for span in sorted(children, key=_order):
        group = by_id.get(named_generation(span) or "") or _nearest_group(span, places, by_address)
        (group.children if group else orphans).append(span)
    return found, orphans


def generation_id(span: Span) -> str | None:
    """Return the id that a root span states, else the one that its resource carries."""
    stated = span.attributes.get("gen_ai.response.id")
    if isinstance(stated, str) and stated.strip():
        return stated
    carried = span.resource.get("openrouter.trace.id")
    return carried if isinstance(carried, str) and carried.startswith("gen-") else None


def named_generation(span: Span) -> str | None:
    """Return the id of the generation that a child names as its own."""
    stated = span.attributes.get("gen_ai.response.id")
    return stated.partition(":")[0] if isinstance(stated, str) else None


def _without_repeats(everything: Iterable[Span]) -> list[Span]:
    """Return the spans without exact copies, which a sender makes that tries again."""
    spans = list(everything)
    times = Counter(_address(span) for span in spans if span.span_id)
    kept: list[Span] = []
    seen: set[bytes] = set()
    for span in spans:
        if times[_address(span)] > 1:
            whole, _ = dumps_lossy([span.raw, span.resource])
            if whole in seen:
                continue
            seen.add(whole)
        kept.append(span)
    return kept


def _is_child(span: Span, places: Container[SpanAddress]) -> bool:
    if span.name.startswith(ATTEMPT):
        return True
    if not span.parent_span_id:
        return False
    if span.attributes.get("span.type") == "span":
        return True
    if span.name in _CHILDREN and span.raw.get("kind") in _SERVER:
        return True
    return (span.trace_id, span.parent_span_id) in places and not _is_generation(span.attributes)


def _is_generation(attributes: dict[str, Json]) -> bool:
    stated = attributes.get("gen_ai.response.id")
    return (
        attributes.get("span.type") == "generation"
        or "gen_ai.request.model" in attributes
        or (isinstance(stated, str) and ":" not in stated)
    )


def _nearest_group(
    span: Span, places: Mapping[SpanAddress, Span], known: dict[SpanAddress, SpanGroup | None]
) -> SpanGroup | None:
    """Return the nearest group above a span, however deep; store it for each span between."""
    passed: set[SpanAddress] = set()
    place = (span.trace_id, span.parent_span_id)
    while place not in known and place in places and place not in passed:
        passed.add(place)
        place = (span.trace_id, places[place].parent_span_id)
    group = known.get(place)
    known.update(dict.fromkeys(passed, group))
    return group


def _address(span: Span) -> SpanAddress:
    return span.trace_id, span.span_id


def _order(span: Span) -> tuple[str, str, str]:
    start = str(span.raw.get("startTimeUnixNano"))
    return start.zfill(20), span.span_id, span.name
