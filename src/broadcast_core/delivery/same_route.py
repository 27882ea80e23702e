"""Whether a request is of the route that it is given with: secrets of another are for another server."""

from __future__ import annotations

from broadcast_core.batching import Request
from broadcast_core.destinations.connection import CHECK_ROUTE
from broadcast_core.errors import ArgumentError
from broadcast_core.pipeline.route import Route


def check_route(request: Request, route: Route) -> None:
    """Raise `ArgumentError` for a request of another route; a connection test is of every route."""
    if request.route not in (route.name, CHECK_ROUTE):
        raise ArgumentError(
            f"the request is of the route {request.route!r}, and not of {route.name!r}: give its own"
        )
