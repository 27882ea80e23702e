"""`plan`: an outcome of every generation, whatever happens to the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from attrs import evolve

from broadcast_core import (
    Content,
    Diagnostic,
    Generation,
    Identity,
    Item,
    Policy,
    Request,
    Route,
    State,
    Timing,
    TraceContext,
    TraceTree,
    Unmapped,
    plan,
)
from broadcast_core.readers import Reading
from broadcast_core.testing.strategies import EPOCH
from tests.fake import Lines
from tests.forged import forged


def _generation(name: str, model: str | None = "m", asked: str | None = None) -> Generation:
    return Generation(id=name, timing=Timing(start=EPOCH), model=model, content=Content(input=asked))


def test_every_generation_has_an_outcome_in_order() -> None:
    """What cannot be carried is rejected alone, with a reason."""
    result = plan([_generation("a"), _generation("b", model=None), _generation("c")], Route.to(Lines()))

    assert [("a", "planned", ""), ("b", "rejected", "no model"), ("c", "planned", "")] == [
        (outcome.generation, outcome.status, outcome.reason) for outcome in result.outcomes
    ]
    assert ("a", "c") == result.requests[0].generations


def test_a_generation_that_fits_no_request_is_rejected_alone() -> None:
    """The endpoint takes 10,000 bytes."""
    result = plan([_generation("a"), _generation("b", asked="x" * 10_001)], Route.to(Lines()))

    (small, large) = result.outcomes
    assert "planned" == small.status
    assert ("rejected", "10013 bytes are more than the endpoint 'lines' takes at once") == (
        large.status,
        large.reason,
    )


def test_items_are_packed_to_the_limit_of_the_endpoint() -> None:
    """Three lines a request."""
    result = plan([_generation(str(n)) for n in range(7)], Route.to(Lines()))

    assert [3, 3, 1] == [len(request.items) for request in result.requests]


def test_each_route_decides_for_itself() -> None:
    """The same generations, one route open, one private, one closed."""
    routes = [
        Route.to(Lines(), name="open"),
        Route.to(Lines(), name="private", policy=Policy(privacy_mode=True)),
        Route.to(Lines(), name="closed", policy=Policy(enabled=False)),
    ]

    result = plan([_generation("a", asked="my secret")], routes)

    assert {"open": True, "private": False} == {r.route: b"my secret" in r.body for r in result.requests}
    assert [("open", "planned"), ("private", "planned"), ("closed", "skipped")] == [
        (outcome.route, outcome.status) for outcome in result.outcomes
    ]
    assert "the route is not enabled" == result.outcomes[2].reason


def test_two_routes_need_two_names() -> None:
    """Accounts and state are told apart by them."""
    with pytest.raises(ValueError, match="two routes have the same name"):
        plan([], [Route.to(Lines()), Route.to(Lines())])


def test_the_same_generation_twice_has_two_accounts() -> None:
    """So that counts add up; it is sent once."""
    result = plan([_generation("a"), _generation("a")], Route.to(Lines()))

    assert ["merged", "merged"] == [note.kind for one in result.outcomes for note in one.diagnostics]
    assert ["planned", "planned"] == [outcome.status for outcome in result.outcomes]
    assert 1 == len(result.requests[0].items)


class Trips(Lines):
    """Raises on one generation, with its text in the error."""

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Trips over the model `bad`."""
        for generation in tree.generations.values():
            if generation.model == "bad":
                raise KeyError("what the user said")
        yield from super().items(tree, config)


def test_a_destination_that_raises_loses_one_trace_and_not_the_host() -> None:
    """The outcome says what failed and where, and never quotes the record."""
    batch = [_generation("a"), _generation("b", model="bad"), _generation("c")]

    result = plan(batch, Route.to(Trips()))

    assert ["planned", "rejected", "planned"] == [outcome.status for outcome in result.outcomes]
    assert result.outcomes[1].reason.startswith(
        "the destination 'lines' failed: its items raised KeyError at tests.pipeline.test_planner:"
    )
    assert "what the user said" not in repr(result.outcomes)


