"""A route, and `plan`: policy, trace trees, mapping and packing in a row.

`plan` is a pure function. It returns the requests to send, an account of every generation on every route,
and the memory to give to the next call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from attrs import field, frozen

from broadcast_core import policy as policies
from broadcast_core.destination import Destination
from broadcast_core.diagnostic import Diagnostic, told
from broadcast_core.generation import Generation
from broadcast_core.memory import Memory
from broadcast_core.policy import Policy
from broadcast_core.request import Item, Request, Unmapped, pack
from broadcast_core.tree import TraceTree, assemble

Outcome = Literal["planned", "skipped", "rejected"]


@frozen(kw_only=True)
class Route:
    """One configured destination of yours; OpenRouter's settings call this a destination.

    Secrets are not part of it: they are given at delivery.
    """

    name: str
    destination: Destination
    config: Any
    policy: Policy = field(factory=Policy)

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
        config = destination.configure(options or {})
        return cls(
            name=name or destination.name, destination=destination, config=config, policy=policy or Policy()
        )


@frozen(kw_only=True)
class Account:
    """What became of one generation on one route, why, and what was changed on the way."""

    route: str
    generation: str
    outcome: Outcome
    reason: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


@frozen(kw_only=True)
class Plan:
    """Requests in the order of sending, an account per generation and route, and the memory by route."""

    requests: tuple[Request, ...]
    accounts: tuple[Account, ...]
    memory: Mapping[str, Memory]

    __hash__ = None  # type: ignore[assignment]


def plan(
    generations: Iterable[Generation],
    routes: Sequence[Route] | Route,
    *,
    memory: Mapping[str, Memory] | None = None,
) -> Plan:
    """Return what to send for some generations; the same input gives the same bytes.

    `memory` is that of the plan before, so that traces which span several calls stay whole.
    """
    routes = [routes] if isinstance(routes, Route) else list(routes)
    if len({route.name for route in routes}) < len(routes):
        raise ValueError("two routes have the same name: give each its own")
    before = memory or {}
    generations = list(generations)
    results = {
        route.name: _plan_route(generations, route, before.get(route.name, Memory())) for route in routes
    }
    return Plan(
        requests=tuple(request for requests, _, _ in results.values() for request in requests),
        accounts=tuple(account for _, accounts, _ in results.values() for account in accounts),
        memory={**before, **{name: after for name, (_, _, after) in results.items()}},
    )


def _plan_route(
    generations: list[Generation], route: Route, memory: Memory
) -> tuple[list[Request], list[Account], Memory]:
    ledger = _Ledger(route.name)
    allowed: list[Generation] = []
    for generation in generations:
        answer = policies.ask(route.policy, generation)
        if isinstance(answer, policies.Skipped):
            ledger.skip(generation.id, answer.reason)
        else:
            ledger.open(generation.id, answer.diagnostics)
            allowed.append(answer.generation)
    grouped: dict[str, TraceTree] = {}
    items: list[Item] = []
    for tree in map(memory.recall, assemble(allowed)):
        try:
            items += _mapped(tree, route, ledger)
            if tree.trace_id is not None:
                grouped[tree.key] = tree
        except Exception as error:  # noqa: BLE001  # a broken destination harms no other trace, nor the host
            ledger.blame(tree, f"the destination {route.destination.name!r} failed: {told(error)}")
    batches, oversize = pack(items, route.destination.endpoints)
    for item in oversize:
        ledger.refuse(item)
    base = route.destination.base_url(route.config).rstrip("/")
    requests = [
        Request(
            route=route.name,
            endpoint=endpoint,
            url=base + endpoint.path,
            headers={"Content-Type": endpoint.content_type, **route.destination.headers(route.config)},
            items=batch,
        )
        for endpoint, batch in batches
    ]
    return requests, ledger.accounts(), memory.remember(grouped)


def _mapped(tree: TraceTree, route: Route, ledger: _Ledger) -> list[Item]:
    """Return the items of a tree; all of them or, when the destination raises, none."""
    results = list(route.destination.items(tree, route.config))
    items = [result for result in results if not isinstance(result, Unmapped)]
    for item in items:
        ledger.note(item)
    for result in results:
        if isinstance(result, Unmapped):
            ledger.reject(result.generation, result.reason)
    return items


class _Ledger:
    """The account of every generation of one call, in the order in which they came."""

    def __init__(self, route: str) -> None:
        self._route = route
        self._order: list[str] = []
        self._skipped: dict[int, str] = {}
        self._diagnostics: dict[str, list[Diagnostic]] = {}
        self._rejected: dict[str, str] = {}
        self._planned: set[str] = set()

    def skip(self, generation: str, reason: str) -> None:
        self._skipped[len(self._order)] = reason
        self._order.append(generation)

    def open(self, generation: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        self._order.append(generation)
        self._diagnostics.setdefault(generation, []).extend(diagnostics)

    def note(self, item: Item) -> None:
        for generation in item.generations:
            self._planned.add(generation)
            known = self._diagnostics.setdefault(generation, [])
            known.extend(one for one in item.diagnostics if one not in known)

    def reject(self, generation: str, reason: str) -> None:
        self._rejected[generation] = reason

    def blame(self, tree: TraceTree, reason: str) -> None:
        for generation in tree.generations:
            self._rejected[generation] = reason

    def refuse(self, item: Item) -> None:
        size = len(item.body)
        for generation in item.generations:
            self._rejected[generation] = (
                f"{size} bytes are more than the endpoint {item.endpoint!r} takes at once"
            )

    def accounts(self) -> list[Account]:
        return [self._account(position, generation) for position, generation in enumerate(self._order)]

    def _account(self, position: int, generation: str) -> Account:
        if position in self._skipped:
            reason = self._skipped[position]
            return Account(route=self._route, generation=generation, outcome="skipped", reason=reason)
        diagnostics = tuple(self._diagnostics.get(generation, ()))
        if generation in self._rejected or generation not in self._planned:
            reason = self._rejected.get(generation, "the destination has no item for it")
            outcome: Outcome = "rejected"
        else:
            outcome, reason = "planned", ""
        return Account(
            route=self._route, generation=generation, outcome=outcome, reason=reason, diagnostics=diagnostics
        )
