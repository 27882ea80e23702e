"""Laws of a plan whose destination is wrong in any number of ways at once: nothing is lost without a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Generation, Item, Plan, Request, Route, Timing, TraceContext, TraceTree, plan
from broadcast_core.testing.strategies import EPOCH
from tests.fake import LINES, Lines

MORE = evolve(LINES, name="more", max_items=2)


@frozen
class Given:
    """A result for some generations of a trace, by their places: whole, or wrong in one of several ways."""

    of: tuple[int, ...]
    how: str

    def item(self, names: list[str], number: int) -> object:
        """Return the result of a trace of some generations; its number makes it one of its kind."""
        some = tuple(names[n % len(names)] for n in self.of)
        whole = Item(endpoint="lines", body=b"%d" % number, generations=some)
        wrong: dict[str, Any] = {
            "none": None,
            "endpoint": evolve(whole, endpoint="nope"),
            "body": evolve(whole, body="text"),
            "large": evolve(whole, body=b"x" * 10_001),
            "foreign": evolve(whole, generations=(*some, "z")),
            "more": evolve(whole, endpoint="more"),
        }
        return wrong.get(self.how, whole)


GIVEN = st.builds(
    Given,
    st.lists(st.integers(0, 3), max_size=3).map(tuple),
    st.sampled_from(["whole", "whole", "more", "more", "none", "endpoint", "body", "large", "foreign"]),
)


class Wrong(Lines):
    """Gives what is drawn for each trace, and no address for some requests."""

    def __init__(self, results: list[Given], lost: frozenset[str]) -> None:
        self.results = results
        self.lost = lost

    def endpoints(self, config: Any) -> Any:
        """Two."""
        return (LINES, MORE)

    def items(self, tree: TraceTree, config: Any) -> Iterator[Any]:
        """What is drawn."""
        for number, one in enumerate(self.results):
            yield one.item(list(tree.generations), number)

    def address(self, request: Request, config: Any) -> Any:
        """None for a second endpoint with one of some generations."""
        is_lost = request.endpoint.name == "more" and self.lost.intersection(request.generations)
        return None if is_lost else request


def _plan(results: list[Given], lost: frozenset[str]) -> Plan:
    batch = [
        Generation(id=name, timing=Timing(start=EPOCH), trace=TraceContext(trace_id=trace))
        for name, trace in (("a", "t"), ("b", "t"), ("c", "t"), ("d", "u"), ("e", None))
    ]
    return plan(batch, Route.to(Wrong(results, lost)))


DRAWN = (st.lists(GIVEN, max_size=6), st.frozensets(st.sampled_from("abcde")))


@given(*DRAWN)
def test_a_generation_is_planned_where_something_of_it_goes_alone(
    results: list[Given], lost: frozenset[str]
) -> None:
    """Each item that goes speaks of one that is planned, and each that is planned is in one."""
    result = _plan(results, lost)
    planned = {one.generation for one in result.outcomes if one.status == "planned"}
    items = [item for request in result.requests for item in request.items]

    assert planned <= {name for item in items for name in item.generations}
    assert all(planned.intersection(item.generations) for item in items)
    assert all(one.reason for one in result.outcomes if one.status == "rejected")


@given(*DRAWN)
def test_whoever_goes_without_an_item_is_told_so(results: list[Given], lost: frozenset[str]) -> None:
    """An item that cannot go has rejected its generation, or each of several that go has a note."""
    result = _plan(results, lost)
    outcomes = {one.generation: one for one in result.outcomes}
    for names in (["a", "b", "c"], ["d"], ["e"]):
        for number, one in enumerate(results):
            item = one.item(names, number)
            if not isinstance(item, Item) or one.how in ("whole", "more"):
                continue
            for name in set(item.generations).intersection(names):
                outcome = outcomes[name]
                assert outcome.status == "rejected" or outcome.diagnostics, (name, one)


@given(*DRAWN)
def test_a_whole_item_goes_whose_generation_is_planned(results: list[Given], lost: frozenset[str]) -> None:
    """With all others of it: none goes in part, once each."""
    result = _plan(results, lost)
    planned = {one.generation for one in result.outcomes if one.status == "planned"}
    sent = [(item.generations, item.body) for request in result.requests for item in request.items]
    whole = [
        (item.generations, item.body)
        for names in (["a", "b", "c"], ["d"], ["e"])
        for number, one in enumerate(results)
        if one.how in ("whole", "more") and isinstance(item := one.item(names, number), Item)
    ]

    assert sorted(sent) == sorted(pair for pair in whole if planned.intersection(pair[0]))


@given(*DRAWN)
def test_a_trace_is_remembered_where_a_generation_of_it_is_planned(
    results: list[Given], lost: frozenset[str]
) -> None:
    """And no other."""
    result = _plan(results, lost)
    planned = {one.generation for one in result.outcomes if one.status == "planned"}
    expected = {trace for trace, names in (("t", "abc"), ("u", "d")) if planned.intersection(names)}

    assert expected == set(result.state["lines"].traces)
