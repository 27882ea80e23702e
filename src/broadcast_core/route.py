"""A route, and `plan`: policy, trace trees, mapping and packing in a row.

`plan` is a pure function. It returns the requests to send, an account of every generation on every route,
and the memory to give to the next call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import Attribute, field, frozen

from broadcast_core import policy as policies
from broadcast_core.account import Account, Ledger
from broadcast_core.arguments import check_destination, check_name, check_options, listed
from broadcast_core.collisions import with_doubled
from broadcast_core.destination import Destination
from broadcast_core.diagnostic import FAILURES, Diagnostic, told
from broadcast_core.faults import fault_of
from broadcast_core.field_kinds import instance
from broadcast_core.generation import Generation
from broadcast_core.masking import SecretsByRoute
from broadcast_core.memory import Memory, by_route
from broadcast_core.policy import Policy
from broadcast_core.request import Item, Request, Unmapped, fits, pack
from broadcast_core.tree import TraceTree, grouped, tree_of_all


@frozen(kw_only=True)
class Route:
    """One configured destination of yours; OpenRouter's settings call this a destination.

    Secrets are not part of it: they are given at delivery.
    """

    name: str = field()
    destination: Destination = field()
    config: Any
    policy: Policy = field(factory=Policy, validator=instance(Policy))

    @name.validator
    def _is_a_name(self, _attribute: Attribute[Any], value: object) -> None:
        check_name(value)

    @destination.validator
    def _is_a_destination(self, _attribute: Attribute[Any], value: object) -> None:
        check_destination(value)

    @classmethod
    def to(
        cls,
        destination: Destination,
        options: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        policy: Policy | None = None,
    ) -> Route:
        """Return a route with checked options; raise `ConfigError` with every mistake in them."""
        check_destination(destination)
        options = {} if options is None else options
        check_options(options)
        config = destination.configure(options)
        return cls(
            name=destination.name if name is None else name,
            destination=destination,
            config=config,
            policy=Policy() if policy is None else policy,
        )


@frozen(kw_only=True)
class Plan:
    """Requests in the order of sending, an account per generation and route, and the memory by route."""

    requests: tuple[Request, ...]
    accounts: tuple[Account, ...]
    memory: Mapping[str, Memory]

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
    memory: Mapping[str, Memory] | None = None,
    secrets: Mapping[str, Mapping[str, str]] | None = None,
) -> Plan:
    """Return what to send for some generations; the same input gives the same bytes.

    `memory` is that of the plan before, so that traces which span several calls stay whole. `secrets`, by
    route name, is only asked for the key that hashes identities; no other is needed before delivery.
    """
    secrets = SecretsByRoute(secrets)  # at once: reports of errors show the variables of functions
    routes = [routes] if isinstance(routes, Route) else listed(routes, Route, _ROUTES, _HOW_ROUTES)
    if len({route.name for route in routes}) < len(routes):
        raise ValueError("two routes have the same name: give each its own")
    generations = listed(generations, Generation, "generations", _HOW_GENERATIONS)
    before = {} if memory is None else by_route(memory)
    results = {
        route.name: _plan_route(generations, route, before.get(route.name, Memory()), _key(secrets, route))
        for route in routes
    }
    return Plan(
        requests=tuple(request for requests, _, _ in results.values() for request in requests),
        accounts=with_doubled(
            [account for _, accounts, _ in results.values() for account in accounts],
            generations,
            [(route.name, route.destination, route.config) for route in routes],
        ),
        memory={**before, **{name: after for name, (_, _, after) in results.items()}},
    )


def _key(secrets: SecretsByRoute, route: Route) -> str | None:
    return secrets.of(route.name).get(policies.HASH_KEY)


def _plan_route(
    generations: list[Generation], route: Route, memory: Memory, hash_key: str | None
) -> tuple[list[Request], list[Account], Memory]:
    """Return the requests, accounts and memory of one route.

    When something raised, records that are at fault are looked for, and the others are planned without them.
    """
    faults = {n: fault_of(one) or "" for n, one in enumerate(generations) if not _has_id(one)}
    requests, ledger, after = _tried(generations, route, memory, hash_key, faults)
    if ledger.failed:
        faults = {n: what for n, one in enumerate(generations) if (what := fault_of(one)) is not None}
    if faults:
        requests, ledger, after = _tried(generations, route, memory, hash_key, faults)
    return requests, ledger.accounts(), after


def _has_id(generation: Generation) -> bool:
    return isinstance(getattr(generation, "id", None), str)


def _tried(
    generations: list[Generation],
    route: Route,
    memory: Memory,
    hash_key: str | None,
    faults: Mapping[int, str],
) -> tuple[list[Request], Ledger, Memory]:
    ledger = Ledger(route.name)
    allowed: list[Generation] = []
    for n, generation in enumerate(generations):
        if n in faults:
            ledger.refuse(generation.id if _has_id(generation) else _NO_ID, faults[n])
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
        requests, after = _requests(allowed, route, memory, ledger)
    except FAILURES as error:  # a broken destination harms no other route, nor the host
        ledger.fail((generation.id for generation in allowed), _blame(route, error))
        requests, after = [], memory
    return requests, ledger, after


def _requests(
    allowed: list[Generation], route: Route, memory: Memory, ledger: Ledger
) -> tuple[list[Request], Memory]:
    destination, config = route.destination, route.config
    base, headers = destination.base_url(config).rstrip("/"), dict(destination.headers(config))
    recalled: dict[str, TraceTree] = {}
    items: list[Item] = []
    for same in grouped(allowed):
        tree = _recalled(same, memory, ledger)
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
    return requests, memory.remember(recalled)


def _recalled(same: list[Generation], memory: Memory, ledger: Ledger) -> TraceTree | None:
    """Return the tree of one trace with what is remembered of it; None when the two do not go together."""
    try:
        return memory.recall(tree_of_all(same))
    except FAILURES as error:  # a trace that cannot be put together harms no other
        is_known = same[0].trace.trace_id in memory.traces
        advice = "forget what is remembered of it" if is_known else "look at the types of its fields"
        what = f"its trace cannot be put together ({told(error)}): {advice}"
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
    return f"the destination {route.destination.name!r} failed: {told(error)}"