class Breaks(Lines):
    """Fails where the whole route needs it."""

    def __init__(self, where: str) -> None:
        self.where = where

    def endpoints(self, config: Any) -> Any:
        """Raises when asked to, or returns what are none."""
        if self.where == "endpoints":
            raise RuntimeError("what the user said")
        if self.where == "exit":
            raise SystemExit("what the user said")
        return 3 if self.where == "wrong endpoints" else super().endpoints(config)

    def address(self, request: Request, config: Any) -> Any:
        """Raises when asked to, or returns what is no request."""
        if self.where == "address":
            raise RuntimeError("what the user said")
        return 3 if self.where == "wrong address" else request

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Names an endpoint that it did not declare, or gives up."""
        if self.where == "exit on items":
            raise SystemExit("what the user said")
        for item in super().items(tree, config):
            assert isinstance(item, Item)
            yield evolve(item, endpoint="nope") if self.where == "endpoint" else item


def test_a_policy_is_applied_once_where_a_destination_fails() -> None:
    """Records at fault are looked for then, and what the caller's own function made of the others stays."""
    seen: list[Content] = []

    def hook(content: Content) -> Content:
        seen.append(content)
        return content

    known = evolve(_generation("a"), identity=Identity(api_key_hash="k"))
    policy = Policy(content_hook=hook, api_key_hashes=["k"])
    result = plan([known, forged(_generation("b"), "model", 7)], Route.to(Breaks("address"), policy=policy))

    assert ["rejected", "rejected"] == [outcome.status for outcome in result.outcomes]
    assert "model" in result.outcomes[1].reason
    assert 1 == len(seen)


@pytest.mark.parametrize(
    "where",
    ["endpoints", "wrong endpoints", "address", "wrong address", "endpoint", "exit", "exit on items"],
)
def test_a_broken_destination_harms_no_other_route(where: str) -> None:
    """Its own generations are rejected with a reason; the others go."""
    result = plan(
        [_generation("a")], [Route.to(Breaks(where), name="broken"), Route.to(Lines(), name="good")]
    )

    assert [("broken", "rejected"), ("good", "planned")] == [(a.route, a.status) for a in result.outcomes]
    assert ["good"] == [request.route for request in result.requests]
    assert result.outcomes[0].reason.startswith("the destination 'lines' failed: ")
    assert "what the user said" not in repr(result.outcomes)


class Refuses(Breaks):
    """Cannot carry one generation of a trace, and raises when requests are made."""

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """The first of a trace is mine."""
        first, *others = tree.generations
        yield Unmapped(generation=first, reason="mine")
        for name in others:
            yield Item(endpoint="lines", body=b"{}", generations=(name,))


def test_reasons_of_generations_stay_when_requests_cannot_be_made() -> None:
    """Each has the first that is known of it."""
    batch = [evolve(_generation(name), trace=TraceContext(trace_id="t")) for name in ("a", "b")]
    first, second = plan(batch, Route.to(Refuses("address"))).outcomes

    assert ("rejected", "mine") == (first.status, first.reason)
    assert "rejected" == second.status
    assert second.reason.startswith("the destination 'lines' failed: ")


class Shares(Lines):
    """A row of the whole trace beside the lines, as large as the name of the trace."""

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """The shared row first."""
        name = tree.summary.name.value if tree.summary and tree.summary.name else ""
        yield Item(endpoint="lines", body=name.encode(), generations=tuple(tree.generations))
        yield from super().items(tree, config)


def test_a_shared_row_that_is_too_large_rejects_nobody() -> None:
    """Each generation goes without it, and its outcome says so."""
    trace = TraceContext(trace_id="t", trace_name="x" * 10_001)
    batch = [evolve(_generation(name), trace=trace) for name in ("a", "b")]

    result = plan(batch, Route.to(Shares()))

    assert ["planned", "planned"] == [outcome.status for outcome in result.outcomes]
    assert ["a", "b"] == [name for request in result.requests for name in request.generations]
    assert [
        "dropped $.trace: a shared row: 10001 bytes are more than the endpoint 'lines' takes at once"
    ] * 2 == [str(note) for outcome in result.outcomes for note in outcome.diagnostics]


def test_what_is_rejected_is_in_no_request_of_its_own() -> None:
    """One of its items is too large: the others that speak of it alone stay behind too."""
    trace = TraceContext(trace_name="small")
    result = plan([evolve(_generation("a", asked="x" * 10_001), trace=trace)], Route.to(Shares()))

    assert "rejected" == result.outcomes[0].status
    assert () == result.requests


def test_a_row_that_several_share_stays_behind_when_all_of_them_do() -> None:
    """Else it would tell of generations that are not there."""
    trace = TraceContext(trace_id="t", trace_name="small")
    batch = [evolve(_generation(name, asked="x" * 10_001), trace=trace) for name in ("a", "b")]

    result = plan(batch, Route.to(Shares()))

    assert ["rejected", "rejected"] == [outcome.status for outcome in result.outcomes]
    assert () == result.requests


def test_a_row_that_several_share_goes_when_one_of_them_stays_behind() -> None:
    """It is still the row of the others."""
    trace = TraceContext(trace_id="t", trace_name="small")
    batch = [evolve(_generation(name), trace=trace) for name in ("b", "c")]
    too_large = evolve(_generation("a", asked="x" * 10_001), trace=trace)

    result = plan([too_large, *batch], Route.to(Shares()))
    shared, *lines = result.requests[0].items

    assert ["rejected", "planned", "planned"] == [outcome.status for outcome in result.outcomes]
    assert (b"small", ("a", "b", "c")) == (shared.body, shared.generations)
    assert [("b",), ("c",)] == [line.generations for line in lines]


