"""A planned request as the bytes that go out: authorized, with headers of the route, compressed, signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from broadcast_core.batching import Outgoing, Request
from broadcast_core.batching.headers import is_header_value
from broadcast_core.delivery.authorization import check_authorized, check_signed
from broadcast_core.delivery.compression import gzipped
from broadcast_core.delivery.same_route import check_route
from broadcast_core.destinations.capabilities import Signs
from broadcast_core.errors import SecretError
from broadcast_core.pipeline.route import Route
from broadcast_core.secrets import Secrets, SecretText, header_secret


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

    Raise what `authorize` and `sign` raise, `SecretError` for a secret that the route lacks or that no header
    takes, `PluginFault` where the destination changed what it may not, and `ArgumentError` for a request of
    another route.
    """
    secrets = Secrets(secrets)  # at once: reports of errors show the variables of functions
    destination, config = route.destination, route.config
    check_route(request, route)
    _check_secrets(route, secrets)
    given: object = destination.authorize(request, config, secrets, now, attempt)
    authorized = check_authorized(request, given, route)
    headers = _merged(authorized.headers, own_headers(route, secrets))
    body = authorized.body
    if compress and authorized.endpoint.compression == "gzip" and body:
        body, headers = gzipped(body), {**headers, "Content-Encoding": "gzip"}
    outgoing = Outgoing(method=authorized.method, url=authorized.url, headers=headers, body=body)
    if not isinstance(destination, Signs):
        return outgoing
    return check_signed(outgoing, destination.sign(outgoing, config, secrets, now), route)


def own_headers(route: Route, secrets: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers of a route with their values; raise `SecretError` for one missing or no header."""
    found: dict[str, str] = {}
    for name in route.headers:
        if (value := secrets.get(header_secret(name))) is None:
            raise SecretError(f"the route {route.name!r} has no value for its header {name!r}")
        if not is_header_value(value):
            what = f"the value of the header {name!r} has characters that no header takes"
            raise SecretError(f"the route {route.name!r}: {what}: copy it again")
        found[name] = SecretText(value)
    return found


def _check_secrets(route: Route, secrets: Mapping[str, str]) -> None:
    """Raise `SecretError` when a secret that the destination needs is not there."""
    for name, secret in route.destination.describe().secrets.items():
        if secret.required and not secrets.get(name, "").strip():
            raise SecretError(f"the route {route.name!r} lacks its secret {name!r}: {secret.help}")


def _merged(headers: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return headers with those of the route in place of others of their name, whatever its letter case."""
    names = {name.lower() for name in own}
    return {**{name: value for name, value in headers.items() if name.lower() not in names}, **own}
