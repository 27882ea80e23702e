"""Routes that give one id to rows of two projects, as their destinations tell where they write.

A destination that does not tell is not looked at; of one that fails when it is asked, each outcome says so.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from attrs import evolve, frozen

from broadcast_core.destinations.capabilities import Place
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.errors import PluginFault
from broadcast_core.pipeline.outcomes import Outcome
from broadcast_core.pipeline.plugin_faults import blame
from broadcast_core.pipeline.route import Route
from broadcast_core.record.generation import Generation

SentKeys: TypeAlias = Mapping[str, Container[tuple[str, str | None]]]
"""By route: the paths and ids of the generations and traces that are planned on it."""


@frozen
class RouteTarget:
    """Where the destination of a route writes."""

    route: str
    destination: str
    place: Place

    def shares_space_with(self, other: RouteTarget) -> bool:
        """Tell whether ids of both must be unique together, and the rows go to two homes."""
        mine, its = self.place, other.place
        return self.is_beside(other) and mine.home != its.home

    def duplicates(self, other: RouteTarget) -> bool:
        """Tell whether one generation would stand twice in one home, under two ids."""
        mine, its = self.place, other.place
        return self.is_beside(other) and mine.home == its.home and mine.ids != its.ids

    def shares_ids_with(self, other: RouteTarget) -> bool:
        """Tell whether one generation has one id in both of their homes."""
        return self.shares_space_with(other) and self.place.ids == other.place.ids

    def is_beside(self, other: RouteTarget) -> bool:
        """Tell whether both write into one space."""
        return (self.destination, self.place.space) == (other.destination, other.place.space)


def targets_of(routes: Iterable[Route]) -> list[RouteTarget]:
    """Return where routes write, of those whose destination tells."""
    return _placed(routes)[0]


def _placed(routes: Iterable[Route]) -> tuple[list[RouteTarget], dict[str, Diagnostic]]:
    """Return where routes write, and by route what is told where a destination fails on it."""
    found: list[RouteTarget] = []
    faults: dict[str, Diagnostic] = {}
    for route in routes:
        try:
            place = route.place
        except PluginFault as error:
            what = f"it cannot be told whether it goes elsewhere too: {blame(route.destination, error)}"
            faults[route.name] = Diagnostic("doubled", "$.id", what)
        else:
            if place is not None:
                found.append(RouteTarget(route.name, route.destination.name, place))
    return found, faults


def find_undecided(targets: Sequence[RouteTarget]) -> dict[str, str]:
    """Return what is wrong with each route that shares a space with others, where one does not state its ids.

    All of them have to: the ids of each hang on what it states itself, and on no other route.
    """
    wrong: dict[str, str] = {}
    for target in targets:
        same = _names(other for other in targets if target.duplicates(other))
        others = _names(other for other in targets if target.shares_space_with(other))
        if same:
            what = f"writes into the same project as {same}, with other ids, and all stands there twice"
            wrong[target.route] = f"{what}: give both the same options for ids, or switch one of them off"
        elif others and not all(other.place.stated for other in targets if other.is_beside(target)):
            what = f"writes into the same workspace as {others}, into another project, and one does not say"
            wrong[target.route] = f"{what} whether their ids may be the same: {target.place.advice}"
    return wrong


def _names(targets: Iterable[RouteTarget]) -> str:
    return ", ".join(repr(target.route) for target in targets)


def note_collisions(
    outcomes: Sequence[Outcome], generations: Iterable[Generation], routes: Sequence[Route]
) -> tuple[Outcome, ...]:
    """Return outcomes that tell of each generation, or its trace, that has one id in two projects."""
    targets, faults = _placed(routes)
    apart = {one.route: [two for two in targets if one.shares_ids_with(two)] for one in targets}
    twice = {one.route: [two for two in targets if one.duplicates(two)] for one in targets}
    if not any((*apart.values(), *twice.values(), faults)):
        return tuple(outcomes)
    traces = dict(_trace_ids(generations))
    sent: dict[str, set[tuple[str, str | None]]] = {}
    for outcome in outcomes:
        if outcome.status == "planned":
            keys = {("$.id", outcome.generation), ("$.trace.trace_id", traces.get(outcome.generation))}
            sent.setdefault(outcome.route, set()).update(keys)

    def note(outcome: Outcome) -> Outcome:
        if outcome.status != "planned":
            return outcome
        ids = (outcome.generation, traces.get(outcome.generation))
        fault = faults.get(outcome.route)
        notes = (
            *(() if fault is None else (fault,)),
            *_notes(*ids, apart.get(outcome.route, ()), sent, _APART),
            *_notes(*ids, twice.get(outcome.route, ()), sent, _TWICE),
        )
        return evolve(outcome, diagnostics=(*outcome.diagnostics, *notes)) if notes else outcome

    return tuple(note(outcome) for outcome in outcomes)


def _trace_ids(generations: Iterable[Generation]) -> Iterator[tuple[str, str | None]]:
    """Yield the id of each generation and that of its trace; a record of wrong types is not planned."""
    for one in generations:
        with suppress(AttributeError):
            yield one.id, one.trace.trace_id


_APART = "goes into another project of the same workspace by {}, under the same id"
_TWICE = "goes into the same project by {} too, under another id, and stands there twice"


def _notes(
    generation: str, trace: str | None, others: Sequence[RouteTarget], sent: SentKeys, how: str
) -> Iterator[Diagnostic]:
    """Yield what is doubled; of a route that has the generation itself, the trace is not told too."""
    for path, key, what in (("$.id", generation, "it"), ("$.trace.trace_id", trace, "its trace")):
        doubled = [other for other in others if key is not None and (path, key) in sent.get(other.route, ())]
        if doubled:
            advice = doubled[0].place.advice
            yield Diagnostic("doubled", path, f"{what} {how.format(_names(doubled))}: {advice}")
        others = [other for other in others if other not in doubled]
