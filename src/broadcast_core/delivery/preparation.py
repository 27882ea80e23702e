"""A planned request as the bytes that go out: authorized, with headers of the route, compressed, signed."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import datetime

from attrs import evolve

from broadcast_core.batching import Outgoing, Request
from broadcast_core.destinations.capabilities import Signs
from broadcast_core.errors import PluginFault, SecretError
from broadcast_core.pipeline.route import Route
from broadcast_core.secrets import Secrets, SecretText, header_secret

_LEVEL = 6  # zlib's own default: beyond it, JSON gets hardly smaller


def prepare(
    request: Request,
    route: Route,
    secrets: Mapping[str, str],
    *,
    now: datetime,
    attempt: int = 1,
    compress: bool = True,
) -> Outgoing:
    """Return what an HTTP client is to send for a planned request, at a time in UTC, for the n-th time.

    Raise what `authorize` and `sign` raise, `SecretError` for a header of the route without its secret, and
    `PluginFault` where the destination changed what it may not.
    """
    secrets = Secrets(secrets)  # at once: reports of errors show the variables of functions
    destination, config = route.destination, route.config
    authorized = destination.authorize(request, config, secrets, now, attempt)
    _check_items(request, authorized, route)
    headers = {**authorized.headers, **own_headers(route, secrets)}
    body = authorized.body
    if compress and authorized.endpoint.compression == "gzip" and body:
        body, headers = gzip.compress(body, _LEVEL, mtime=0), {**headers, "Content-Encoding": "gzip"}
    outgoing = Outgoing(method=authorized.method, url=authorized.url, headers=headers, body=body)
    if not isinstance(destination, Signs):
        return outgoing
    signed = destination.sign(outgoing, config, secrets, now)
    if signed.body != outgoing.body or signed.method != outgoing.method:
        raise PluginFault(f"the destination {destination.name!r} failed: sign changes the body or the method")
    return evolve(signed)


def own_headers(route: Route, secrets: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers of a route with their values; raise `SecretError` for one that is missing."""
    found: dict[str, str] = {}
    for name in route.headers:
        if (value := secrets.get(header_secret(name))) is None:
            raise SecretError(f"the route {route.name!r} has no value for its header {name!r}")
        found[name] = SecretText(value)
    return found


def _check_items(request: Request, authorized: Request, route: Route) -> None:
    same = len(request.items) == len(authorized.items) and all(
        one is other or one.body == other.body
        for one, other in zip(request.items, authorized.items, strict=True)
    )
    if not same:
        what = "authorize changes the items: add secrets to headers, the URL or the envelope alone"
        raise PluginFault(f"the destination {route.destination.name!r} failed: {what}")
