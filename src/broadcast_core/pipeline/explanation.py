"""What becomes of one generation on one route: every decision with its reason, and where every field goes.

Where a field goes is not declared by anyone: each field is taken out of the record, or changed, and the
requests are planned again. What differs on the wire is where it goes. So it is true for every destination.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve, field, frozen

from broadcast_core.batching.request import Request
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, dumps_lossy, without_lone_surrogates
from broadcast_core.pipeline.outcomes import Outcome
from broadcast_core.pipeline.planner import plan, plan_evaluated
from broadcast_core.pipeline.route import Route
from broadcast_core.policy import CheckResult, Policy, evaluate
from broadcast_core.record.generation import Generation
from broadcast_core.record.leaves import Leaf, leaves
from broadcast_core.record.validation import why_invalid
from broadcast_core.secrets import HashKeys
from broadcast_core.traces.state import State

MOST_PLACES = 8


@frozen(kw_only=True)
class FieldStory:
    """Where one field of the record goes: places on the wire, or why there are none."""

    path: str
    privacy: str
    places: tuple[str, ...] = ()
    why: str = ""


@frozen(kw_only=True)
class Explanation:
    """Every decision about one generation on one route, and the story of each of its fields."""

    route: str
    outcome: Outcome
    checks: tuple[CheckResult, ...]
    fields: tuple[FieldStory, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """Return the explanation for machines."""
        return {
            "route": self.route,
            "generation": self.outcome.generation,
            "outcome": self.outcome.status,
            "reason": self.outcome.reason,
            "stopped_by": self.outcome.stopped_by,
            "checks": [{"check": one.name, "passed": one.passed, "why": one.why} for one in self.checks],
            "diagnostics": [
                {"kind": d.kind, "path": d.path, "what": d.what} for d in self.outcome.diagnostics
            ],
            "fields": [
                {"path": f.path, "privacy": f.privacy, "places": list(f.places), "why": f.why}
                for f in self.fields
            ],
        }


def explain(
    generation: Generation, route: Route, *, hash_keys: Mapping[str, str] | None = None
) -> Explanation:
    """Return what a route decides about a generation, and where each known field of it goes."""
    hash_keys = HashKeys(hash_keys)  # at once: reports of errors show the variables of functions
    if fault := why_invalid(generation):
        (outcome,) = plan([generation], route, hash_keys=hash_keys).outcomes
        whole = FieldStory(path="$", privacy="content", why=f"its fields cannot be looked at: {fault}")
        return Explanation(route=route.name, outcome=outcome, checks=(), fields=(whole,))
    key = hash_keys.get(route.name)
    evaluation = evaluate(route.policy, generation, route=route.name, hash_key=key)
    (outcome,) = plan_evaluated([(generation.id, evaluation)], route, State()).outcomes
    fields = (
        _of_nothing(generation, outcome.reason)
        if evaluation.redacted is None
        else _Stories(generation, evaluation.redacted, evaluation.diagnostics, route, outcome).told()
    )
    return Explanation(route=route.name, outcome=outcome, checks=evaluation.checks, fields=tuple(fields))


def _of_nothing(generation: Generation, why: str) -> Iterator[FieldStory]:
    """Yield the fields of a generation that does not leave."""
    for leaf in leaves(generation):
        yield FieldStory(path=leaf.path, privacy=leaf.privacy, why=f"nothing of it leaves: {why}")


@frozen
class _Stories:
    """The fields of one generation that may leave, and the plan of what policy let through."""

    generation: Generation
    redacted: Generation
    held_back: tuple[Diagnostic, ...]
    route: Route
    outcome: Outcome
    _wire: dict[str, bytes] = field(init=False)

    @_wire.default
    def _planned(self) -> dict[str, bytes]:
        return self._places(self.redacted)

    def told(self) -> Iterator[FieldStory]:
        after = {leaf.path: leaf for leaf in leaves(self.redacted)}
        for leaf in leaves(self.generation):
            let_through = after.get(leaf.path)
            if let_through is None:
                why = f"held back: {self._reason(leaf.path)}"
                yield FieldStory(path=leaf.path, privacy=leaf.privacy, why=why)
            else:
                yield self._story(let_through, replaced=_differ(let_through.value, leaf.value))

    def _story(self, leaf: Leaf, *, replaced: bool) -> FieldStory:
        without = self._places(leaf.changed(self.redacted))
        places = _differing(self._wire, without)
        if leaf.unnamed:
            places = tuple(dict.fromkeys(_above_keys(place, leaf.value) for place in places))
        why = f"in other form: {self._reason(leaf.path)}" if replaced else ""
        if not places:
            why = self._no_place(leaf)
        return FieldStory(path=leaf.path, privacy=leaf.privacy, places=places, why=why)

    def _no_place(self, leaf: Leaf) -> str:
        if self._notes(leaf.path):
            return self._reason(leaf.path)
        blank = leaf.value in ([], {}) or (isinstance(leaf.value, str) and not leaf.value.strip())
        return "it is blank" if blank else "the destination has no place for it"

    def _places(self, generation: Generation) -> dict[str, bytes]:
        """Return every value on the wire by its place."""
        open_route = evolve(self.route, policy=_OPEN)
        requests = plan([generation], open_route).requests
        return {path: text for request in requests for path, text in _values(request)}

    def _notes(self, path: str) -> list[Diagnostic]:
        notes = (*self.outcome.diagnostics, *self.held_back)
        above = [one for one in notes if _is_above(one.path, path) or _is_above(path, one.path)]
        return sorted(above, key=lambda one: -len(one.path))

    def _reason(self, path: str) -> str:
        notes = self._notes(path)
        return notes[0].what if notes else "the policy of this route"


_OPEN = Policy(
    broadcast_generation_cost=True,
    broadcast_generation_identity=True,
    broadcast_generation_request_context=True,
)
"""For planning again what policy has let through already."""


def _differ(one: object, other: object) -> bool:
    """Tell whether two values differ; those that hold themselves cannot be compared but by identity."""
    try:
        return one is not other and bool(one != other)
    except RecursionError:
        return True


def _above_keys(place: str, keys: Iterable[str]) -> str:
    """Return a place as far as no key of a caller's is named; its first step where none is found in it."""
    cuts = [
        place.find(f".{spelled}")
        for key in keys
        for spelled in (str(key), without_lone_surrogates(str(key).replace("\x00", "")))
    ]
    found = [cut for cut in cuts if cut >= 0]
    return place[: min(found)] if found else place.partition(".")[0]


def _is_above(path: str, other: str) -> bool:
    return other == path or path == "$" or other.startswith((path + ".", path + "["))


def _values(request: Request) -> Iterator[tuple[str, bytes]]:
    """Yield the values of a request's items by their place; an item that is no JSON is one value."""
    for number, item in enumerate(request.items):
        place = f"{request.endpoint.name}[{number}]"
        try:
            document = json.loads(item.body)
        except ValueError:
            yield place, item.body
        else:
            yield from _walk(document, place)


def _walk(value: Json, place: str) -> Iterator[tuple[str, bytes]]:
    yield place, dumps_lossy(value)[0]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _walk(item, f"{place}[{key}]" if isinstance(key, int) else f"{place}.{key}")


def _differing(wire: Mapping[str, bytes], without: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the places that are gone, as high up as they are whole, and the deepest that have changed."""
    differing = [
        place for place, text in wire.items() if without.get(place) != text
    ]  # in the order of the wire
    found: list[str] = []
    for place, following in zip(differing, (*differing[1:], ""), strict=False):
        if place in without:
            found += [] if _is_above(place, following) else [place]
        elif not (found and _is_above(found[-1], place)):
            found.append(place)
    return tuple(sorted(found)[:MOST_PLACES])
