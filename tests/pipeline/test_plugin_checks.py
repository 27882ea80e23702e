"""What a plugin gives that its contract does not allow: named with plugin, endpoint and generation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from attrs import evolve

from broadcast_core import (
    Diagnostic,
    Generation,
    Item,
    Request,
    Route,
    Timing,
    TraceContext,
    TraceTree,
    Unmapped,
    plan,
)
from broadcast_core.testing.strategies import EPOCH
from tests.fake import LINES, Lines
from tests.forged import forged

GOOD = Item(endpoint="lines", body=b"{}", generations=("a",))


class Gives(Lines):
    """Gives what a test wants for the generation `a`, and a line for each of the others."""

    def __init__(self, result: Any, endpoints: Any = (LINES,)) -> None:
        self.result = result
        self.given = endpoints

    def endpoints(self, config: Any) -> Any:
        """Whatever."""
        return self.given() if callable(self.given) else self.given

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Of every other generation, a line."""
        for item in super().items(tree, config):
            yield self.result if item.generations == ("a",) else item  # type: ignore[union-attr]


def _batch(trace: str | None = "t") -> list[Generation]:
    return [
        Generation(id=name, timing=Timing(start=EPOCH), model="m", trace=TraceContext(trace_id=trace))
        for name in ("a", "b")
    ]


FAULTS: dict[str, tuple[Any, str]] = {
    "a body of text": (
        forged(GOOD, "body", "{}"),
        "its item for 'lines' has a body of type str: give bytes",
    ),
    "a body that can change": (
        forged(GOOD, "body", bytearray(b"{}")),
        "its item for 'lines' has a body of type bytearray: give bytes",
    ),
    "an endpoint that is not declared": (
        evolve(GOOD, endpoint="nope"),
        "its item is for the endpoint 'nope', which is not declared (declared: 'lines')",
    ),
    "a generation of another trace": (
        evolve(GOOD, generations=("z",)),
        "its item for 'lines' speaks of a generation that is not of the trace",
    ),
    "the generation and one of another trace": (
        evolve(GOOD, generations=("a", "z")),
        "its item for 'lines' speaks of a generation that is not of the trace",
    ),
    "no item": ({"body": b"{}"}, "it yields a dict: yield Item(...) or Unmapped(...)"),
    "nothing": (None, "it yields a NoneType: yield Item(...) or Unmapped(...)"),
    "a foreign one unmapped": (
        Unmapped(generation="z", reason="why"),
        "it unmaps a generation that is not of the trace",
    ),
    "no row": (evolve(GOOD, rows=0), "its item for 'lines' has no row: rows is a whole number, at least 1"),
    "a row and a half": (
        evolve(GOOD, rows=1.5),
        "its item for 'lines' has no row: rows is a whole number, at least 1",
    ),
    "a key that is no text": (
        evolve(GOOD, key=7),
        "its item for 'lines' has a key or a group that is no text",
    ),
    "a group that is no text": (
        evolve(GOOD, group=7),
        "its item for 'lines' has a key or a group that is no text",
    ),
    "a time without a zone": (
        evolve(GOOD, time=datetime(2026, 11, 23)),
        "its item for 'lines' has a time that is no datetime with a time zone",
    ),
    "too many bytes": (
        evolve(GOOD, body=b"x" * 10_000),
        "10000 bytes are more than the endpoint 'lines' takes at once",
    ),
    "too many rows": (evolve(GOOD, rows=4), "4 rows are more than the endpoint 'lines' takes at once"),
}


