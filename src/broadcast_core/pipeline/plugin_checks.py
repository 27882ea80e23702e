"""What a plugin gave, checked where it is used: a fault is named with its plugin, endpoint and generation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from broadcast_core.batching import Endpoint, Item, Request, Unmapped
from broadcast_core.destinations.capabilities import Addresses
from broadcast_core.destinations.contract import Destination
from broadcast_core.diagnostics import FAILURES, describe_error
from broadcast_core.errors import FieldError, PluginFault


def blame(destination: Destination, error: BaseException) -> str:
    """Say that a destination failed, and where; the text of an error is quoted only where it is ours."""
    what = str(error) if isinstance(error, PluginFault | FieldError) else describe_error(error)
    return f"the destination {destination.name!r} failed: {what}"


def endpoints_of(destination: Destination, config: Any) -> Mapping[str, Endpoint]:
    """Return the endpoints of a route by name; raise `PluginFault` for some that nothing could be sent to."""
    given: object = destination.endpoints(config)
    if not isinstance(given, Iterable) or isinstance(given, Mapping | str | bytes):
        raise PluginFault(f"its endpoints are a {type(given).__name__}: return a tuple of Endpoint")
    found: dict[str, Endpoint] = {}
    for endpoint in given:
        if not isinstance(endpoint, Endpoint):
            raise PluginFault(f"one of its endpoints is a {type(endpoint).__name__}: return Endpoint(...)")
        if endpoint.name in found:
            raise PluginFault(f"it has two endpoints {endpoint.name!r}: give each its own name")
        if (what := _wrong_endpoint(endpoint)) is not None:
            raise PluginFault(f"its endpoint {endpoint.name!r} {what}")
        found[endpoint.name] = endpoint
    return found


def _wrong_endpoint(endpoint: Endpoint) -> str | None:
    if not endpoint.url.startswith(("https://", "http://")):
        return "has no URL that begins with https:// or http://"
    if endpoint.max_items < 1:
        return f"takes {endpoint.max_items} items at once: max_items is at least 1"
    if endpoint.capacity < 1:
        limits = f"max_bytes={endpoint.max_bytes}, max_item_bytes={endpoint.max_item_bytes}"
        return f"cannot hold one item ({limits}): give room for its envelope and an item"
    names = {name.lower() for name in endpoint.headers}
    if endpoint.content_type and "content-type" in names:
        return 'has the header Content-Type beside content_type: give one, or content_type=""'
    if reserved := sorted(names & {"host", "content-length", "content-encoding", "transfer-encoding"}):
        return f"has the header {reserved[0]!r}, which delivery sets: take it out"
    return None


def wrong_result(
    result: object, endpoints: Mapping[str, Endpoint], generations: Collection[str]
) -> str | None:
    """Say what is wrong with one result of `items` for a tree of some generations, or None."""
    if isinstance(result, Unmapped):
        return None if result.generation in generations else "it unmaps a generation that is not of the trace"
    if not isinstance(result, Item):
        return f"it yields a {type(result).__name__}: yield Item(...) or Unmapped(...)"
    if type(result.body) is not bytes:
        return f"its item for {result.endpoint!r} has a body of type {type(result.body).__name__}: give bytes"
    if result.endpoint not in endpoints:
        known = ", ".join(map(repr, endpoints))
        return f"its item is for the endpoint {result.endpoint!r}, which is not declared (declared: {known})"
    for name in result.generations:
        if name not in generations:
            return f"its item for {result.endpoint!r} speaks of a generation that is not of the trace"
    return None if (result.rows, result.key, result.group, result.time) == _PLAIN else _wrong_details(result)


_PLAIN = (1, None, None, None)
"""The details of an item that says nothing of itself, as most."""


def _wrong_details(item: Item) -> str | None:
    where = f"its item for {item.endpoint!r}"
    if type(item.rows) is not int or item.rows < 1:
        return f"{where} has no row: rows is a whole number, at least 1"
    if not isinstance(item.key, str | None) or not isinstance(item.group, str | None):
        return f"{where} has a key or a group that is no text"
    if item.time is not None and (not isinstance(item.time, datetime) or item.time.tzinfo is None):
        return f"{where} has a time that is no datetime with a time zone"
    return None


def address(request: Request, destination: Destination, config: Any) -> Request:
    """Return a planned request at the address that its destination gives it; raise `PluginFault`."""
    if not isinstance(destination, Addresses):
        return request
    where = f"the address of a request to {request.endpoint.name!r}"
    try:
        result: object = destination.address(request, config)
    except FieldError as error:
        raise PluginFault(f"{where}: {error}") from None
    except FAILURES as error:
        raise PluginFault(f"{where} raised {describe_error(error)}") from None
    if not isinstance(result, Request) or not result.is_as_planned:
        raise PluginFault(f"{where} was not made by request.addressed(url=..., headers=...)")
    if result.items is not request.items or result.endpoint != request.endpoint:
        raise PluginFault(f"{where} changes its items or its endpoint: change the URL and the headers alone")
    return result
