"""Items, requests and responses as data, and packing items under an endpoint's limits.

An endpoint is data: how its items are enveloped and how many fit. So every destination obeys its limits
for free, and a refused request can be split without asking the destination again. No request holds a
secret; `Destination.authorize` adds them at delivery.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve, field, frozen

from broadcast_core.diagnostic import Diagnostic


@frozen(kw_only=True)
class Endpoint:
    """Where items of one kind go: method and path, the envelope around them, and the limits."""

    name: str
    path: str
    method: str = "POST"
    content_type: str = "application/json"
    prefix: bytes = b"["
    separator: bytes = b","
    suffix: bytes = b"]"
    max_items: int = 1000
    max_bytes: int = 5_000_000


@frozen(kw_only=True)
class Item:
    """One JSON row, span or object for one endpoint, and the generations that it speaks of."""

    endpoint: str
    body: bytes
    generations: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


@frozen(kw_only=True)
class Unmapped:
    """A generation that a destination cannot carry at all, and what would have to be mended."""

    generation: str
    reason: str


@frozen(kw_only=True)
class Request:
    """One HTTP request as data, without secrets; `items` tells whom it speaks of."""

    route: str
    endpoint: Endpoint
    url: str
    headers: Mapping[str, str] = field(factory=dict)
    items: tuple[Item, ...] = ()

    __hash__ = None  # type: ignore[assignment]

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.endpoint.method

    @property
    def body(self) -> bytes:
        """The items in their envelope."""
        endpoint = self.endpoint
        parts = [endpoint.prefix]  # joined once: bodies are many megabytes
        for item in self.items:
            parts += (item.body, endpoint.separator)
        parts[len(parts) - bool(self.items) :] = [endpoint.suffix]
        return b"".join(parts)

    @property
    def generations(self) -> tuple[str, ...]:
        """The ids of the generations that the request speaks of, each once, in order."""
        return tuple(dict.fromkeys(name for item in self.items for name in item.generations))

    def split(self) -> tuple[Request, Request]:
        """Return the two halves of a request with at least two items."""
        if len(self.items) < 2:
            raise ValueError("a request with fewer than two items cannot be split")
        half = len(self.items) // 2
        return evolve(self, items=self.items[:half]), evolve(self, items=self.items[half:])


@frozen(kw_only=True)
class Response:
    """What a server answered."""

    status: int
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = b""

    __hash__ = None  # type: ignore[assignment]


def fits(item: Item, endpoint: Endpoint) -> bool:
    """Tell whether an item fits a request of its own."""
    return len(item.body) <= endpoint.max_bytes - len(endpoint.prefix) - len(endpoint.suffix)


def pack(items: Iterable[Item], endpoints: Mapping[str, Endpoint]) -> list[tuple[Endpoint, tuple[Item, ...]]]:
    """Return batches of items within the limits of their endpoints; each item must fit its own.

    Batches keep the order of the items, and endpoints the order in which they are declared.
    """
    sorted_items: dict[str, list[Item]] = {name: [] for name in endpoints}
    for item in items:
        sorted_items[item.endpoint].append(item)
    return [
        (endpoints[name], batch)
        for name, some in sorted_items.items()
        for batch in _batches(some, endpoints[name])
    ]


def _batches(items: list[Item], endpoint: Endpoint) -> Iterator[tuple[Item, ...]]:
    batch: list[Item] = []
    size = empty = len(endpoint.prefix) + len(endpoint.suffix)
    for item in items:
        more = len(item.body) + (len(endpoint.separator) if batch else 0)
        if batch and (size + more > endpoint.max_bytes or len(batch) == endpoint.max_items):
            yield tuple(batch)
            batch, size, more = [], empty, len(item.body)
        batch.append(item)
        size += more
    if batch:
        yield tuple(batch)
