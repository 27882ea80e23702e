"""The endpoint of a stored request: what decides how its items are enveloped, split and judged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs

from broadcast_core.batching import Endpoint, Request
from broadcast_core.delivery.stored.head import Head
from broadcast_core.errors import FieldError, StoredFormError

_BESIDE = ("name", "url", "method", "headers")
_PACKING = tuple(one for one in attrs.fields(Endpoint) if one.name not in _BESIDE)


def written_packing(request: Request) -> dict[str, Any]:
    """Return what is not usual of the endpoint of a request, as JSON."""
    return {**_packing_of(request.endpoint), **_own_address(request)}


def _packing_of(endpoint: Endpoint) -> dict[str, Any]:
    values = ((one, getattr(endpoint, one.name)) for one in _PACKING)
    return {one.name: _written(value) for one, value in values if value != one.default}


def _own_address(request: Request) -> dict[str, Any]:
    """Return the address of the endpoint where that of the request is another: its parts begin with it."""
    endpoint, address = request.endpoint, (request.url, dict(request.headers))
    plain = Request.planned(route=request.route, endpoint=endpoint)
    is_its_own = (plain.url, dict(plain.headers)) != address
    return {"url": endpoint.url, "headers": dict(endpoint.headers)} if is_its_own else {}


def read_endpoint(head: Head) -> Endpoint:
    """Return the endpoint of a stored request; raise `StoredFormError` for one that cannot be."""
    packing = dict(head.object("packing"))
    own = Head({name: packing.pop(name) for name in ("url", "headers") if name in packing})
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
