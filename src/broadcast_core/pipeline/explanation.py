"""What becomes of one generation on one route: every decision with its reason, and where every field goes.

Where a field goes is not declared by anyone: each field is taken out of the record, or changed, and the
requests are planned again. What differs on the wire is where it goes. So it is true for every destination.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, without_lone_surrogates
from broadcast_core.pipeline.arguments import list_of
from broadcast_core.pipeline.mapping import items_to_send, map_trace
from broadcast_core.pipeline.outcomes import Outcome
from broadcast_core.pipeline.planner import plan, plan_evaluated
from broadcast_core.pipeline.route import Route
from broadcast_core.pipeline.shared_work import SharedWork
from broadcast_core.pipeline.wire import Wire, differing_places, wire_of
from broadcast_core.policy import CheckResult, evaluate
from broadcast_core.record.generation import Generation
from broadcast_core.record.leaves import Leaf, leaves
from broadcast_core.record.validation import why_invalid
from broadcast_core.secrets import HashKeys
from broadcast_core.traces.state import State

MOST_PLACES = 8


@frozen(kw_only=True)
class FieldMapping:
    """Where one field of the record goes: places on the wire, or why there are none."""

    path: str
    privacy: str
    places: tuple[str, ...] = ()
    why: str = ""


@frozen(kw_only=True)
class Explanation:
    """Every decision about one generation on one route, and where each of its fields goes."""

    route: str
    outcome: Outcome
    checks: tuple[CheckResult, ...]
    fields: tuple[FieldMapping, ...] = ()

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


_HOW_GENERATION = "give one of reading.generations of a reading (broadcast_core.readers.read_text)"
_HOW_ROUTE = "give Route.to(destination, options), or one that broadcast_core.settings.load returns"


def explain(
    generation: Generation, route: Route, *, hash_keys: Mapping[str, str] | None = None
) -> Explanation:
    """Return what a route decides about a generation, and where each known field of it goes."""
    hash_keys = HashKeys(hash_keys)  # at once: reports of errors show the variables of functions
    (generation,) = list_of([generation], Generation, "a Generation", _HOW_GENERATION)
    (route,) = list_of([route], Route, "a Route", _HOW_ROUTE)
    if fault := why_invalid(generation):
        (outcome,) = plan([generation], route, hash_keys=hash_keys).outcomes
        whole = FieldMapping(path="$", privacy="content", why=f"its fields cannot be looked at: {fault}")
        return Explanation(route=route.name, outcome=outcome, checks=(), fields=(whole,))
    key = hash_keys.get(route.name)
    evaluation = evaluate(route.policy, generation, route=route.name, hash_key=key)
    planned = plan_evaluated([(generation.id, evaluation)], route, State(), SharedWork())
    (outcome,) = planned.outcomes
    if evaluation.redacted is None:
        fields = _of_nothing(generation, outcome.reason)
    else:
        wire = wire_of(item for request in planned.requests for item in request.items)
        reasons = (*outcome.diagnostics, *evaluation.diagnostics)
        fields = _Mapper(evaluation.redacted, route, wire, reasons).fields_of(generation)
    return Explanation(route=route.name, outcome=outcome, checks=evaluation.checks, fields=tuple(fields))


def _of_nothing(generation: Generation, why: str) -> Iterator[FieldMapping]:
    """Yield the fields of a generation that does not leave."""
    for leaf in leaves(generation):
        yield FieldMapping(path=leaf.path, privacy=leaf.privacy, why=f"nothing of it leaves: {why}")


@frozen
class _Mapper:
    """What policy let through of a generation, where it goes on a route, and what is known of the reasons."""

    redacted: Generation
    route: Route
    wire: Wire
    diagnostics: tuple[Diagnostic, ...]

    __hash__ = None  # type: ignore[assignment]

    def fields_of(self, generation: Generation) -> Iterator[FieldMapping]:
        """Yield where each field of the whole generation goes."""
        redacted = {leaf.path: leaf for leaf in leaves(self.redacted)}
        for leaf in leaves(generation):
            let_through = redacted.get(leaf.path)
            if let_through is None:
                why = f"held back: {self._reason(leaf.path)}"
                yield FieldMapping(path=leaf.path, privacy=leaf.privacy, why=why)
            else:
                yield self._field(let_through, replaced=_differ(let_through.value, leaf.value))

    def _field(self, leaf: Leaf, *, replaced: bool) -> FieldMapping:
        mapped = map_trace([leaf.changed(self.redacted)], self.route, State(), SharedWork())
        found = differing_places(self.wire, items_to_send([mapped]))
        places = tuple(found[:MOST_PLACES])
        if leaf.unnamed:
            places = tuple(dict.fromkeys(_above_keys(place, leaf.value) for place in places))
        why = f"in other form: {self._reason(leaf.path)}" if replaced else ""
        if not places:
            why = self._no_place(leaf)
        return FieldMapping(path=leaf.path, privacy=leaf.privacy, places=places, why=why)

    def _no_place(self, leaf: Leaf) -> str:
        if self._about(leaf.path):
            return self._reason(leaf.path)
        blank = leaf.value in ([], {}) or (isinstance(leaf.value, str) and not leaf.value.strip())
        return "it is blank" if blank else "the destination has no place for it"

    def _about(self, path: str) -> list[Diagnostic]:
        """Return what is said about a path, the nearest first."""
        near = [one for one in self.diagnostics if _is_above(one.path, path) or _is_above(path, one.path)]
        return sorted(near, key=lambda one: -len(one.path))

    def _reason(self, path: str) -> str:
        about = self._about(path)
        return about[0].what if about else "the policy of this route"


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
