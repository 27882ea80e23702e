"""What a plugin gives that its contract does not allow: named with plugin, endpoint and generation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from attrs import evolve, frozen

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
from broadcast_core.batching import Headers
from broadcast_core.destinations import Description, option
from broadcast_core.errors import FieldError, HostInterrupt, PluginFault
from broadcast_core.pipeline.route import configure
from broadcast_core.testing.purity import SideEffectError
from broadcast_core.testing.strategies import EPOCH
from tests.fake import LINES, AnyOptions, Lines

GOOD = Item(endpoint="lines", body=b"{}", generations=("a",))
DIAGNOSTICS = (
    "its item for 'lines' has diagnostics of another form: give a tuple of Diagnostic(kind, path, what), "
    "three texts"
)
PROBLEMS = "its config_problems gives what is no Problem: yield Problem(what, path)"


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
        evolve(GOOD, body="{}"),
        "its item for 'lines' has a body of type str: give bytes",
    ),
    "a body that can change": (
        evolve(GOOD, body=bytearray(b"{}")),
        "its item for 'lines' has a body of type bytearray: give bytes",
    ),
    "an endpoint that is not declared": (
        evolve(GOOD, endpoint="nope"),
        "its item is for an endpoint that is not declared (declared: 'lines')",
    ),
    "an endpoint that is no text": (
        evolve(GOOD, endpoint=["lines"]),
        "its item is for an endpoint that is not declared (declared: 'lines')",
    ),
    "a list of generations": (
        evolve(GOOD, generations=["a"]),
        "its item for 'lines' speaks of generations in a list: give a tuple of ids",
    ),
    "generations of other types": (
        evolve(GOOD, generations=("a", 5)),
        "its item for 'lines' speaks of a generation that is not of the trace",
    ),
    "one generation as text": (
        evolve(GOOD, generations="a"),
        "its item for 'lines' speaks of generations in a str: give a tuple of ids",
    ),
    "no generation": (
        evolve(GOOD, generations=()),
        "its item for 'lines' speaks of no generation: name those whose content it has",
    ),
    "the generation twice": (
        evolve(GOOD, generations=("a", "a"), body="{}"),
        "its item for 'lines' has a body of type str: give bytes",
    ),
    "a generation of another trace": (
        evolve(GOOD, generations=("z",)),
        "its item for 'lines' speaks of a generation that is not of the trace",
    ),
    "the generation and one of another trace": (
        evolve(GOOD, generations=("a", "z")),
        "its item for 'lines' speaks of a generation that is not of the trace",
    ),
    "an unmapped one without a reason": (
        Unmapped(generation="a", reason=None),  # type: ignore[arg-type]
        "it unmaps a generation for a reason that is no text",
    ),
    "an unmapped list": (
        Unmapped(generation=["a"], reason="why"),  # type: ignore[arg-type]
        "it unmaps a generation that is not of the trace",
    ),
    "a diagnostic of no kind": (evolve(GOOD, diagnostics=(Diagnostic("nonsense", "$", ""),)), DIAGNOSTICS),  # type: ignore[arg-type]
    "a diagnostic of no path": (evolve(GOOD, diagnostics=(Diagnostic("moved", 5, ""),)), DIAGNOSTICS),  # type: ignore[arg-type]
    "a diagnostic of no words": (evolve(GOOD, diagnostics=(Diagnostic("moved", "$", None),)), DIAGNOSTICS),  # type: ignore[arg-type]
    "a diagnostic of text": (evolve(GOOD, diagnostics=("moved",)), DIAGNOSTICS),
    "one diagnostic": (evolve(GOOD, diagnostics=Diagnostic("moved", "$", "")), DIAGNOSTICS),
    "true as a row": (
        evolve(GOOD, rows=True),
        "its item for 'lines' has no row: rows is a whole number, at least 1",
    ),
    "one point nought rows": (
        evolve(GOOD, rows=1.0),
        "its item for 'lines' has no row: rows is a whole number, at least 1",
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
    what = "its item is for an endpoint that is not declared (declared: 'lines')"
    told = Diagnostic("dropped", "$.trace", f"a shared row: the destination 'lines' failed: {what}")

    assert [("planned", (told,))] * 2 == [(one.status, one.diagnostics) for one in outcomes]


def test_a_generation_of_another_trace_hears_nothing_of_a_wrong_row() -> None:
    """Also where the row names it beside one of its own trace."""

    class NamesOthers(Lines):
        def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
            yield from super().items(tree, config)
            if "a" in tree.generations:
                yield Item(endpoint="lines", body=b"{}", generations=("a", "b"))

    first, second = plan(_batch(trace=None), Route.to(NamesOthers())).outcomes

    assert ["$.trace"] == [note.path for note in first.diagnostics]
    assert ("planned", ()) == (second.status, second.diagnostics)


def test_a_fault_that_is_nobodys_is_told_on_all() -> None:
    """All have their own items, and go."""

    class Adds(Lines):
        def items(self, tree: TraceTree, config: Any) -> Any:
            yield from super().items(tree, config)
            yield Item(endpoint="lines", body=b"said", generations=("z",))
            yield None

    result = plan(_batch(), Route.to(Adds()))
    whats = (
        "its item for 'lines' speaks of a generation that is not of the trace",
        "it yields a NoneType: yield Item(...) or Unmapped(...)",
    )
    told = [
        Diagnostic("dropped", "$.trace", f"a shared row: the destination 'lines' failed: {what}")
        for what in whats
    ]

    assert [("planned", tuple(told))] * 2 == [(one.status, one.diagnostics) for one in result.outcomes]
    assert b"said" not in b"".join(request.body for request in result.requests)


@pytest.mark.parametrize("late", [("a",), ("a", "b")], ids=len)
def test_a_wrong_row_of_a_trace_rejects_no_late_generation(late: tuple[str, ...]) -> None:
    """Also where there is one alone, which the row names beside those of before: its own row goes."""

    class Names(Lines):
        def items(self, tree: TraceTree, config: Any) -> Any:
            assert tree.summary is not None
            names = tuple(sorted(tree.summary.generation_ids))
            yield Item(endpoint="lines", body=b"trace", generations=names)
            yield from super().items(tree, config)

    route = Route.to(Names())
    first = plan([evolve(one, id=f"first-{one.id}") for one in _batch()], route)
    result = plan([one for one in _batch() if one.id in late], route, state=first.state)

    assert ["planned"] * len(late) == [one.status for one in result.outcomes]
    assert [["dropped"]] * len(late) == [[note.kind for note in one.diagnostics] for one in result.outcomes]
    assert [(name,) for name in late] == [
        item.generations for request in result.requests for item in request.items
    ]


def test_what_nothing_speaks_of_has_the_fault_that_names_it() -> None:
    """And not that of another generation."""

    class Pairs(Lines):
        def items(self, tree: TraceTree, config: Any) -> Any:
            for n, body in ((0, "text"), (2, bytearray())):
                yield Item(endpoint="lines", body=body, generations=tuple(tree.generations)[n : n + 2])  # type: ignore[arg-type]

    batch = [evolve(one, id=name + one.id) for name in ("x", "y") for one in _batch()]
    reasons = [one.reason for one in plan(batch, Route.to(Pairs())).outcomes]

    assert [True, True, False, False] == ["of type str" in one for one in reasons]
    assert [False, False, True, True] == ["of type bytearray" in one for one in reasons]


SAID = "4111 1111 1111 1111"
QUOTES: dict[str, Callable[[Any], Any]] = {
    "a body": lambda tree: Item(endpoint="lines", body=SAID, generations=tuple(tree.generations)),  # type: ignore[arg-type]
    "an endpoint": lambda tree: Item(endpoint=SAID, body=b"", generations=tuple(tree.generations)),
    "a generation": lambda tree: Unmapped(generation=SAID, reason=""),
    "a field of a record": lambda tree: TraceContext(trace_name=SAID, tags=SAID),  # type: ignore[arg-type]
    "a limit": lambda tree: evolve(LINES, max_items=SAID),
    "an error of ours": lambda tree: _raise(FieldError(SAID)),
    "a fault of ours": lambda tree: _raise(PluginFault(SAID)),
}


def _raise(error: BaseException) -> Any:
    raise error


@pytest.mark.parametrize("gives", QUOTES.values(), ids=QUOTES)
def test_no_fault_quotes_what_a_user_said(gives: Callable[[Any], Any]) -> None:
    """Neither of what was given, nor of an error, of whatever class."""

    class Says(Lines):
        def items(self, tree: TraceTree, config: Any) -> Any:
            yield gives(tree)

    outcomes = plan(_batch(), Route.to(Says())).outcomes

    assert ["rejected", "rejected"] == [one.status for one in outcomes]
    assert SAID not in repr(outcomes)


class Panic(BaseException):
    """As extensions in Rust raise it: no `Exception`."""


ANYTHING = [GeneratorExit, asyncio.CancelledError, SystemExit, MemoryError, Panic]


@pytest.mark.parametrize("error", ANYTHING, ids=lambda one: one.__name__)
@pytest.mark.parametrize("member", ["endpoints", "items", "address", "place"])
def test_whatever_a_plugin_raises_fails_its_route_alone(error: type[BaseException], member: str) -> None:
    """Also what is no `Exception`, and where a generator raises it."""

    def fails(*_: Any) -> Any:
        raise error("what the user said")
        yield

    destination = type("Fails", (Lines,), {member: fails})()
    result = plan(_batch(), [Route.to(destination, name="wrong"), Route.to(Lines(), name="right")])
    told = [f"{one.reason}{[str(note) for note in one.diagnostics]}" for one in result.outcomes]

    assert ["right"] == list(dict.fromkeys(one.route for one in result.requests if one.route == "right"))
    assert ["planned"] * 2 == [one.status for one in result.outcomes if one.route == "right"]
    assert all("the destination 'lines' failed: " in one for one in told[:2])
    assert "what the user said" not in "".join(told)


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, HostInterrupt, SideEffectError], ids=lambda one: one.__name__
)
def test_what_comes_from_outside_stops_a_plan(error: type[BaseException]) -> None:
    """Ctrl-C is no fault of a plugin, nor what is made to get through everything."""

    class Waits(Lines):
        def items(self, tree: TraceTree, config: Any) -> Any:
            raise error

    with pytest.raises(error):
        plan(_batch(), Route.to(Waits()))


def test_a_destination_that_raises_halfway_rejects_its_trace() -> None:
    """Which generations it had done with nobody knows: none goes in part. Other traces go."""

    class Halfway(Lines):
        def items(self, tree: TraceTree, config: Any) -> Any:
            for name in tree.generations:
                yield Item(endpoint="lines", body=b"row", generations=(name,))
                if name == "b":
                    raise ValueError
                yield Item(endpoint="lines", body=b"content", generations=(name,))

    batch = [*_batch(), evolve(_batch(None)[0], id="c")]
    result = plan(batch, Route.to(Halfway()))

    assert ["rejected", "rejected", "planned"] == [one.status for one in result.outcomes]
    assert ("c",) == result.requests[0].generations


DESCRIBED: dict[str, tuple[str, Any, str]] = {
    "no description": ("describe", None, "its describe() returns a NoneType: return Description(...)"),
    "the class of a config": (
        "describe",
        AnyOptions,
        "its describe() returns a type: return Description(...)",
    ),
    "no problems": ("config_problems", None, PROBLEMS),
    "problems of text": ("config_problems", ["wrong"], PROBLEMS),
}


@pytest.mark.parametrize(("member", "given", "expected"), DESCRIBED.values(), ids=DESCRIBED)
def test_a_destination_that_is_not_described_is_named(member: str, given: Any, expected: str) -> None:
    """Where a route is made."""
    destination = type("Forgets", (Lines,), {member: lambda *_: given})()
    with pytest.raises(PluginFault) as caught:
        Route.to(destination)

    assert f"the destination 'lines' failed: {expected}" == str(caught.value)


def _parse(text: str) -> str | None:
    return None if int(text) else "expected a number"


@frozen
class _Parsed:
    number: str = option("1", "A number.", check=_parse)


@pytest.mark.parametrize("through", [Route.to, configure])
def test_a_check_of_an_option_that_raises_quotes_nothing(through: Callable[..., Any]) -> None:
    """The option may hold a secret that stands in the wrong place."""
    destination = type("Parses", (Lines,), {"describe": lambda _self: Description(config=_Parsed)})()
    with pytest.raises(PluginFault) as caught:
        through(destination, {"number": "hunter2"})

    what = f"its check of options raised ValueError at {__name__}:"
    assert f"the destination 'lines' failed: {what}" == str(caught.value).rstrip("0123456789")


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


_OF_LINES = "its endpoints: the endpoint 'lines': "
ENDPOINTS: dict[str, tuple[Any, str]] = {
    "none": (None, "its endpoints are a NoneType: return a tuple of Endpoint"),
    "a mapping": ({"lines": LINES}, "its endpoints are a dict: return a tuple of Endpoint"),
    "no endpoint": (("lines",), "one of its endpoints is a str: return Endpoint(...)"),
    "two of one name": ((LINES, LINES), "it has two endpoints 'lines': give each its own name"),
    "no address": (
        (evolve(LINES, url="lines.example"),),
        "its endpoint 'lines' has no URL that begins with https:// or http:// and a host",
    ),
    "no host": (
        (evolve(LINES, url="https://"),),
        "its endpoint 'lines' has no URL that begins with https:// or http:// and a host",
    ),
    "an address that cannot be read": (
        (evolve(LINES, url="https://[lines/"),),
        "its endpoint 'lines' has a URL that cannot be read: give one as https://host/path",
    ),
    "an address of two lines": (
        (evolve(LINES, url="https://lines.example/\r\nX: y"),),
        "its endpoint 'lines' has a URL with spaces or control characters: encode them",
    ),
    "a space in an address": (
        (evolve(LINES, url="https://lines.example/a b"),),
        "its endpoint 'lines' has a URL with spaces or control characters: encode them",
    ),
    "no method": (
        (evolve(LINES, method=""),),
        "its endpoint 'lines' has a method that is none: give one as POST",
    ),
    "a method of two lines": (
        (evolve(LINES, method="PO ST\r\n"),),
        "its endpoint 'lines' has a method that is none: give one as POST",
    ),
    "a content type of two lines": (
        (evolve(LINES, content_type="text/plain\r\nX-Evil: 1"),),
        "its endpoint 'lines' has a content_type that no header takes: encode it",
    ),
    "a content type that is not ASCII": (
        (evolve(LINES, content_type="tëxt"),),
        "its endpoint 'lines' has a content_type that no header takes: encode it",
    ),
    "no name": (
        (evolve(LINES, name=" "),),
        "one of its endpoints has a name that is blank or has control characters",
    ),
    "a name of two lines": (
        (evolve(LINES, name="a\nb"),),
        "one of its endpoints has a name that is blank or has control characters",
    ),
    "a limit that is no number": (
        lambda: (evolve(LINES, max_bytes=None),),
        "its endpoints: the endpoint 'lines': max_bytes: expected a whole number, got None: give an int",
    ),
    "headers that were made before": (
        lambda: (evolve(LINES, headers=Headers({"X": "a\nb"})),),
        _OF_LINES + "headers: the value of 'X' has characters that no header takes: encode it",
    ),
    "room for no item": (
        (evolve(LINES, max_bytes=1),),
        "its endpoint 'lines' cannot hold one item (max_bytes=1, reserved=0, max_item_bytes=None): give room "
        "for its "
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
        _OF_LINES + "headers: 'x-team' is there twice, in other letter case: give it once",
    ),
    "a header that is no text": (
        lambda: (evolve(LINES, headers={"X-Team": 5}),),
        _OF_LINES + "headers: expected a text for 'X-Team', got a int: give str(...)",
    ),
    "a header of two lines": (
        lambda: (evolve(LINES, headers={"X-Team": "said\nby"}),),
        _OF_LINES + "headers: the value of 'X-Team' has characters that no header takes: encode it",
    ),
    "a header of no name": (
        lambda: (evolve(LINES, headers={"X Team": "a"}),),
        _OF_LINES + "headers: expected names of letters, digits and hyphens",
    ),
    "headers that are no mapping": (
        lambda: (evolve(LINES, headers=["X"]),),
        _OF_LINES + "headers: expected texts by name, got a list: give a dict",
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
        "changes its route, its items or its endpoint: change the URL and the headers alone",
    ),
    "another route": (
        lambda request: evolve(request, route="other"),
        "changes its route, its items or its endpoint: change the URL and the headers alone",
    ),
    "no URL": (lambda request: request.addressed(url=5), "has a URL of type int: give a str"),  # type: ignore[arg-type]
    "a URL of bytes": (
        lambda request: request.addressed(url=b"https://x"),
        "has a URL of type bytes: give a str",
    ),  # type: ignore[arg-type]
    "an empty URL": (
        lambda request: request.addressed(url=""),
        "has no URL that begins with https:// or http:// and a host",
    ),
    "a URL of another kind": (
        lambda request: request.addressed(url="ftp://x/"),
        "has no URL that begins with https:// or http:// and a host",
    ),
    "a URL of two lines": (
        lambda request: request.addressed(url="https://x/\r\nHost: evil"),
        "has a URL with spaces or control characters: encode them",
    ),
    "a header that delivery sets": (
        lambda request: request.addressed(headers={"Content-length": "5"}),
        "has the header 'content-length', which delivery sets: take it out",
    ),
    "an error": (lambda request: _raise(FieldError("headers of the user")), "raised FieldError at "),
    "a header that collides": (
        lambda request: request.addressed(headers={"content-type": "text/plain"}),
        "headers: 'content-type' is there twice, in other letter case: give it once",
    ),
}


@pytest.mark.parametrize(("address", "expected"), ADDRESSES.values(), ids=ADDRESSES)
def test_a_wrong_address_rejects_its_batch_alone(address: Callable[[Request], Any], expected: str) -> None:
    """Nothing is sent to an address that nobody meant; a request that has one goes."""
    four = [evolve(one, id=f"{one.id}{n}") for n in range(2) for one in _batch()]
    by_batch = Addresses(lambda request: address(request) if request.generations == ("b1",) else request)
    result = plan(four, Route.to(by_batch))
    where = "the destination 'lines' failed: the address of a request to 'lines'"
    *others, last = result.outcomes

    assert [("a0", "b0", "a1")] == [request.generations for request in result.requests]
    assert ["planned"] * 3 == [one.status for one in others]
    assert last.reason.startswith((f"{where} {expected}", f"{where}: {expected}"))


def test_what_is_rejected_with_one_request_is_in_no_other() -> None:
    """Each generation has two items; those of the request without an address go nowhere."""

    class Twice(Addresses):
        def endpoints(self, config: Any) -> Any:
            return (LINES, evolve(LINES, name="more", max_items=1))

        def items(self, tree: TraceTree, config: Any) -> Any:
            for item in super().items(tree, config):
                assert isinstance(item, Item)
                yield item
                yield evolve(item, endpoint="more")

    alone = Twice(
        lambda request: None if request.endpoint.name == "more" and "a" in request.generations else request
    )
    result = plan(_batch(), Route.to(alone))

    assert ["rejected", "planned"] == [one.status for one in result.outcomes]
    assert [("lines", ("b",)), ("more", ("b",))] == [
        (request.endpoint.name, request.generations) for request in result.requests
    ]


@pytest.mark.parametrize(
    "url", ["HTTPS://lines.example/x", "Http://lines.example", "https://lines.exämple/é?q=%20"]
)
def test_an_address_may_be_written_in_any_case(url: str) -> None:
    """A scheme has none (RFC 3986, section 3.1); other letters than ASCII are those of an HTTP client."""
    (request,) = plan(_batch(), Route.to(Gives(GOOD, (evolve(LINES, url=url),)))).requests

    assert url == request.url
