"""The stored form of planned requests: one line of JSON each, from which the same request is made again.

Rule 1: what is read back is what was planned, to the byte, or it is refused. Plan files, checkpoints, spools
and dead letters hold this form; a field more is a version more.

The body stands last, in the envelope, as people read it: JSON as it is, other text as text, anything else as
base64. `items` cut it: how many bytes each has, and what is known of it. `digest` is the SHA-256 of the body.
No secret is in it, since none is in a plan; what was said is.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs
from attrs import frozen

from broadcast_core.batching import Endpoint, Item, Request
from broadcast_core.delivery.place import is_same_server, place_name
from broadcast_core.errors import FieldError, StoredFormError
from broadcast_core.jsontext import JsonError, loads
from broadcast_core.pipeline.route import Route
from broadcast_core.record.field_checks import written_time

VERSION = 1
BEGINNING = b'{"route":"'
"""How every line begins, and no record of a generation does."""
_BESIDE = ("name", "url", "method", "headers")
_PACKING = tuple(one for one in attrs.fields(Endpoint) if one.name not in _BESIDE)
_BODY = re.compile(rb',"digest":"([0-9a-f]{64})","(body|body_text|body_base64)":')
_JSON_START = b'{["0123456789-tfn'


@frozen(kw_only=True)
class StoredRequest:
    """A planned request as it is stored: `head` is the JSON of all but the body, an object; and the body."""

    head: bytes
    body: bytes

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"StoredRequest({len(self.body)} bytes)"

    @property
    def line(self) -> bytes:
        """Both as one line of JSON, without its newline."""
        key, text = _written_body(self.body)
        digest = hashlib.sha256(self.body).hexdigest().encode()
        return b'%b,"digest":"%b","%b":%b}' % (self.head[:-1], digest, key, text)

    @classmethod
    def of_line(cls, line: bytes) -> StoredRequest:
        """Return what a line holds; raise `StoredFormError` for one that is no stored request."""
        line = line.strip()
        for found in _BODY.finditer(line):
            head = line[: found.start()] + b"}"
            if _is_object(head):
                body = _read_body(found[2], line[found.end() : -1])
                if hashlib.sha256(body).hexdigest().encode() != found[1]:
                    raise StoredFormError(
                        "the body is not the one that was planned: it has been changed, or cut short"
                    )
                return cls(head=head, body=body)
        raise StoredFormError(_why_no_request(line))


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
        "packing": {**_packing_of(endpoint), **_own_address(request)},
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
    head = _Head(json.loads(found.head))
    route = routes.get(head.text("route"))
    if route is None:
        raise StoredFormError(f"planned for the route {head.text('route')!r}, and there is none of that name")
    _check_target(head, route)
    endpoint = _endpoint(head)
    items = tuple(_items(head, found.body, endpoint))
    request = Request.planned(route=route.name, endpoint=endpoint, items=items)
    url, headers = head.text("url"), head.texts("headers")
    if (request.url, dict(request.headers)) != (url, headers):
        request = request.addressed(url=url, headers=headers)
    if request.body != found.body:
        raise StoredFormError("its items are not those of its body: it has been changed, or cut short")
    if not is_same_server(request, route):
        raise StoredFormError(f"it goes to another server than the route {route.name!r} does")
    return request


def _check_target(head: _Head, route: Route) -> None:
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


@frozen
class _Head:
    """The fields of a stored request, each checked when it is read; nothing of them is quoted."""

    fields: Any

    def _of(self, name: str, kind: type, words: str) -> Any:
        value = self.fields.get(name) if isinstance(self.fields, dict) else None
        if type(value) is not kind:
            raise StoredFormError(f"no stored request: expected {words} @ $.{name}")
        return value

    def text(self, name: str) -> str:
        return self._of(name, str, "a text")  # type: ignore[no-any-return]

    def number(self, name: str) -> int:
        return self._of(name, int, "a whole number")  # type: ignore[no-any-return]

    def object(self, name: str) -> dict[str, Any]:
        return self._of(name, dict, "an object")  # type: ignore[no-any-return]

    def array(self, name: str) -> list[Any]:
        return self._of(name, list, "an array")  # type: ignore[no-any-return]

    def texts(self, name: str) -> dict[str, str]:
        found = self.object(name)
        if not all(isinstance(value, str) for value in found.values()):
            raise StoredFormError(f"no stored request: expected texts @ $.{name}")
        return found


def _packing_of(endpoint: Endpoint) -> dict[str, Any]:
    values = ((one, getattr(endpoint, one.name)) for one in _PACKING)
    return {one.name: _written(value) for one, value in values if value != one.default}


def _own_address(request: Request) -> dict[str, Any]:
    """Return the address of the endpoint where that of the request is another: its parts begin with it."""
    endpoint, address = request.endpoint, (request.url, dict(request.headers))
    plain = Request.planned(route=request.route, endpoint=endpoint)
    is_its_own = (plain.url, dict(plain.headers)) != address
    return {"url": endpoint.url, "headers": dict(endpoint.headers)} if is_its_own else {}


def _endpoint(head: _Head) -> Endpoint:
    packing = dict(head.object("packing"))
    own = _Head({name: packing.pop(name) for name in ("url", "headers") if name in packing})
    options = _packing(packing)
    if own.fields:
        url, headers = own.text("url"), own.texts("headers")
    else:
        kind = options.get("content_type", "application/json")
        url = head.text("url")
        headers = {
            name: value
            for name, value in head.texts("headers").items()
            if (name.lower(), value) != ("content-type", kind)
        }
    try:
        return Endpoint(
            name=head.text("endpoint"), url=url, method=head.text("method"), headers=headers, **options
        )
    except FieldError as error:
        raise StoredFormError(f"no stored request: {error}") from None


def _written(value: Any) -> Any:
    """Return a value of an endpoint as JSON: bytes as Latin-1, a duration in microseconds."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value // timedelta(microseconds=1) if isinstance(value, timedelta) else value


