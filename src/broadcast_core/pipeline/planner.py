"""`plan`: policy, trace trees, mapping and packing in a row.

`plan` is a pure function. It returns the requests to send, an account of every generation on every route,
and the state to give to the next call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from broadcast_core import policy as policies
from broadcast_core.batching import Item, Request, Unmapped, fits, pack
from broadcast_core.diagnostics import FAILURES, Diagnostic, describe_error
from broadcast_core.pipeline.arguments import listed
from broadcast_core.pipeline.collisions import with_doubled
from broadcast_core.pipeline.outcomes import Ledger, Outcome
from broadcast_core.pipeline.route import Route
from broadcast_core.record.generation import Generation
from broadcast_core.record.validation import why_invalid
from broadcast_core.secrets import SecretsByRoute
from broadcast_core.traces.state import State, by_route
from broadcast_core.traces.tree import TraceTree, grouped, tree_of_all


@frozen(kw_only=True)
class Plan:
    """Requests in the order of sending, an account per generation and route, and the state by route."""

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
    secrets: Mapping[str, Mapping[str, str]] | None = None,
) -> Plan:
    """Return what to send for some generations; the same input gives the same bytes.

    `state` is that of the plan before, so that traces which span several calls stay whole. `secrets`, by
    route name, is only asked for the key that hashes identities; no other is needed before delivery.
    """
    secrets = SecretsByRoute(secrets)  # at once: reports of errors show the variables of functions
    routes = [routes] if isinstance(routes, Route) else listed(routes, Route, _ROUTES, _HOW_ROUTES)
    if len({route.name for route in routes}) < len(routes):
        raise ValueError("two routes have the same name: give each its own")
    generations = listed(generations, Generation, "generations", _HOW_GENERATIONS)
    before = {} if state is None else by_route(state)
    results = {
        route.name: _plan_route(generations, route, before.get(route.name, State()), _key(secrets, route))
        for route in routes
    }
    return Plan(
        requests=tuple(request for requests, _, _ in results.values() for request in requests),
        outcomes=with_doubled(
            [outcome for _, outcomes, _ in results.values() for outcome in outcomes],
            generations,
            [(route.name, route.destination, route.config) for route in routes],
        ),
        state={**before, **{name: after for name, (_, _, after) in results.items()}},
    )


def _key(secrets: SecretsByRoute, route: Route) -> str | None:
    return secrets.of(route.name).get(policies.HASH_KEY)


def _plan_route(
    generations: list[Generation], route: Route, state: State, hash_key: str | None
) -> tuple[list[Request], list[Outcome], State]:
    """Return the requests, accounts and state of one route.

    When something raised, records that are at fault are looked for, and the others are planned without them.
    """
    invalid = {n: why_invalid(one) or "" for n, one in enumerate(generations) if not _has_id(one)}
    requests, ledger, after = _tried(generations, route, state, hash_key, invalid)
    if ledger.failed:
        invalid = {n: what for n, one in enumerate(generations) if (what := why_invalid(one)) is not None}
    if invalid:
        requests, ledger, after = _tried(generations, route, state, hash_key, invalid)
    return requests, ledger.outcomes(), after


def _has_id(generation: Generation) -> bool:
    return isinstance(getattr(generation, "id", None), str)


def _tried(
    generations: list[Generation],
    route: Route,
    state: State,
    hash_key: str | None,
    invalid: Mapping[int, str],
) -> tuple[list[Request], Ledger, State]:
    ledger = Ledger(route.name)
    allowed: list[Generation] = []
    for n, generation in enumerate(generations):
        if n in invalid:
            ledger.refuse(generation.id if _has_id(generation) else _NO_ID, invalid[n])
            continue
        answer = policies.ask(route.policy, generation, route=route.name, hash_key=hash_key)
        if isinstance(answer, policies.Skipped):
            ledger.skip(generation.id, answer.question, answer.reason)
        elif isinstance(answer, policies.Unjudged):
            ledger.refuse(generation.id, answer.reason)
        else:
            ledger.open(generation.id, answer.diagnostics)
            allowed.append(answer.generation)
    try:
        requests, after = _requests(allowed, route, state, ledger)
    except FAILURES as error:  # a broken destination harms no other route, nor the host
        ledger.fail((generation.id for generation in allowed), _blame(route, error))
        requests, after = [], state
    return requests, ledger, after


def _requests(
    allowed: list[Generation], route: Route, state: State, ledger: Ledger
) -> tuple[list[Request], State]:
    destination, config = route.destination, route.config
    base, headers = destination.base_url(config).rstrip("/"), dict(destination.headers(config))
    recalled: dict[str, TraceTree] = {}
    items: list[Item] = []
    for same in grouped(allowed):
        tree = _recalled(same, state, ledger)
        if tree is None:
            continue
        try:
            items += _mapped(tree, route, ledger)
            if tree.trace_id is not None:
                recalled[tree.key] = tree
        except FAILURES as error:  # a destination that fails on one trace harms no other
            ledger.fail(tree.generations, _blame(route, error))
    requests = [
        Request.planned(
            route=route.name,
            endpoint=endpoint,
            url=base + endpoint.path,
            headers={"Content-Type": endpoint.content_type, **headers},
            items=batch,
        )
        for endpoint, batch in pack(items, destination.endpoints)
    ]
    return requests, state.updated_with(recalled)


def _recalled(same: list[Generation], state: State, ledger: Ledger) -> TraceTree | None:
    """Return the tree of one trace with what is remembered of it; None when the two do not go together."""
    try:
        return state.complete(tree_of_all(same))
    except FAILURES as error:  # a trace that cannot be put together harms no other
        is_known = same[0].trace.trace_id in state.traces
        advice = "forget what is remembered of it" if is_known else "look at the types of its fields"
        what = f"its trace cannot be put together ({describe_error(error)}): {advice}"
        ledger.fail((generation.id for generation in same), what)
        return None


def _mapped(tree: TraceTree, route: Route, ledger: Ledger) -> list[Item]:
    """Return the items of a tree that fit their endpoints; none when the destination raises."""
    endpoints = route.destination.endpoints
    items: list[Item] = []
    too_large: list[Item] = []
    for result in list(route.destination.items(tree, route.config)):
        if isinstance(result, Unmapped):
            ledger.reject((result.generation,), result.reason)
        else:
            (items if fits(result, endpoints[result.endpoint]) else too_large).append(result)
    for item in too_large:
        _refuse(item, ledger)
    kept = [item for item in items if not _speaks_of_the_rejected(item, ledger)]
    for item in kept:
        ledger.plan(item)
    return kept


def _speaks_of_the_rejected(item: Item, ledger: Ledger) -> bool:
    return bool(item.generations) and all(map(ledger.rejects, item.generations))


def _refuse(item: Item, ledger: Ledger) -> None:
    """Reject the one generation that an item speaks of; of several, each only goes without the item."""
    what = f"{len(item.body)} bytes are more than the endpoint {item.endpoint!r} takes at once"
    if len(item.generations) == 1:
        ledger.reject(item.generations, what)
    else:
        ledger.note(item.generations, (Diagnostic("dropped", "$.trace", f"a shared row: {what}"),))


def _blame(route: Route, error: BaseException) -> str:
    return f"the destination {route.destination.name!r} failed: {describe_error(error)}"
