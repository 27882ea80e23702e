"""What the laws are put to: a destination with options, secrets that can be found again, and draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from attrs import evolve, frozen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from broadcast_core.batching import Item, Request, Response
from broadcast_core.destinations.contract import Destination
from broadcast_core.errors import ArgumentError
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.planner import Plan, plan
from broadcast_core.pipeline.route import Route
from broadcast_core.policy import Policy
from broadcast_core.record.generation import Content, Failure, Generation
from broadcast_core.secrets import Secrets
from broadcast_core.testing.strategies import batches, generations
from broadcast_core.traces.state import State
from broadcast_core.traces.tree import TraceTree, assemble

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""When the laws deliver."""
MARKER = "conformance-canary"
"""A text that is searched for where it may not be."""
Refusing: TypeAlias = Callable[[Request, frozenset[int]], Iterable[Response]]
"""Returns the answers of a platform that refuses the items at some places of a request."""
PROFILES = {"smoke": 6, "quick": 60, "deep": 2000}
"""Draws of each law."""


def profile_settings(profile: str | settings | None) -> settings:
    """Return the settings of a profile by its name, given ones, or those that are active."""
    if isinstance(profile, str) and profile not in PROFILES:
        raise ArgumentError(f"no profile {profile!r}: give one of {', '.join(PROFILES)}")
    base: Any = profile if isinstance(profile, settings) else settings.default
    base = settings(base, deadline=None, suppress_health_check=list(HealthCheck))
    return settings(base, max_examples=PROFILES[profile]) if isinstance(profile, str) else base


def some_generations() -> st.SearchStrategy[list[Generation]]:
    """Generations of up to two traces and of none, each with an id of its own."""
    return batches(generations(trace_ids=st.sampled_from([None, "a", "b"])), max_size=4)


@frozen(kw_only=True)
class Subject:
    """A destination, its options, secrets that were given for it, and how much is drawn."""

    destination: Destination
    options: Mapping[str, Json]
    given: Mapping[str, str]
    settings: settings
    refusing: Refusing | None = None

    __hash__ = None  # type: ignore[assignment]

    def route(self, name: str = "laws", policy: Policy | None = None) -> Route:
        """Return a route to the destination, with its own config."""
        return Route.to(self.destination, self.options, name=name, policy=policy or Policy())

    @property
    def config(self) -> Any:
        """A config of the options."""
        return self.route().config

    def plan(
        self,
        batch: Sequence[Generation],
        policy: Policy | None = None,
        state: Mapping[str, State] | None = None,
    ) -> Plan:
        """Return the plan of some generations on a fresh route."""
        return plan(batch, self.route(policy=policy), state=state)

    def results(self, tree: TraceTree) -> list[Any]:
        """Return what the destination yields for a tree, whatever that is."""
        return list(self.destination.items(tree, self.config))

    def trees(self, batch: Sequence[Generation]) -> list[TraceTree]:
        """Return the trees of some generations."""
        return assemble(batch)

    def secrets(self, ending: str = "one") -> Secrets:
        """Return a value for each secret that is described; those that are made up have an ending."""
        names = self.destination.describe().secrets
        return Secrets({name: self.given.get(name, f"conformance-secret-{name}-{ending}") for name in names})

    def authorize(self, request: Request, secrets: Mapping[str, str], attempt: int = 1) -> Request:
        """Return a request with secrets."""
        return self.destination.authorize(request, self.config, secrets, NOW, attempt)


def wires(result: Plan) -> list[tuple[str, str, dict[str, str], bytes]]:
    """Return the requests of a plan as they are sent: method, URL, headers and body."""
    return [(one.method, str(one.url), dict(one.headers), bytes(one.body)) for one in result.requests]


def items_of(result: Plan) -> list[Item]:
    """Return the items of a plan."""
    return [item for request in result.requests for item in request.items]


def signatures(result: Plan) -> list[tuple[Any, ...]]:
    """Return all that is sent or known of each item, in an order of their own."""
    return sorted(map(signature, items_of(result)), key=repr)


def signature(item: Item) -> tuple[Any, ...]:
    """Return what an item is beside the generations that it speaks of."""
    return (item.endpoint, item.body, item.rows, item.key, item.group, item.time, repr(item.data))


def with_content(generation: Generation, marker: str) -> Generation:
    """Return a generation that says a text wherever content can be, also in forms that must be mended."""
    odd = f"{marker}\ud800\x00"
    message = {"role": "user", "content": [{"type": "text", "text": odd}, {"type": odd, odd: odd}, odd, 1]}
    return evolve(
        generation,
        content=Content(
            input={"messages": [message, {"role": odd, "content": marker}, {odd: odd}]},
            output={"choices": [{"message": {"role": "assistant", "content": marker}}, {"text": odd}, odd]},
            request={"tools": [marker, odd], odd: odd},
        ),
        failure=Failure(message=odd, stacktrace=marker, raw={odd: odd}),
        attempts=tuple(evolve(one, message=odd) for one in generation.attempts),
        parameters={**generation.parameters, "stop": [odd], "response_format": {marker: odd}},
        extra={"unknown": {odd: odd}, odd: 1},
    )