class Heads(Lines):
    """A row beside the lines that speaks of no generation."""

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """The row first."""
        yield Item(endpoint="lines", body=b"head", generations=())
        yield from super().items(tree, config)


def test_a_row_that_speaks_of_no_generation_stays_behind() -> None:
    """Nobody could tell whether its content may leave; that it is missing is told where others go."""
    result = plan([_generation("a"), _generation("b", model=None)], Route.to(Heads()))
    what = "its item for 'lines' speaks of no generation: name those whose content it has"
    told = Diagnostic("dropped", "$.trace", f"a shared row: the destination 'lines' failed: {what}")

    assert [("a",)] == [item.generations for request in result.requests for item in request.items]
    assert [("planned", "", (told,)), ("rejected", "no model", (told,))] == [
        (one.status, one.reason, one.diagnostics) for one in result.outcomes
    ]


def _step(name: str, trace_id: str | None = "t", model: str = "m") -> Generation:
    return evolve(_generation(name, model=model), trace=TraceContext(trace_id=trace_id))


def test_what_is_remembered_of_other_routes_is_kept() -> None:
    """A plan for some of the routes forgets nothing of the others."""
    one, other = Route.to(Lines(), name="one"), Route.to(Lines(), name="other")
    first = plan([_step("a")], [one, other])

    second = plan([_step("b")], one, state=first.state)

    assert {"one", "other"} == second.state.keys()
    assert first.state["other"] == second.state["other"]
    assert {"a", "b"} == second.state["one"].traces["t"].summary.generation_ids  # type: ignore[union-attr]
    assert first.state == plan([], [], state=first.state).state


def test_a_trace_on_which_a_destination_fails_is_not_remembered() -> None:
    """Nothing of it was sent, so nothing goes on; the others do."""
    result = plan([_step("a", "t", model="bad"), _step("b", "u")], Route.to(Trips()))
    again = plan([_step("c", "t")], Route.to(Trips()), state=result.state)

    assert ["u"] == list(result.state["lines"].traces)
    assert ("a",) not in [request.generations for request in again.requests]
    assert {"c"} == again.state["lines"].traces["t"].summary.generation_ids  # type: ignore[union-attr]


def test_what_was_remembered_of_a_trace_stays_when_a_destination_fails_on_it() -> None:
    """As it was when its row was sent."""
    first = plan([_step("a")], Route.to(Trips()))

    failed = plan([_step("b", model="bad")], Route.to(Trips()), state=first.state)

    assert "rejected" == failed.outcomes[0].status
    assert first.state == failed.state


@pytest.mark.parametrize("where", ["endpoints", "wrong endpoints", "address", "endpoint"])
def test_what_was_remembered_stays_when_a_destination_is_broken(where: str) -> None:
    """Nothing of the plan is sent, so nothing of it is remembered, and nothing is forgotten."""
    first = plan([_step("a")], Route.to(Lines()))

    failed = plan([_step("b")], Route.to(Breaks(where)), state=first.state)

    assert "rejected" == failed.outcomes[0].status
    assert first.state == failed.state


class Roots(Lines):
    """A root goes once, before the first line of a trace; what is too large is the line of `large`."""

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """The root beside the first line."""
        root = b"" if tree.is_known else b"root "
        for generation in tree.generations.values():
            if generation.model is None:
                yield Unmapped(generation=generation.id, reason="no model")
            elif generation.model != "nothing":
                size = 20_000 if generation.model == "large" else 0
                yield Item(endpoint="lines", body=root + b"x" * size, generations=(generation.id,))

    def address(self, request: Request, config: Any) -> Request:
        """None for the generation `lost`."""
        return request.addressed(url="nowhere") if "lost" in request.generations else request


NOT_SENT: dict[str, Generation] = {
    "it cannot be carried": _generation("a", model=None),
    "it has no item": _generation("a", model="nothing"),
    "its item is too large": _generation("a", model="large"),
    "its request has no address": _generation("lost"),
}


@pytest.mark.parametrize("first", NOT_SENT.values(), ids=NOT_SENT)
def test_a_trace_of_which_nothing_was_sent_is_not_known(first: Generation) -> None:
    """Else its root would never go."""
    route, trace = Route.to(Roots()), TraceContext(trace_id="t")
    before = plan([evolve(first, trace=trace)], route)
    (request,) = plan([_step("b")], route, state=before.state).requests

    assert (["rejected"], ()) == ([one.status for one in before.outcomes], before.requests)
    assert {} == before.state["lines"].traces
    assert b"root " in request.body


def test_a_trace_of_which_something_was_sent_is_known() -> None:
    """Though others of it are rejected."""
    route = Route.to(Roots())
    before = plan([_step("a"), evolve(_step("b"), model=None)], route)
    (request,) = plan([_step("c")], route, state=before.state).requests

    assert b"root " not in request.body


