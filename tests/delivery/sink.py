"""A destination whose delivery tests can break: a key in a header, rows in a JSON array, gzip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import evolve, field, frozen

from broadcast_core import Endpoint, Item, Request, Response, Route, TraceTree
from broadcast_core.destinations import Checked, Description, Outgoing, Secret, Verdicts

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
KEY = {"api_key": "k-1"}
ROWS = Endpoint(name="rows", url="https://sink.example/rows", compression="gzip")


@frozen(kw_only=True)
class Config:
    """No options."""


def add_key(request: Request, secrets: Mapping[str, str]) -> Any:
    """Return a request with the key in a header."""
    return evolve(request, headers={**request.headers, "Authorization": secrets["api_key"]})


@frozen(kw_only=True)
class Sink:
    """Its `authorize` is what a test gives."""

    adds: Callable[[Request, Mapping[str, str]], Any] = add_key
    secrets: Mapping[str, Secret] = field(factory=lambda: {"api_key": Secret(help="The key of the sink.")})
    name: str = "sink"
    contract_version: int = 1

    def describe(self) -> Description:
        """Its secrets."""
        return Description(config=Config, secrets=self.secrets)

    def endpoints(self, config: Any) -> tuple[Endpoint, ...]:
        """One."""
        return (ROWS,)

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item]:
        """Nothing: tests make their items themselves."""
        return iter(())

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Any:
        """What a test gives."""
        return self.adds(request, secrets)

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Nothing to test."""
        return Checked(works=True, what="")


@frozen(kw_only=True)
class Signing(Sink):
    """Its `sign` is what a test gives."""

    signs: Callable[[Outgoing], Any] = lambda outgoing: outgoing

    def sign(self, outgoing: Outgoing, config: Any, secrets: Mapping[str, str], now: datetime) -> Any:
        """What a test gives."""
        return self.signs(outgoing)


@frozen(kw_only=True)
class Reading(Sink):
    """Its `outcomes` are what a test gives."""

    reads: Callable[[Request, Response], Any]

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """What a test gives."""
        given: Verdicts = self.reads(request, response)
        return given


@frozen(kw_only=True)
class Counting(Sink):
    """An address that names its items."""

    def address(self, request: Request, config: Any) -> Request:
        """The keys of the items, in the URL."""
        return request.addressed(url=f"{ROWS.url}?of={'+'.join(item.key or '' for item in request.items)}")


def route_to(destination: Any, *headers: str) -> Route:
    """Return a route to a destination, with headers of its own by their names."""
    return evolve(Route.to(destination), headers=headers)


def request_of(count: int = 3, endpoint: Endpoint = ROWS) -> Request:
    """Return a planned request of some items, with keys `0`, `1` and so on."""
    items = tuple(
        Item(endpoint="rows", body=b'{"n":%d}' % n, generations=(f"gen-{n}",), key=str(n))
        for n in range(count)
    )
    return Request.planned(route="sink", endpoint=endpoint, items=items)
