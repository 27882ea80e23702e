"""Routes that give one id to rows of two projects, as their destinations tell where they write.

A destination that does not tell, or fails when it is asked, is not looked at.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import evolve, frozen

from broadcast_core.destinations.capabilities import Place, Places
from broadcast_core.destinations.contract import Destination
from broadcast_core.diagnostics import FAILURES, Diagnostic
from broadcast_core.pipeline.outcomes import Outcome
from broadcast_core.record.generation import Generation

Configured: TypeAlias = tuple[str, Destination, Any]
"""A route as its name, its destination and the config of that."""


@frozen
class Placed:
    """A route by its name, and where its destination writes."""

    route: str
    destination: str
    place: Place

    def shares_space_with(self, other: Placed) -> bool:
        """Tell whether ids of both must be unique together, and the rows go to two homes."""
        one, two = self.place, other.place
        return (self.destination, one.space) == (other.destination, two.space) and one.home != two.home

    def repeats(self, other: Placed) -> bool:
        """Tell whether one generation would stand twice in one home, under two ids."""
        one, two = self.place, other.place
        where = (self.destination, one.space, one.home)
        return where == (other.destination, two.space, two.home) and one.ids != two.ids

    def shares_ids_with(self, other: Placed) -> bool:
        """Tell whether one generation has one id in both of their homes."""
        return self.shares_space_with(other) and self.place.ids == other.place.ids


def placed(routes: Iterable[Configured]) -> list[Placed]:
    """Return where routes write, of those whose destination tells."""
    found = [(name, destination.name, _place(destination, config)) for name, destination, config in routes]
    return [Placed(name, kind, place) for name, kind, place in found if place is not None]


def _place(destination: Destination, config: Any) -> Place | None:
    try:
        place = destination.place(config) if isinstance(destination, Places) else None
    except FAILURES:  # a plugin may raise anything; its routes are not compared
        return None
    return place if isinstance(place, Place) else None


def undecided(routes: Sequence[Placed]) -> dict[str, str]:
    """Return what is wrong with each route that shares a space with others, where one does not state its ids.

    All of them have to: the ids of each hang on what it states itself, and on no other route.
    """
    wrong: dict[str, str] = {}
    for one in routes:
        repeated = ", ".join(repr(other.route) for other in routes if one.repeats(other))
        if repeated:
            what = f"writes into the same project as {repeated}, with other ids, and all stands there twice"
            wrong[one.route] = f"{what}: give both the same options for ids, or switch one of them off"
            continue
        others = [other for other in routes if one.shares_space_with(other)]
        if others and not all(member.place.stated for member in routes if _is_beside(member, one)):
            names = ", ".join(repr(other.route) for other in others)
            what = f"writes into the same workspace as {names}, into another project, and one does not say"
            wrong[one.route] = f"{what} whether their ids may be the same: {one.place.advice}"
    return wrong


def _is_beside(one: Placed, other: Placed) -> bool:
    return (one.destination, one.place.space) == (other.destination, other.place.space)


def with_doubled(
    outcomes: Sequence[Outcome], generations: Iterable[Generation], routes: Sequence[Configured]
) -> tuple[Outcome, ...]:
    """Return outcomes that tell of each generation, or its trace, that has one id in two projects."""
    places = placed(routes) if len(routes) > 1 else []
    pairs = {
        one.route: [two for two in places if one.shares_ids_with(two) or one.repeats(two)] for one in places
    }
    repeated = {(one.route, two.route) for one in places for two in places if one.repeats(two)}
    if not any(pairs.values()):
        return tuple(outcomes)
    traces = {one.id: one.trace.trace_id for one in generations if isinstance(getattr(one, "id", None), str)}
    sent: dict[str, set[tuple[str, str | None]]] = {}
    for outcome in outcomes:
        if outcome.status == "planned":
            keys = {("$.id", outcome.generation), ("$.trace.trace_id", traces.get(outcome.generation))}
            sent.setdefault(outcome.route, set()).update(keys)
    return tuple(_told(outcome, traces, pairs, repeated, sent) for outcome in outcomes)


def _told(
    outcome: Outcome,
    traces: Mapping[str, str | None],
    pairs: Mapping[str, Sequence[Placed]],
    repeated: Container[tuple[str, str]],
    sent: Mapping[str, set[tuple[str, str | None]]],
) -> Outcome:
    """Return an outcome with a note for each place of its ids that another route fills as well."""
    others = pairs.get(outcome.route, ()) if outcome.status == "planned" else ()
    twice = [one for one in others if (outcome.route, one.route) in repeated]
    apart = [one for one in others if one not in twice]
    trace = traces.get(outcome.generation)
    notes = (
        *_notes(outcome.generation, trace, apart, sent, _APART),
        *_notes(outcome.generation, trace, twice, sent, _TWICE),
    )
    return evolve(outcome, diagnostics=(*outcome.diagnostics, *notes)) if notes else outcome


_APART = "goes into another project of the same workspace by {}, under the same id"
_TWICE = "goes into the same project by {} too, under another id, and stands there twice"


def _notes(
    generation: str,
    trace: str | None,
    others: Sequence[Placed],
    sent: Mapping[str, set[tuple[str, str | None]]],
    how: str,
) -> Iterator[Diagnostic]:
    """Yield what is doubled; of a route that has the generation itself, the trace is not told too."""
    for path, key, what in (("$.id", generation, "it"), ("$.trace.trace_id", trace, "its trace")):
        doubled = [one for one in others if key is not None and (path, key) in sent.get(one.route, ())]
        if doubled:
            names = ", ".join(repr(one.route) for one in doubled)
            yield Diagnostic("doubled", path, f"{what} {how.format(names)}: {doubled[0].place.advice}")
        others = [one for one in others if one not in doubled]
