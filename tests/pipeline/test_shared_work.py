"""Routes that do alike work once, and get what each would get alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import (
    Content,
    Generation,
    Item,
    Plan,
    Policy,
    Route,
    State,
    Timing,
    TraceTree,
    Unmapped,
    plan,
)
from broadcast_core.jsontext import dumps_lossy
from broadcast_core.pipeline.mapping import _are_plain, _why_not
from broadcast_core.pipeline.shared_work import SharedWork
from broadcast_core.policy import evaluate
from broadcast_core.policy.evaluation import _results
from broadcast_core.testing.strategies import EPOCH, batches, generations, json_values
from tests.fake import LINES, Lines

OPTIONS: tuple[dict[str, Any], ...] = ({}, {"dataset": "a"}, {"dataset": "b"})
POLICIES = (
    Policy(),
    Policy(privacy_mode=True),
    Policy(drop_output=True),
    Policy(broadcast_generation_cost=True),
)


class Rows(Lines):
    """A row a generation, which says what is known of its trace by then."""

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Yield the rows of a tree."""
        row = tree.summary
        known = [tree.is_known, config.dataset, row and [sorted(row.generation_ids), row.content]]
        for name in tree.generations:
            yield Item(endpoint="lines", body=dumps_lossy([name, *known])[0][:9_000], generations=(name,))


DESTINATION = Rows()
GENERATION = Generation(
    id="gen-1", timing=Timing(start=EPOCH), model="m", content=Content(input="a", output="b")
)


def _shown(planned: Plan, route: str) -> Any:
    requests = [(one.url, one.body, one.items) for one in planned.requests if one.route == route]
    outcomes = [evolve(one, route="") for one in planned.outcomes if one.route == route]
    return requests, outcomes, planned.state.get(route)


@given(
    given_before=batches(generations()),
    more=batches(generations()),
    selected=st.lists(st.tuples(st.sampled_from(OPTIONS), st.sampled_from(POLICIES)), min_size=1, max_size=4),
)
def test_each_route_gets_what_it_would_get_alone(
    given_before: list[Generation], more: list[Generation], selected: list[tuple[dict[str, Any], Policy]]
) -> None:
    """Also when some of what is planned is known from before, on some routes or on all."""
    routes = [
        Route.to(DESTINATION, options, name=f"r{n}", policy=policy)
        for n, (options, policy) in enumerate(selected)
    ]
    before = plan(given_before, routes[: len(routes) // 2 + 1]).state
    together = plan([*given_before, *more], routes, state=before)
    for route in routes:
        known = {route.name: before.get(route.name, State())}
        alone = plan([*given_before, *more], route, state=known)

        assert _shown(alone, route.name) == _shown(together, route.name)


def test_only_what_outlives_the_plan_is_shared() -> None:
    """Another object may have the `id()` of one that is gone."""
    routes = [Route.to(DESTINATION, name=name) for name in "ab"]
    shared: SharedWork[object] = SharedWork([GENERATION], routes)
    other = evolve(GENERATION, id="gen-2")

    assert shared.tree([GENERATION]) is shared.tree([GENERATION])
    assert shared.tree([other]) is not shared.tree([other])
    assert SharedWork([GENERATION], routes[:1]).tree([GENERATION]) is not shared.tree([GENERATION])


class _Counting(Lines):
    """Counts the trees that it is asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        self.asked += 1
        return super().items(tree, config)


@pytest.mark.parametrize(
    ("options", "policies", "times"),
    [
        (({}, {}, {}), (Policy(), Policy(), Policy()), 1),
        (({}, {"dataset": "a"}, {}), (Policy(), Policy(), Policy()), 2),
        (({}, {}), (Policy(), Policy(drop_input=True)), 2),
    ],
    ids=["alike", "other options", "another policy"],
)
def test_a_destination_is_asked_once_for_routes_that_are_alike(
    options: tuple[dict[str, Any], ...], policies: tuple[Policy, ...], times: int
) -> None:
    """Of the same generations, with the same options."""
    destination = _Counting()
    routes = [
        Route.to(destination, one, name=f"r{n}", policy=policy)
        for n, (one, policy) in enumerate(zip(options, policies, strict=True))
    ]
    plan([GENERATION], routes)

    assert times == destination.asked


class _Odd:
    """Options that cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    __hash__ = None  # type: ignore[assignment]


def test_options_that_cannot_be_compared_are_each_their_own() -> None:
    """The plan goes on."""
    destination = _Counting()
    routes = [Route(name=f"r{n}", destination=destination, config=_Odd()) for n in range(2)]
    planned = plan([GENERATION], routes)

    assert 2 == destination.asked == len(planned.requests)


GENERATIONS = {"gen-1": GENERATION}
ENDPOINTS = {"lines": evolve(LINES, max_bytes=40)}


@given(
    changes=st.fixed_dictionaries(
        {},
        optional={
            "endpoint": st.sampled_from(("lines", "others", None, ["lines"])),
            "body": st.sampled_from(
                (b"x" * 37, b"x" * 38, b"x" * 39, b"x" * 41, "text", None, bytearray(b"x"))
            ),
            "generations": st.sampled_from(
                (("gen-1",), ("gen-2",), (), ["gen-1"], ("gen-1", "gen-2"), (1,), None)
            ),
            "rows": st.sampled_from((1, 0, 2, True, None, 1.0)),
            "key": st.sampled_from((None, "k", 1)),
            "group": st.sampled_from((None, "g", 1)),
            "time": st.sampled_from((None, EPOCH, EPOCH.replace(tzinfo=None), 1)),
            "diagnostics": st.sampled_from(((), [], ("x",), None)),
            "data": json_values(),
        },
    )
)
def test_what_is_plain_has_nothing_against_it(changes: dict[str, Any]) -> None:
    """The quick look takes no item that the careful one refuses."""
    item = evolve(Item(endpoint="lines", body=b"x", generations=("gen-1",)), **changes)
    tree: Any = TraceTree(
        key="gen-1", trace_id=None, origin=None, summary=None, spans={}, generations=GENERATIONS
    )
    capacities = {name: one.capacity for name, one in ENDPOINTS.items()}
    if _are_plain([item], capacities, GENERATIONS):
        assert _why_not(item, tree, ENDPOINTS, "lines") is None
    if not changes:
        assert _are_plain([item], capacities, GENERATIONS)


@given(generation=generations())
def test_a_policy_that_asks_nothing_decides_as_if_it_asked(generation: Generation) -> None:
    """The same checks, in the same order; and what leaves is the record itself."""
    found = evaluate(Policy(), generation, route="r")

    assert tuple(_results(Policy(), generation, "r")) == found.checks
    assert Policy().changes_nothing
    if not (
        generation.generation_cost or generation.generation_identity or generation.generation_request_context
    ):
        assert generation is found.redacted


ASKING: dict[str, Any] = {
    "enabled": False,
    "privacy_mode": True,
    "drop_input": True,
    "drop_output": True,
    "sampling_rate": 0.5,
    "api_key_hashes": ["a"],
    "excluded_api_key_hashes": ["a"],
    "user_identity": "drop",
    "drop_custom_metadata": True,
    "content_hook": lambda content: content,
}


@pytest.mark.parametrize("name", ASKING)
def test_a_policy_that_asks_anything_is_asked(name: str) -> None:
    """Whatever a route lets out by its groups alone changes nothing."""
    options: dict[str, Any] = {name: ASKING[name]}

    assert not Policy(**options).changes_nothing
    assert Policy(broadcast_generation_cost=True).changes_nothing
