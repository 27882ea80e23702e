"""A request in parts: each is another batch, and so addressed anew."""

from __future__ import annotations

from broadcast_core.batching import Request
from broadcast_core.pipeline.plugin_checks import address
from broadcast_core.pipeline.route import Route


def split(request: Request, route: Route) -> tuple[Request, Request]:
    """Return the halves of a planned request of a route; raise `ArgumentError` where it has one item."""
    one, other = request.split()
    return address(one, route.destination, route.config), address(other, route.destination, route.config)