@pytest.mark.parametrize(("result", "expected"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("trace", ["t", None])
def test_one_wrong_item_rejects_its_generation_alone(result: Any, expected: str, trace: str | None) -> None:
    """Another generation goes, of the same trace too."""
    first, second = plan(_batch(trace), route := Route.to(Gives(result))).outcomes
    (request,) = plan(_batch(trace), route).requests

    assert ("a", "rejected", "b", "planned") == (
        first.generation,
        first.status,
        second.generation,
        second.status,
    )
    assert first.reason in (expected, f"the destination 'lines' failed: {expected}")
    assert ("b",) == request.generations


def test_a_wrong_row_that_several_share_rejects_nobody() -> None:
    """They go without it, and that is told."""

    class Shares(Lines):
        def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
            yield Item(endpoint="nope", body=b"{}", generations=tuple(tree.generations))
            yield from super().items(tree, config)

    outcomes = plan(_batch(), Route.to(Shares())).outcomes
    what = "its item is for the endpoint 'nope', which is not declared (declared: 'lines')"
    told = Diagnostic("dropped", "$.trace", f"a shared row: the destination 'lines' failed: {what}")

    assert [("planned", (told,))] * 2 == [(one.status, one.diagnostics) for one in outcomes]


@pytest.mark.parametrize("given", [None, 5, "text", b"bytes", {"a": GOOD}], ids=repr)
def test_items_that_are_no_iterable_of_items_reject_the_trace(given: Any) -> None:
    """Also a function that forgets to return."""

    class Forgets(Lines):
        def items(self, tree: TraceTree, config: Any) -> Any:
            return given

    outcomes = plan(_batch(), Route.to(Forgets())).outcomes
    expected = (
        f"the destination 'lines' failed: its items are a {type(given).__name__}: "
        "yield Item(...) or Unmapped(...)"
    )

    assert [("rejected", expected)] * 2 == [(one.status, one.reason) for one in outcomes]


ENDPOINTS: dict[str, tuple[Any, str]] = {
    "none": (None, "its endpoints are a NoneType: return a tuple of Endpoint"),
    "a mapping": ({"lines": LINES}, "its endpoints are a dict: return a tuple of Endpoint"),
    "no endpoint": (("lines",), "one of its endpoints is a str: return Endpoint(...)"),
    "two of one name": ((LINES, LINES), "it has two endpoints 'lines': give each its own name"),
    "no address": (
        (evolve(LINES, url="lines.example"),),
        "its endpoint 'lines' has no URL that begins with https:// or http://",
    ),
    "room for no item": (
        (evolve(LINES, max_bytes=1),),
        "its endpoint 'lines' cannot hold one item (max_bytes=1, max_item_bytes=None): give room for its "
        "envelope and an item",
    ),
    "no item at once": (
        (evolve(LINES, max_items=0),),
        "its endpoint 'lines' takes 0 items at once: max_items is at least 1",
    ),
    "two content types": (
        (evolve(LINES, headers={"content-type": "text/plain"}),),
        "its endpoint 'lines' has the header Content-Type beside content_type: give one, or "
        'content_type=""',
    ),
    "a header of delivery": (
        (evolve(LINES, headers={"Content-Length": "5"}),),
        "its endpoint 'lines' has the header 'content-length', which delivery sets: take it out",
    ),
    "headers that collide": (
        lambda: (evolve(LINES, headers={"X-Team": "a", "x-team": "b"}),),
        "headers: 'x-team' is there twice, in other letter case: give it once",
    ),
    "a header that is no text": (
        lambda: (evolve(LINES, headers={"X-Team": 5}),),
        "headers: expected a text for 'X-Team', got a int: give str(...)",
    ),
    "a header of two lines": (
        lambda: (evolve(LINES, headers={"X-Team": "said\nby"}),),
        "headers: the value of 'X-Team' has characters that no header takes: encode it",
    ),
    "a header of no name": (
        lambda: (evolve(LINES, headers={"X Team": "a"}),),
        "headers: expected names of letters, digits and hyphens",
    ),
    "headers that are no mapping": (
        lambda: (evolve(LINES, headers=["X"]),),
        "headers: expected texts by name, got a list: give a dict",
    ),
}


@pytest.mark.parametrize(("given", "expected"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_wrong_endpoints_fail_their_route_alone(given: Any, expected: str) -> None:
    """Before anything is mapped; another route goes."""
    routes = [Route.to(Gives(GOOD, given), name="wrong"), Route.to(Lines(), name="right")]
    result = plan(_batch(), routes)

    assert [("wrong", "rejected"), ("right", "planned")] == list(
        dict.fromkeys((one.route, one.status) for one in result.outcomes)
    )
    assert f"the destination 'lines' failed: {expected}" == result.outcomes[0].reason


class Addresses(Lines):
    """Has the address that a test wants."""

    def __init__(self, address: Callable[[Request], Any]) -> None:
        self._address = address

    def address(self, request: Request, config: Any) -> Any:
        """Whatever."""
        return self._address(request)


def test_an_address_is_made_of_the_batch() -> None:
    """Each request has its own, and shows it."""
    by_count = Addresses(lambda request: request.addressed(url=f"{request.url}?n={len(request.items)}"))
    four = [evolve(one, id=f"{one.id}{n}") for one in _batch() for n in range(2)]
    requests = plan(four, Route.to(by_count)).requests

    assert ["https://lines.example/lines?n=3", "https://lines.example/lines?n=1"] == [
        request.url for request in requests
    ]
    assert "****" not in repr(requests)


ADDRESSES: dict[str, tuple[Callable[[Request], Any], str]] = {
    "nothing": (lambda request: None, "was not made by request.addressed(url=..., headers=...)"),
    "what was changed otherwise": (
        lambda request: evolve(request, url="https://other.example"),
        "was not made by request.addressed(url=..., headers=...)",
    ),
    "fewer items": (
        lambda request: Request.planned(route="r", endpoint=request.endpoint, items=()),
        "changes its items or its endpoint: change the URL and the headers alone",
    ),
    "a header that collides": (
        lambda request: request.addressed(headers={"content-type": "text/plain"}),
        "headers: 'content-type' is there twice, in other letter case: give it once",
    ),
}


@pytest.mark.parametrize(("address", "expected"), ADDRESSES.values(), ids=ADDRESSES)
def test_a_wrong_address_fails_its_route(address: Callable[[Request], Any], expected: str) -> None:
    """Nothing is sent to an address that nobody meant."""
    result = plan(_batch(), Route.to(Addresses(address)))
    where = "the destination 'lines' failed: the address of a request to 'lines'"

    assert () == result.requests
    assert {f"{where} {expected}", f"{where}: {expected}"} >= {one.reason for one in result.outcomes}
