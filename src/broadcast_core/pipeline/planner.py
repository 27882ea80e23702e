"""`plan`: policy, trace trees, mapping and packing in a row.

`plan` is a pure function. It returns the requests to send, an outcome of every generation on every route,
and the state to give to the next call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve, frozen

from broadcast_core.batching import Request, Unmapped, pack
from broadcast_core.diagnostics import FAILURES
from broadcast_core.errors import ArgumentError, PluginFault
from broadcast_core.pipeline.arguments import list_of
from broadcast_core.pipeline.collisions import note_collisions
from broadcast_core.pipeline.late_versions import join_with_earlier, let_out_of
from broadcast_core.pipeline.mapping import (
    MappedTrace,
    failed_trace,
    items_to_send,
    map_trace,
    trees_to_remember,
)
from broadcast_core.pipeline.outcomes import Evaluated, Outcome, outcomes_of
from broadcast_core.pipeline.plugin_faults import blame
from broadcast_core.pipeline.route import Route
from broadcast_core.pipeline.shared_work import SharedWork
from broadcast_core.policy import Evaluation
from broadcast_core.record.generation import Generation
from broadcast_core.record.joining import Joined, join_versions
from broadcast_core.record.validation import why_invalid
from broadcast_core.secrets import HashKeys
from broadcast_core.traces.layered import LayeredMap
from broadcast_core.traces.let_out import Join, LetOut, check_join, kept_with
from broadcast_core.traces.state import State, by_route
from broadcast_core.traces.tree import grouped


@frozen(kw_only=True)
class Plan:
    """Requests in the order of sending, an outcome per generation and route, and the state by route."""

    requests: tuple[Request, ...]
    outcomes: tuple[Outcome, ...]
    state: Mapping[str, State]

    __hash__ = None  # type: ignore[assignment]


_ROUTES, _HOW_ROUTES = (
    "a Route or a list of them",
    "give Route.to(destination, options), or the routes that broadcast_core.settings.load returns",
)
_NO_ID = "(no id)"
_HOW_GENERATIONS = (
    "give a list of them, as reading.generations of a reading (broadcast_core.readers.read_text)"
)


def plan(
    generations: Iterable[Generation],
    routes: Sequence[Route] | Route,
    *,
    state: Mapping[str, State] | None = None,
    hash_keys: Mapping[str, str] | None = None,
    join: Join | None = None,
) -> Plan:
    """Return what to send for some generations; the same input gives the same bytes.

    `state` is that of the plan before, so that traces which span several calls stay whole. `hash_keys`
    has the key of each route that hashes users, by its name; no other secret is needed before delivery.

    Versions of one generation in a call, as an exchange and its delivery, make up one. With `join` those of
    earlier calls do too: the state then keeps what each route let out of a generation, and nothing of one
    that it did not let out. Without, it forgets what it kept.
    """
    hash_keys = HashKeys(hash_keys)  # at once: reports of errors show the variables of functions
    check_join(join)
    routes = [routes] if isinstance(routes, Route) else list_of(routes, Route, _ROUTES, _HOW_ROUTES)
    if len({route.name for route in routes}) < len(routes):
        raise ArgumentError("two routes have the same name: give each its own")
    generations = list_of(generations, Generation, "generations", _HOW_GENERATIONS)
    before = {} if state is None else by_route(state)
    joined = _joined(generations)
    shared = SharedWork[MappedTrace]([one.generation for one in joined], routes)
    planned = {
        route.name: _plan_route(
            joined, route, before.get(route.name, State()), hash_keys.get(route.name), join, shared
        )
        for route in routes
    }
    return Plan(
        requests=tuple(request for one in planned.values() for request in one.requests),
        outcomes=note_collisions(
            [outcome for one in planned.values() for outcome in one.outcomes],
            [one.generation for one in joined],
            routes,
        ),
        state={**before, **{name: one.state for name, one in planned.items()}},
    )


def _joined(generations: list[Generation]) -> list[Joined]:
    """Return each generation as its versions make it up; a record that is none stays as it is."""
    try:
        return join_versions(generations)
    except FAILURES:
        wrong = {id(one) for one in generations if why_invalid(one) is not None}
        found = iter(join_versions([one for one in generations if id(one) not in wrong]))
        return [Joined(one, (one,)) if id(one) in wrong else next(found) for one in generations]


def _plan_route(
    generations: list[Joined],
    route: Route,
    state: State,
    hash_key: str | None,
    join: Join | None,
    shared: SharedWork[MappedTrace],
) -> PlannedRoute:
    """Return what is planned for one route.

    When something raised, records that are at fault are looked for, and the others are planned without them.
    """
    state = state if join is not None or not state.let_out else evolve(state, let_out={})
    asked: dict[int, tuple[Evaluated, LetOut | None]] = {}
    for one in generations:
        if id(one) not in asked:
            asked[id(one)] = _evaluate(one, route, hash_key, None if join is None else state)
    evaluated = [asked[id(one)][0] for one in generations]
    kept = {name: let_out for (name, _), let_out in asked.values() if let_out is not None}
    before, state = state, _with_kept(state, kept) if kept else state
    planned = plan_evaluated(evaluated, route, state, shared)
    faults = [why_invalid(one.generation) for one in generations] if planned.failed else []
    if any(faults):
        usable = [
            (name, evaluation if fault is None else Evaluation(error=fault))
            for (name, evaluation), fault in zip(evaluated, faults, strict=True)
        ]
        planned = plan_evaluated(usable, route, state, shared)
    if join is None:
        return planned
    went = {name for request in planned.requests for name in request.generations}
    gone = {name: one for name, one in kept.items() if name in went}
    let_out = kept_with(before.let_out, gone, join)
    return evolve(planned, state=evolve(planned.state, let_out=let_out))


def _with_kept(state: State, kept: Mapping[str, LetOut]) -> State:
    return evolve(state, let_out=LayeredMap(state.let_out).updated(kept))


def _evaluate(
    one: Joined, route: Route, hash_key: str | None, state: State | None
) -> tuple[Evaluated, LetOut | None]:
    """Return what a policy decides, and what is kept to be joined; with a state where that is wanted."""
    generation = one.generation
    if not isinstance(getattr(generation, "id", None), str):
        return (_NO_ID, Evaluation(error=why_invalid(generation))), None
    if state is not None:
        found, let_out = join_with_earlier(one, route, hash_key, state.let_out.get(generation.id))
        return (generation.id, found), let_out
    return (generation.id, let_out_of(one, route, hash_key)), None


@frozen(kw_only=True)
class PlannedRoute:
    """The requests, outcomes and state of one route; `failed` tells that something raised on the way."""

    requests: tuple[Request, ...]
    outcomes: tuple[Outcome, ...]
    state: State
    failed: bool

    __hash__ = None  # type: ignore[assignment]


def plan_evaluated(
    evaluated: Sequence[Evaluated], route: Route, state: State, shared: SharedWork[MappedTrace]
) -> PlannedRoute:
    """Return what is planned for one route, of generations that its policy has been applied to."""
    allowed = [evaluation.redacted for _, evaluation in evaluated if evaluation.redacted is not None]
    mapped: list[MappedTrace] = []
    try:
        mapped += [map_trace(same, route, state, shared) for same in grouped(allowed)]
        requests, faults = _requests(mapped, route)
        mapped += faults
        after = state.updated_with(trees_to_remember(mapped))
    except FAILURES as error:  # a broken destination harms no other route, nor the host
        requests, after = (), state
        mapped.append(failed_trace(allowed, blame(route.destination, error)))
    return PlannedRoute(
        requests=requests,
        outcomes=outcomes_of(route.name, evaluated, mapped),
        state=after,
        failed=any(one.failed for one in mapped),
    )


def _requests(
    mapped: Sequence[MappedTrace], route: Route
) -> tuple[tuple[Request, ...], tuple[MappedTrace, ...]]:
    """Return the items of a route as requests, and what is rejected since it has no address.

    Requests are packed under the limits of their endpoints. One without an address takes its generations
    along, and so other items of them: then the rest is packed anew, until each request has its address.
    """
    faults: tuple[MappedTrace, ...] = ()
    while True:
        requests: list[Request] = []
        wrong: list[MappedTrace] = []
        items = items_to_send((*mapped, *faults))
        for endpoint, batch in pack(items, route.endpoints) if items else ():
            request = Request.planned(route=route.name, endpoint=endpoint, items=batch)
            try:
                requests.append(route.addressed(request))
            except PluginFault as error:
                wrong.append(_without_address(request, blame(route.destination, error)))
        if not wrong:
            return tuple(requests), faults
        faults += tuple(wrong)


def _without_address(request: Request, why: str) -> MappedTrace:
    rejected = tuple(Unmapped(generation=name, reason=why) for name in request.generations)
    return MappedTrace(rejected=rejected, failed=True)
