"""Packing items into batches under the limits of their endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from broadcast_core.batching.endpoint import Endpoint
from broadcast_core.batching.item import Item


def fits(item: Item, endpoint: Endpoint) -> bool:
    """Tell whether an item fits a request of its own."""
    return len(item.body) <= endpoint.capacity and item.rows <= endpoint.max_items


def pack(items: Iterable[Item], endpoints: Mapping[str, Endpoint]) -> list[tuple[Endpoint, tuple[Item, ...]]]:
    """Return batches of items within the limits of their endpoints; each item must fit its own.

    Batches keep the order of the items, and endpoints the order in which they are declared. Items of two
    groups never share a batch; groups come in the order of their first items.
    """
    sorted_items: dict[str, dict[str | None, list[Item]]] = {name: {} for name in endpoints}
    for item in items:
        sorted_items[item.endpoint].setdefault(item.group, []).append(item)
    return [
        (endpoints[name], batch)
        for name, groups in sorted_items.items()
        for some in groups.values()
        for batch in _batches(some, endpoints[name])
    ]


def _batches(items: list[Item], endpoint: Endpoint) -> Iterator[tuple[Item, ...]]:
    batch: list[Item] = []
    rows, size = 0, (empty := len(endpoint.prefix) + len(endpoint.suffix))
    for item in items:
        more = len(item.body) + (len(endpoint.separator) if batch else 0)
        if batch and (size + more > endpoint.max_planned or rows + item.rows > endpoint.max_items):
            yield tuple(batch)
            batch, rows, size, more = [], 0, empty, len(item.body)
        batch.append(item)
        rows += item.rows
        size += more
    if batch:
        yield tuple(batch)
