"""What a plugin gave, checked where it is used: a fault is named with its plugin, endpoint and generation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, get_args

from broadcast_core.batching import Endpoint, Item, Request, Unmapped
from broadcast_core.batching.address import wrong_address
from broadcast_core.batching.file_urls import file_place, is_file_url
from broadcast_core.batching.headers import RESERVED, is_header_value, is_token
from broadcast_core.destinations.capabilities import Addresses, Place, Places
from broadcast_core.destinations.contract import Destination
from broadcast_core.diagnostics import Diagnostic, Kind
from broadcast_core.errors import PluginFault
from broadcast_core.pipeline.plugin_faults import asked, several

_LIMITS = ("max_bytes", "reserved", "max_item_bytes")
_KINDS = frozenset(get_args(Kind))


def endpoints_of(destination: Destination, config: Any) -> Mapping[str, Endpoint]:
    """Return the endpoints of a route by name; raise `PluginFault` for some that nothing could be sent to."""
    found: dict[str, Endpoint] = {}
    for endpoint in _listed_endpoints(destination, config):
        if not isinstance(endpoint, Endpoint):
            raise PluginFault(f"one of its endpoints is a {type(endpoint).__name__}: return Endpoint(...)")
        if not endpoint.name.strip() or not endpoint.name.isprintable():
            raise PluginFault("one of its endpoints has a name that is blank or has control characters")
        if endpoint.name in found:
            raise PluginFault(f"it has two endpoints {endpoint.name!r}: give each its own name")
        if (what := _wrong_endpoint(endpoint) or _wrong_directory(endpoint, destination)) is not None:
            raise PluginFault(f"its endpoint {endpoint.name!r} {what}")
        found[endpoint.name] = endpoint
    return found


def _listed_endpoints(destination: Destination, config: Any) -> list[object]:
    what, quotes = "its endpoints", "the endpoint "
    given: Any = asked(lambda: destination.endpoints(config), what, quotes=quotes)
    if not several(given):
        raise PluginFault(f"its endpoints are a {type(given).__name__}: return a tuple of Endpoint")
    return asked(lambda: list(given), what, quotes=quotes)


def _wrong_endpoint(endpoint: Endpoint) -> str | None:
    if not is_token(endpoint.method):
        return "has a method that is none: give one as POST"
    if (what := wrong_address(endpoint.url, endpoint.method, (endpoint.url,))) is not None:
        return what
    if not is_header_value(endpoint.content_type):
        return "has a content_type that no header takes: encode it"
    if endpoint.max_items < 1:
        return f"takes {endpoint.max_items} items at once: max_items is at least 1"
    if endpoint.reserved < 0:
        return f"reserves {endpoint.reserved} bytes: give what authorize may add to a body, or 0"
    if endpoint.capacity < 1:
        limits = ", ".join(f"{name}={getattr(endpoint, name)}" for name in _LIMITS)
        return f"cannot hold one item ({limits}): give room for its envelope and an item"
    if endpoint.content_type and "content-type" in endpoint.headers:
        return 'has the header Content-Type beside content_type: give one, or content_type=""'
    return wrong_addition(endpoint.headers)


def _wrong_directory(endpoint: Endpoint, destination: Destination) -> str | None:
    """Say why files cannot be written to an endpoint that is a directory, or None."""
    if not is_file_url(endpoint.url):
        return None
    if file_place(endpoint.url).name:
        return "has the URL of a file, one for all requests: give that of its directory, with / at the end"
    if not isinstance(destination, Addresses):
        return "is a directory, and nothing names the files in it: write address(request, config)"
    if endpoint.compression is not None:
        return "is a directory and compresses, which no header of a file would tell: take the compression out"
    return None


def wrong_addition(headers: Iterable[str]) -> str | None:
    """Say which header stands among some that is set where a request is sent, or None."""
    reserved = sorted(RESERVED.intersection(name.lower() for name in headers))
    return f"has the header {reserved[0]!r}, which delivery sets: take it out" if reserved else None


def address(request: Request, destination: Addresses, config: Any) -> Request:
    """Return a planned request at the address that its destination gives it; raise `PluginFault`."""
    where = f"the address of a request to {request.endpoint.name!r}"
    result: object = asked(lambda: destination.address(request, config), where, quotes="headers: ")
    if not isinstance(result, Request) or not result.is_as_planned:
        raise PluginFault(f"{where} was not made by request.addressed(url=..., headers=...)")
    same = (result.route, result.endpoint) == (request.route, request.endpoint)
    if result.items is not request.items or not same:
        raise PluginFault(
            f"{where} changes its route, its items or its endpoint: change the URL and the headers alone"
        )
    if (what := wrong_place(result) or wrong_addition(result.headers)) is not None:
        raise PluginFault(f"{where} {what}")
    return result


def wrong_place(request: Request) -> str | None:
    """Say why a request with items cannot go to its URL, or None."""
    what = wrong_address(request.url, request.method, (request.endpoint.url,))
    if what is None and is_file_url(request.url) and not file_place(request.url).name:
        return "is a directory: name a file in it, by a hash of the body"
    return what


def place_of(destination: Destination, config: Any) -> Place | None:
    """Return where the rows of a route are, None where its destination does not tell.

    Raise `PluginFault` for a destination that fails when it is asked.
    """
    if not isinstance(destination, Places):
        return None
    given: object = asked(lambda: destination.place(config), "its place")
    if not isinstance(given, Place):
        raise PluginFault(f"its place is a {type(given).__name__}: return Place(...)")
    return given


def wrong_result(
    result: object, endpoints: Mapping[str, Endpoint], generations: Collection[str]
) -> str | None:
    """Say what is wrong with one result of `items` for a tree of some generations, or None.

    Nothing that stands in it is quoted but the name of an endpoint that is declared.
    """
    if isinstance(result, Unmapped):
        return _wrong_unmapped(result, generations)
    if not isinstance(result, Item):
        return f"it yields a {type(result).__name__}: yield Item(...) or Unmapped(...)"
    if not isinstance(result.endpoint, str) or result.endpoint not in endpoints:
        known = ", ".join(map(repr, endpoints))
        return f"its item is for an endpoint that is not declared (declared: {known})"
    what = _wrong_body(result) or _wrong_speech(result, generations) or _wrong_details(result)
    return None if what is None else f"its item for {result.endpoint!r} {what}"


def _wrong_unmapped(unmapped: Unmapped, generations: Collection[str]) -> str | None:
    if not isinstance(unmapped.generation, str) or unmapped.generation not in generations:
        return "it unmaps a generation that is not of the trace"
    return None if isinstance(unmapped.reason, str) else "it unmaps a generation for a reason that is no text"


def _wrong_body(item: Item) -> str | None:
    if type(item.body) is bytes:
        return None
    return f"has a body of type {type(item.body).__name__}: give bytes"


def _wrong_speech(item: Item, generations: Collection[str]) -> str | None:
    if not isinstance(item.generations, tuple):
        return f"speaks of generations in a {type(item.generations).__name__}: give a tuple of ids"
    if not item.generations:
        return "speaks of no generation: name those whose content it has"
    for name in item.generations:
        if not isinstance(name, str) or name not in generations:
            return "speaks of a generation that is not of the trace"
    return None


def _wrong_details(item: Item) -> str | None:
    if type(item.rows) is not int or item.rows < 1:
        return "has no row: rows is a whole number, at least 1"
    if not isinstance(item.key, str | None) or not isinstance(item.group, str | None):
        return "has a key or a group that is no text"
    if item.time is not None and (not isinstance(item.time, datetime) or item.time.tzinfo is None):
        return "has a time that is no datetime with a time zone"
    if not isinstance(item.diagnostics, tuple) or not all(map(_is_diagnostic, item.diagnostics)):
        return "has diagnostics of another form: give a tuple of Diagnostic(kind, path, what), three texts"
    return None


def _is_diagnostic(note: object) -> bool:
    if not isinstance(note, Diagnostic) or not isinstance(note.kind, str):
        return False
    return note.kind in _KINDS and isinstance(note.path, str) and isinstance(note.what, str)
