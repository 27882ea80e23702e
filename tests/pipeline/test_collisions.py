"""One id in two projects: what a plan tells of it, by the places that destinations tell."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from broadcast_core import Generation, Policy, Route, Timing, TraceContext, plan
from broadcast_core.destinations.capabilities import Place
from broadcast_core.policy import FilterRules, Group, Rule
from tests.fake import Lines
from tests.forged import forged

START = datetime(2026, 11, 23, tzinfo=UTC)


class Placing(Lines):
    """Its config is what it tells of its place, or what it raises."""

    def __init__(self, name: str = "lines") -> None:
        self.name = name

    def place(self, config: Any) -> Any:
        """Whatever the options say."""
        return config() if callable(config) else Place(**{"space": "s", "advice": "do this", **config})


def _generation(name: str, trace: str | None = None, model: str | None = "m") -> Generation:
    return Generation(
        id=name, model=model, timing=Timing(start=START), trace=TraceContext(trace_id=trace), provider=name
    )


def _route(name: str, config: Any, kind: str = "lines", **policy: Any) -> Route:
    return Route(name=name, destination=Placing(kind), config=config, policy=Policy(**policy))


def _messages(routes: list[Route], *generations: Generation) -> list[tuple[str, str, list[str]]]:
    """Return what is told of doubled ids: route, generation, notes."""
    return [
        (one.route, one.generation, [str(note) for note in one.diagnostics if note.kind == "doubled"])
        for one in plan(generations, routes).outcomes
    ]


def test_a_generation_with_one_id_in_two_homes_is_told_on_both_routes() -> None:
    """With the name of the other route and what to do."""
    told = _messages([_route("one", {"home": "a"}), _route("two", {"home": "b"})], _generation("gen-1"))
    what = "it goes into another project of the same workspace by"

    assert [
        ("one", "gen-1", [f"doubled $.id: {what} 'two', under the same id: do this"]),
        ("two", "gen-1", [f"doubled $.id: {what} 'one', under the same id: do this"]),
    ] == told


def test_a_generation_that_stands_twice_in_one_home_is_told_on_both_routes() -> None:
    """Under two ids; and its trace too, where the other route has another generation of it."""
    routes = [
        _route("one", {"home": "a", "ids": "x"}),
        _route("two", {"home": "a", "ids": "y"}, **_only("p-2")),
    ]
    what = "goes into the same project by {} too, under another id, and stands there twice: do this"
    told = _messages(routes, _generation("p-1", "t"), _generation("p-2", "t"))

    assert [
        ("one", "p-1", [f"doubled $.trace.trace_id: its trace {what.format(repr('two'))}"]),
        ("one", "p-2", [f"doubled $.id: it {what.format(repr('two'))}"]),
        ("two", "p-1", []),
        ("two", "p-2", [f"doubled $.id: it {what.format(repr('one'))}"]),
    ] == told


APART: dict[str, tuple[Any, Any]] = {
    "one home": ({"home": "a"}, {"home": "a"}),
    "two spaces": ({"home": "a"}, {"home": "b", "space": "t"}),
    "ids of their own": ({"home": "a", "ids": "a"}, {"home": "b", "ids": "b"}),
    "ids of one": ({"home": "a", "ids": "a"}, {"home": "b"}),
}


@pytest.mark.parametrize(("one", "two"), APART.values(), ids=APART)
def test_ids_that_are_apart_are_not_told(one: Any, two: Any) -> None:
    """In another space, or under other ids."""
    told = _messages([_route("one", one), _route("two", two)], _generation("gen-1"))

    assert [("one", "gen-1", []), ("two", "gen-1", [])] == told


FAILS: dict[str, tuple[Any, str]] = {
    "no place": (lambda: None, "its place is a NoneType: return Place(...)"),
    "something else": (lambda: "a place", "its place is a str: return Place(...)"),
    "no text": ({"home": ["b"]}, "its place raised FieldError at "),
    "raised": (lambda: {}["nothing"], "its place raised KeyError at tests.pipeline.test_collisions:"),
    "ended": (sys.exit, "its place raised SystemExit at tests.pipeline.test_collisions:"),
}


@pytest.mark.parametrize(("config", "what"), FAILS.values(), ids=FAILS)
@pytest.mark.parametrize("alone", [True, False])
def test_a_destination_that_cannot_tell_its_place_is_named(config: Any, what: str, alone: bool) -> None:
    """On each of its outcomes, also of the only route, since a saved state hangs on it."""
    routes = [_route("fails", config), *(() if alone else (_route("other", {"home": "a"}),))]
    (_, _, (told,)), *others = _messages(routes, _generation("gen-1"))
    start = "doubled $.id: it cannot be told whether it goes elsewhere too: the destination 'lines' failed: "

    assert told.startswith(start + what)
    assert ([] if alone else [("other", "gen-1", [])]) == others


def test_places_of_two_destinations_have_nothing_in_common() -> None:
    """Whatever they call their spaces."""
    told = _messages(
        [_route("one", {"home": "a"}), _route("two", {"home": "b"}, "rows")], _generation("gen-1")
    )

    assert [[], []] == [notes for _, _, notes in told]


def test_a_destination_without_a_place_is_planned_as_before() -> None:
    """The contract does not ask for one."""
    routes = [Route.to(Lines(), name="one"), Route.to(Lines(), name="two")]

    assert [[], []] == [notes for _, _, notes in _messages(routes, _generation("gen-1"))]


NOT_PLANNED: dict[str, dict[str, Any]] = {
    "switched off": {"enabled": False},
    "of another key": {"api_key_hashes": frozenset({"k"})},
}


@pytest.mark.parametrize("policy", NOT_PLANNED.values(), ids=NOT_PLANNED)
def test_what_only_one_route_lets_out_is_not_doubled(policy: dict[str, Any]) -> None:
    """A route that sends nothing doubles nothing."""
    routes = [_route("one", {"home": "a"}), _route("two", {"home": "b"}, **policy)]

    assert [[], []] == [notes for _, _, notes in _messages(routes, _generation("gen-1"))]


def test_what_a_destination_rejects_is_not_doubled() -> None:
    """It has no item there."""
    routes = [_route("one", {"home": "a"}), _route("two", {"home": "b"})]

    assert [[], []] == [notes for _, _, notes in _messages(routes, _generation("gen-1", model=None))]


def test_of_three_routes_each_names_those_of_another_home() -> None:
    """And not the one that shares its own."""
    routes = [_route("one", {"home": "a"}), _route("two", {"home": "b"}), _route("three", {"home": "a"})]
    told = _messages(routes, _generation("gen-1"))

    assert ["'two',", "'one', 'three',", "'two',"] == [
        notes[0].partition(" by ")[2].partition(" under")[0] for _, _, notes in told
    ]


def test_a_trace_that_is_split_over_two_routes_is_told() -> None:
    """Its row has one id in both, whichever of its generations goes where."""
    routes = [
        _route("one", {"home": "a"}, **_only("gen-1")),
        _route("two", {"home": "b"}, **_only("gen-2")),
    ]
    told = _messages(routes, _generation("gen-1", "t"), _generation("gen-2", "t"), _generation("gen-3", "u"))
    notes = {(route, name): lines for route, name, lines in told if lines}

    assert {("one", "gen-1"), ("two", "gen-2")} == notes.keys()
    assert notes["one", "gen-1"][0].startswith(
        "doubled $.trace.trace_id: its trace goes into another project"
    )


def test_the_trace_is_told_where_the_generation_is_not() -> None:
    """Each other route is named once."""
    routes = [
        _route("one", {"home": "a"}, **_only("gen-1")),
        _route("two", {"home": "b"}, **_only("gen-2")),
        _route("three", {"home": "c"}, **_only("gen-1")),
    ]
    some = [_generation(f"gen-{n}", "t") for n in (1, 2)]
    told = {(route, name): notes for route, name, notes in _messages(routes, *some)}

    assert [("$.id", "'three',"), ("$.trace.trace_id", "'two',")] == [
        (note.split()[1].rstrip(":"), note.partition(" by ")[2].split()[0]) for note in told["one", "gen-1"]
    ]


def _only(provider: str) -> dict[str, Any]:
    rule = Rule(field="provider", operator="equals", value=provider)
    return {"filter_rules": FilterRules(groups=(Group(rules=(rule,)),))}


def test_requests_are_those_of_each_route_alone() -> None:
    """What is told changes no byte."""
    routes = [_route("one", {"home": "a"}), _route("two", {"home": "b"})]
    some = [_generation(f"gen-{n}", "t") for n in range(5)]
    alone = [one for route in routes for one in plan(some, route).requests]

    assert alone == list(plan(some, routes).requests)


@pytest.mark.parametrize("trace", [(), 1.5, None])
def test_a_record_of_wrong_types_harms_no_other_where_routes_are_compared(trace: Any) -> None:
    """It is rejected on each route, and what is doubled of the others is told."""
    bad, good = forged(_generation("bad"), "trace", trace), _generation("good")
    routes = [_route("one", {"home": "a"}), _route("two", {"home": "b"})]
    outcomes = plan([bad, good], routes).outcomes

    assert ["rejected", "planned"] * 2 == [one.status for one in outcomes]
    assert [0, 1] * 2 == [
        len([note for note in one.diagnostics if note.kind == "doubled"]) for one in outcomes
    ]
