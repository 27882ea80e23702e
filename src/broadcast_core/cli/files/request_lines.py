"""Requests as lines of the output: their stored form."""

from __future__ import annotations

from collections.abc import Iterable

from broadcast_core.batching.request import Request
from broadcast_core.delivery.stored.requests import stored
from broadcast_core.pipeline.route import Route
from broadcast_core.plugins import plugin_of


class RequestLines:
    """Writes the requests of some routes, a line each."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = {route.name: (route, plugin_of(route.destination)) for route in routes}

    def format(self, request: Request) -> bytes:
        """Return a request as one line of JSON."""
        return stored(request, *self._routes[request.route]).line + b"\n"
