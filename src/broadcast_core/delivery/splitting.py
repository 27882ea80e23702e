"""A request in parts: each is another batch, and so addressed anew."""

from __future__ import annotations

from collections.abc import Sequence

from broadcast_core.batching import Request
from broadcast_core.destinations.verdicts import Retry, Verdict
from broadcast_core.errors import ArgumentError
from broadcast_core.pipeline.plugin_checks import address
from broadcast_core.pipeline.route import Route


def split(request: Request, route: Route) -> tuple[Request, Request]:
    """Return the halves of a planned request of a route; raise `ArgumentError` where it has one item."""
    one, other = request.split()
    return address(one, route.destination, route.config), address(other, route.destination, route.config)


def retried(request: Request, verdicts: Sequence[Verdict], route: Route) -> Request | None:
    """Return what of a planned request is to be sent again by the verdicts of its items; None: nothing.

    Where that is all of it, it is the request itself, so that a platform knows it again by its address.
    Raise `ArgumentError` for another number of verdicts than it has items.
    """
    if len(verdicts) != len(request.items):
        raise ArgumentError(f"{len(verdicts)} verdicts for {len(request.items)} items: give one for each")
    items = tuple(item for item, one in zip(request.items, verdicts, strict=True) if isinstance(one, Retry))
    if len(items) == len(request.items):
        return request
    part = Request.planned(route=request.route, endpoint=request.endpoint, items=items)
    return address(part, route.destination, route.config) if items else None
