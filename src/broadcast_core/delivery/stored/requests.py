"""The stored form of planned requests: one line of JSON each, from which the same request is made again.

Rule 1: what is read back is what was planned, to the byte, or it is refused. Plan files, checkpoints, spools
and dead letters hold this form; a field more is a version more.

`items` cut the body: how many bytes each has, and what is known of it. No secret is in it, since none is in a
plan; what was said is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from broadcast_core.batching import Endpoint, Item, Request
from broadcast_core.delivery.place import is_of_route, place_name
from broadcast_core.delivery.stored.head import Head
from broadcast_core.delivery.stored.lines import BEGINNING, StoredRequest
from broadcast_core.delivery.stored.packing import read_endpoint, written_packing
from broadcast_core.errors import StoredFormError
from broadcast_core.pipeline.plugin_checks import wrong_place
from broadcast_core.pipeline.route import Route
from broadcast_core.record.field_checks import written_time

VERSION = 1
__all__ = ["BEGINNING", "StoredRequest", "planned_again", "request_rows", "requests_of", "stored"]


def stored(request: Request, route: Route, plugin: str = "") -> StoredRequest:
    """Return a planned request in its stored form; `plugin` is the wheel of its destination with the version.

    Raise `StoredFormError` for a request that secrets have been added to.
    """
    if not request.is_as_planned:
        raise StoredFormError("secrets have been added to this request: store the one that was planned")
    endpoint = request.endpoint
    fields = {
        "route": request.route,
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "endpoint": endpoint.name,
        "generations": list(request.generations),
        "destination": route.destination.name,
        "contract": route.destination.contract_version,
        "plugin": plugin,
        "place": place_name(route),
        "version": VERSION,
        "packing": written_packing(request),
        "items": [_written_item(item) for item in request.items],
    }
    return StoredRequest(head=json.dumps(fields, separators=(",", ":")).encode(), body=request.body)


def request_rows(requests: Iterable[Request], routes: Iterable[Route]) -> Iterator[bytes]:
    """Yield the stored form of planned requests, a line each without its newline; raise as `stored` does."""
    by_name = {route.name: route for route in routes}
    for request in requests:
        yield stored(request, by_name[request.route]).line


def requests_of(rows: Iterable[bytes], routes: Iterable[Route]) -> Iterator[Request]:
    """Yield the requests of rows again; raise `StoredFormError` at the first that is none of these routes."""
    by_name = {route.name: route for route in routes}
    for row in rows:
        yield planned_again(StoredRequest.of_line(row), by_name)


def planned_again(found: StoredRequest, routes: Mapping[str, Route]) -> Request:
    """Return the request of a stored form, planned again; raise `StoredFormError` where it is not of a route.

    It is of the route with its name where the destination and the place are the same, and it goes to that
    route's server: a foreign file must not lead secrets elsewhere.
    """
    head = Head(json.loads(found.head))
    route = routes.get(head.text("route"))
    if route is None:
        raise StoredFormError(f"planned for the route {head.text('route')!r}, and there is none of that name")
    _check_target(head, route)
    endpoint = read_endpoint(head)
    items = tuple(_items(head, found.body, endpoint))
    request = Request.planned(route=route.name, endpoint=endpoint, items=items)
    url, headers = head.text("url"), head.texts("headers")
    if (request.url, dict(request.headers)) != (url, headers):
        request = request.addressed(url=url, headers=headers)
    if request.body != found.body:
        raise StoredFormError("its items are not those of its body: it has been changed, or cut short")
    if not is_of_route(request, route):
        raise StoredFormError(f"it goes to another server than the route {route.name!r} does")
    if (what := wrong_place(request)) is not None:
        raise StoredFormError(f"no stored request: it {what}")
    return request


def _check_target(head: Head, route: Route) -> None:
    version = head.number("version")
    if version > VERSION:
        what = f"written by a newer release, this one reads version {VERSION}: upgrade broadcast-core"
        raise StoredFormError(what)
    destination, contract = head.text("destination"), head.number("contract")
    if destination != route.destination.name:
        what = f"planned for the destination {destination!r}"
        raise StoredFormError(f"{what}, and the route {route.name!r} goes to {route.destination.name!r}")
    if contract != route.destination.contract_version:
        what = f"planned under version {contract} of the contract of destinations"
        raise StoredFormError(f"{what}, and {route.destination.name!r} has another: plan it again")
    if head.text("place") != place_name(route):
        what = f"planned for another place: {head.text('place')!r}"
        raise StoredFormError(f"{what}, and the route {route.name!r} sends to {place_name(route)!r}")


def _written_item(item: Item) -> dict[str, Any]:
    known = {"rows": item.rows, "key": item.key, "group": item.group, "data": item.data}
    default = {"rows": 1, "key": None, "group": None, "data": None}
    found = {name: value for name, value in known.items() if value != default[name]}
    if item.time is not None:
        found["time"] = written_time(item.time)
    return {"bytes": len(item.body), "generations": list(item.generations), **found}


def _items(head: Head, body: bytes, endpoint: Endpoint) -> Iterator[Item]:
    at = len(endpoint.prefix)
    for n, one in enumerate(head.array("items")):
        try:
            size, time = one["bytes"], one.get("time")
            yield Item(
                endpoint=endpoint.name,
                body=body[at : at + size],
                generations=tuple(map(str, one["generations"])),
                rows=one.get("rows", 1),
                key=one.get("key"),
                group=one.get("group"),
                time=None if time is None else datetime.fromisoformat(time),
                data=one.get("data"),
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            raise StoredFormError(f"no stored request: a wrong value @ $.items[{n}]") from None
        at += size + len(endpoint.separator)
