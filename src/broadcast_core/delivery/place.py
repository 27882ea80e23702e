"""Where a route sends: what is kept for one place must not go to another."""

from __future__ import annotations

from collections.abc import Iterable

from broadcast_core.batching import Request
from broadcast_core.batching.address import is_same_server
from broadcast_core.batching.file_urls import is_file_url
from broadcast_core.destinations.urls import server_of
from broadcast_core.errors import PluginFault
from broadcast_core.pipeline.route import Route


def place_name(route: Route) -> str:
    """Return the place that a route sends to, as text: by its destination, else by its endpoints' URLs.

    Raise `PluginFault` for a destination that fails on it.
    """
    place = route.place
    if place is None:
        parts = sorted({server_of(_without_query(endpoint.url)) for endpoint in route.endpoints.values()})
    else:
        parts = [place.space, place.home, place.ids]
    return " ".join([route.destination.name, *(part for part in parts if part)])


def is_of_route(request: Request, route: Route) -> bool:
    """Tell whether a request goes to a server that its route sends to: secrets are for no other.

    So must its parts, which are addressed from the URL of its endpoint.
    """
    servers = [endpoint.url for endpoint in route.endpoints.values()]
    return all(
        any(is_same_server(url, server) for server in servers) for url in (request.url, request.endpoint.url)
    )


def needs_http(routes: Iterable[Route]) -> bool:
    """Tell whether a route sends to a server, or may: files alone need no HTTP."""
    return any(_sends_to_a_server(route) for route in routes)


def _sends_to_a_server(route: Route) -> bool:
    try:
        return not all(is_file_url(endpoint.url) for endpoint in route.endpoints.values())
    except PluginFault:  # told where the route is used
        return True


def _without_query(url: str) -> str:
    return url.partition("?")[0]
