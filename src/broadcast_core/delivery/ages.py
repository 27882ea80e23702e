"""The ages of items: an endpoint may take none that is older than it says."""

from __future__ import annotations

from datetime import datetime

from broadcast_core.batching import Endpoint, Item, Request
from broadcast_core.delivery.same_route import check_route
from broadcast_core.delivery.splitting import part_of
from broadcast_core.destinations.verdicts import Refused
from broadcast_core.pipeline.route import Route


def without_old(
    request: Request, route: Route, now: datetime
) -> tuple[Request | None, tuple[tuple[Item, Refused], ...]]:
    """Return what of a planned request is not too old for its endpoint, and each other item as refused.

    An item without a time has no age. Where nothing is too old, it is the request itself; where all is, None.
    What is left of another is another batch, so ask before a request is sent for the first time: once its
    outcome is unknown, what is left goes again only where items merge. `now` has a time zone.
    Raise `ArgumentError` for a request of another route.
    """
    check_route(request, route)
    old = tuple(item for item in request.items if _is_old(item, request.endpoint, now))
    if not old:
        return request, ()
    left = tuple(item for item in request.items if not _is_old(item, request.endpoint, now))
    endpoint = request.endpoint
    refused = Refused(f"the endpoint {endpoint.name!r} takes no item older than {endpoint.oldest}")
    return part_of(request, left, route), tuple((item, refused) for item in old)


def _is_old(item: Item, endpoint: Endpoint, now: datetime) -> bool:
    return endpoint.oldest is not None and item.time is not None and now - item.time > endpoint.oldest
