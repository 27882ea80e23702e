"""A request in parts: each is another batch, and so addressed anew."""

from __future__ import annotations

from collections.abc import Sequence

from broadcast_core.batching import Item, Request
from broadcast_core.delivery.same_route import check_route
from broadcast_core.destinations.verdicts import Retry, Verdict
from broadcast_core.errors import ArgumentError, SecretError
from broadcast_core.pipeline.route import Route


def split(request: Request, route: Route) -> tuple[Request, Request]:
    """Return the halves of a planned request; raise `ArgumentError` for one item, or another route."""
    check_route(request, route)
    one, other = request.split()
    return route.addressed(one), route.addressed(other)


def retried(request: Request, verdicts: Sequence[Verdict], route: Route) -> Request | None:
    """Return what of a planned request is to be sent again by the verdicts of its items; None: nothing.

    Where that is all of it, it is the request itself, so that a platform knows it again by its address.
    Raise `ArgumentError` for another number of verdicts than it has items, and for another route.
    """
    check_route(request, route)
    if len(verdicts) != len(request.items):
        raise ArgumentError(f"{len(verdicts)} verdicts for {len(request.items)} items: give one for each")
    items = tuple(item for item, one in zip(request.items, verdicts, strict=True) if isinstance(one, Retry))
    if len(items) == len(request.items):
        return request
    return part_of(request, items, route)


def part_of(request: Request, items: tuple[Item, ...], route: Route) -> Request | None:
    """Return a request of some items of a planned one, addressed anew; None of none.

    Raise `SecretError` for a request that secrets have been added to: the part would show them.
    """
    if not request.is_as_planned:
        raise SecretError("secrets have been added to this request: take parts of the one that was planned")
    part = Request.planned(route=request.route, endpoint=request.endpoint, items=items)
    return route.addressed(part) if items else None
