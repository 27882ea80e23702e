"""What a destination adds to a request at delivery, checked: it can be sent, and is what was planned.

Whatever is checked here may be a secret, so that nothing of it is quoted but names of headers.
"""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.batching import Outgoing, Request
from broadcast_core.batching.address import wrong_address
from broadcast_core.batching.headers import RESERVED, is_header_value, request_headers
from broadcast_core.errors import FieldError, PluginFault, SecretError
from broadcast_core.pipeline.plugin_faults import blame
from broadcast_core.pipeline.route import Route


def check_authorized(request: Request, given: object, route: Route) -> Request:
    """Return what `authorize` gave for a planned request.

    Raise `PluginFault` where it is not that request with secrets added, and `SecretError` for one that no
    header takes.
    """
    if not isinstance(given, Request):
        raise _fault(route, f"authorize returns a {type(given).__name__}: return the request")
    if not _has_items_of(request, given):
        what = "authorize changes the items: add secrets to headers, the URL or the envelope alone"
        raise _fault(route, what)
    if (given.method, given.route) != (request.method, request.route):
        raise _fault(route, "authorize changes the method or the route: leave them as they are")
    if given.endpoint.separator != request.endpoint.separator:
        raise _fault(route, "authorize changes what stands between items: leave the separator as it is")
    if lost := [name for name, value in request.headers.items() if given.headers.get(name) != value]:
        raise _fault(route, f"authorize takes the header {lost[0]!r} out, or changes it: leave those planned")
    _check_sendable("authorize", given, request.headers, route)
    size, limit = len(given.body), request.endpoint.max_bytes
    if size > limit:
        what = f"authorize makes a body of {size} bytes, and {limit} is the most of the endpoint"
        raise _fault(route, f"{what} {request.endpoint.name!r}: say with reserved=... what it may add")
    return given


def check_signed(outgoing: Outgoing, given: object, route: Route) -> Outgoing:
    """Return what `sign` gave for a request; raise as `check_authorized` does."""
    if not isinstance(given, Outgoing):
        raise _fault(route, f"sign returns a {type(given).__name__}: return evolve(outgoing, headers=...)")
    if given.body != outgoing.body or given.method != outgoing.method:
        raise _fault(route, "sign changes the body or the method: add to the headers or the URL alone")
    _check_sendable("sign", given, outgoing.headers, route)
    return given


def _has_items_of(request: Request, given: Request) -> bool:
    return len(request.items) == len(given.items) and all(
        one is other or one.body == other.body for one, other in zip(request.items, given.items, strict=True)
    )


def _check_sendable(who: str, given: Request | Outgoing, before: Mapping[str, str], route: Route) -> None:
    """Raise for a URL or headers that cannot be sent; `before` are those that were there already.

    Whether files are written, and where, is by the endpoints of the route: a request may say what it likes.
    """
    planned = [endpoint.url for endpoint in route.endpoints.values()]
    if (what := wrong_address(given.url, given.method, planned)) is not None:
        raise _fault(route, f"{who} gives what {what}")
    headers = given.headers
    for name, value in headers.items():
        if isinstance(value, str) and not is_header_value(value):
            what = f"the value of the header {name!r} has characters that no header takes"
            raise SecretError(f"the route {route.name!r}: {what}: copy its secret again")
        if isinstance(name, str) and name.lower() in RESERVED and before.get(name) != value:
            raise _fault(route, f"{who} gives the header {name!r}, which delivery sets: take it out")
    if lost := sorted(name for name in RESERVED & {name.lower() for name in before} if name not in headers):
        raise _fault(route, f"{who} takes the header {lost[0]!r} out, which delivery sets: leave it")
    try:
        request_headers(headers)
    except FieldError as error:
        raise _fault(route, f"{who} gives {error}") from None


def _fault(route: Route, what: str) -> PluginFault:
    return PluginFault(blame(route.destination, PluginFault(what)))