def test_a_trace_without_an_id_of_the_callers_is_not_remembered() -> None:
    """It is whole when it is planned, and nothing can come late."""
    assert {} == plan([_step("a", None)], Route.to(Lines())).state["lines"].traces


def _nest(depth: int) -> Any:
    nest: Any = "x"
    for _ in range(depth):
        nest = [nest]
    return nest


def test_versions_that_nest_deep_are_compared() -> None:
    """And harm no other generation."""
    deep = [evolve(_generation("a"), content=Content(input=_nest(2000))) for _ in range(2)]
    result = plan([*deep, _generation("b")], Route.to(Lines()))

    assert ["planned"] * 3 == [outcome.status for outcome in result.outcomes]


@pytest.mark.parametrize("other", [TraceContext(trace_id="t"), TraceContext(span_name="s")], ids=str)
def test_versions_of_a_generation_in_two_places_go_where_the_richest_is(other: TraceContext) -> None:
    """One row of it, and no trace or span that nothing is in; each outcome tells of it."""
    rich = evolve(_generation("a", asked="more"), trace=TraceContext(trace_id="u"))
    batch = [evolve(_generation("a"), trace=other), rich, evolve(_generation("b"), trace=other)]

    result = plan(batch, Route.to(Lines()))

    assert ["planned"] * 3 == [outcome.status for outcome in result.outcomes]
    assert ["a", "b"] == sorted(name for request in result.requests for name in request.generations)
    notes = [note for outcome in result.outcomes for note in outcome.diagnostics]
    assert {"merged"} == {note.kind for note in notes}
    assert [True, True, False] == [bool(outcome.diagnostics) for outcome in result.outcomes]
    assert ("a",) == tuple(result.state["lines"].traces["u"].summary.generation_ids)  # type: ignore[union-attr]


def test_a_trace_that_cannot_be_put_together_harms_no_other() -> None:
    """Of types that the record does not have, and twice."""
    odd = forged(_generation("a"), "trace", forged(TraceContext(trace_id="t"), "tags", 5))

    result = plan([odd, odd, _generation("b")], Route.to(Lines()))

    assert ["rejected", "rejected", "planned"] == [one.status for one in result.outcomes]
    assert (
        "expected a tuple of str, got int 5: give tuple(...) of them @ $.trace.tags"
        in result.outcomes[0].reason
    )


def test_what_is_remembered_of_one_trace_harms_no_other() -> None:
    """A state that something else has written, or an older release."""
    first = plan([evolve(_generation("a"), trace=TraceContext(trace_id="t"))], Route.to(Lines()))
    known = first.state["lines"].traces["t"]
    broken = State({"t": evolve(known, summary=evolve(known.summary, start=None)), "u": "x"})  # type: ignore[arg-type, dict-item, misc]
    batch = [
        _generation("b"),
        *(evolve(_generation(name), trace=TraceContext(trace_id=name)) for name in ("t", "u", "v")),
    ]

    result = plan(batch, Route.to(Lines()), state={"lines": broken})

    assert ["planned", "rejected", "rejected", "planned"] == [one.status for one in result.outcomes]
    assert "cannot be put together (TypeError" in result.outcomes[1].reason


def test_a_long_trace_does_not_cost_the_square_of_its_length() -> None:
    """Merging copies at most the logarithm of its length times; the square would be 50 million copies."""
    trace = TraceContext(trace_id="t")
    batch = [
        Generation(id=f"gen-{n}", timing=Timing(start=EPOCH), model="m", trace=trace) for n in range(10_000)
    ]

    result = plan(batch, Route.to(Lines()))

    assert 10_000 == sum(len(request.items) for request in result.requests)


class _Misused(NamedTuple):
    generations: Any
    state: Any
    expected: str


MISUSED = {
    "a reading": _Misused(Reading(), None, "got a value of type Reading: .*, as reading.generations"),
    "one generation": _Misused(_generation("a"), None, "got a value of type Generation: give a list"),
    "the state of one route": _Misused([], State(), "got a State: give its `state`, which is a mapping"),
    "a stored state": _Misused([], b"{}", "got a bytes: give its `state`.*`load_state` returns one too"),
    "a plan": _Misused([], plan([], []), "the state of the plan before, got a Plan: give its `state`"),
    "a state within a state": _Misused([], {"lines": {}}, "a State for each route name, got a dict"),
}


@pytest.mark.parametrize("case", MISUSED.values(), ids=MISUSED)
def test_what_is_given_in_a_wrong_place_is_told(case: _Misused) -> None:
    """With what to give instead."""
    with pytest.raises(TypeError, match=case.expected):
        plan(case.generations, Route.to(Lines()), state=case.state)
