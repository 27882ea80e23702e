"""Where a route sends: what is kept for one place must not go to another."""

from __future__ import annotations

from urllib.parse import urlsplit

from broadcast_core.batching import Request
from broadcast_core.destinations.urls import server_of
from broadcast_core.pipeline.plugin_checks import place_of
from broadcast_core.pipeline.route import Route


def place_name(route: Route) -> str:
    """Return the place that a route sends to, as text: by its destination, else by its endpoints' URLs.

    Raise `PluginFault` for a destination that fails on it.
    """
    place = place_of(route.destination, route.config)
    if place is None:
        parts = sorted({server_of(_without_query(endpoint.url)) for endpoint in route.endpoints.values()})
    else:
        parts = [place.space, place.home, place.ids]
    return " ".join([route.destination.name, *(part for part in parts if part)])


def is_same_server(request: Request, route: Route) -> bool:
    """Tell whether a request goes to a server that its route sends to: secrets are for no other."""
    servers = {_server(endpoint.url) for endpoint in route.endpoints.values()}
    return _server(request.url) in servers


def _server(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _without_query(url: str) -> str:
    return url.partition("?")[0]