def _packing(found: dict[str, Any]) -> dict[str, Any]:
    known = {one.name: one for one in _PACKING}
    if unknown := [name for name in found if name not in known]:
        what = "no stored request: a field that this release does not know"
        raise StoredFormError(f"{what} @ $.packing.{unknown[0]}")
    return {name: _read(known[name], value) for name, value in found.items()}


def _read(field: Any, value: Any) -> Any:
    try:
        if isinstance(field.default, bytes):
            return value.encode("latin-1")
        return timedelta(microseconds=value) if field.name == "oldest" else value
    except (AttributeError, TypeError, UnicodeEncodeError, OverflowError):
        raise StoredFormError(f"no stored request: a wrong value @ $.packing.{field.name}") from None


def _written_item(item: Item) -> dict[str, Any]:
    known = {"rows": item.rows, "key": item.key, "group": item.group, "data": item.data}
    default = {"rows": 1, "key": None, "group": None, "data": None}
    found = {name: value for name, value in known.items() if value != default[name]}
    if item.time is not None:
        found["time"] = written_time(item.time)
    return {"bytes": len(item.body), "generations": list(item.generations), **found}


def _items(head: _Head, body: bytes, endpoint: Endpoint) -> Iterator[Item]:
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


def _written_body(body: bytes) -> tuple[bytes, bytes]:
    """Return the key and the JSON of a body; a line break in it would be the end of the line."""
    if body[:1] and body[0] in _JSON_START and b"\n" not in body and b"\r" not in body and _is_json(body):
        return b"body", body
    try:
        return b"body_text", json.dumps(body.decode("utf-8"), ensure_ascii=False).encode()
    except UnicodeDecodeError:
        return b"body_base64", b'"' + b64encode(body) + b'"'


def _read_body(key: bytes, text: bytes) -> bytes:
    try:
        if key == b"body":
            return text
        value = json.loads(text)
        return b64decode(value, validate=True) if key == b"body_base64" else value.encode()
    except (ValueError, AttributeError, TypeError):
        raise StoredFormError("its body cannot be read: it has been changed") from None


def _is_json(body: bytes) -> bool:
    """Tell whether a body is JSON by our own rule: the same wherever it is asked, and for any reader."""
    try:
        loads(body)
    except JsonError:
        return False
    return True


def _is_object(head: bytes) -> bool:
    try:
        return isinstance(json.loads(head), dict)
    except (ValueError, RecursionError):
        return False


def _why_no_request(line: bytes) -> str:
    if not _is_object(line):
        return "malformed JSON, or not whole: expected a line that `broadcast plan` wrote"
    return "this is JSON, but no stored request: expected a line that `broadcast plan` wrote"
