"""The contract of a destination: a pure mapping from trace trees to one platform's items.

A destination never sees a secret while it maps, does no I/O, and does not raise on a valid tree. It is
registered under the entry point group `broadcast_core.destinations`; docs/new-destination.md shows one whole.
What it may offer beside is in `capabilities`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from attrs import frozen

from broadcast_core.batching import Endpoint, Item, Request, Response, Unmapped
from broadcast_core.destinations.description import Description
from broadcast_core.traces.tree import TraceTree

CONTRACT_VERSION = 1
"""The version of this contract. Optional members that are added do not raise it."""


@frozen(kw_only=True)
class Checked:
    """The outcome of a connection test: whether it works, in plain words, and what to do next."""

    works: bool
    what: str
    next_step: str = ""


@runtime_checkable
class Destination(Protocol):
    """What a plugin offers. `config` is an object of the class that `describe` names."""

    @property
    def contract_version(self) -> int:
        """The version of the contract that it is written for: 1."""
        ...

    @property
    def name(self) -> str:
        """The name of the entry point."""
        ...

    def describe(self) -> Description:
        """Return its options, secrets, and what it does not carry, as data."""
        ...

    def endpoints(self, config: Any) -> Iterable[Endpoint]:
        """Return the endpoints of a route, in the order in which they must be sent."""
        ...

    def items(self, tree: TraceTree, config: Any) -> Iterable[Item | Unmapped]:
        """Map one trace tree; each generation of it is in an item or is unmapped with a reason."""
        ...

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with the secrets in it, at delivery: in headers, or around its items.

        `now` is the time in UTC, `attempt` counts from 1. The items stay as they are.
        """
        ...

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Return the next request of a connection test that changes nothing, or its result.

        `answers` are those to the requests of before: several steps tell server, key and project apart.
        """
        ...
