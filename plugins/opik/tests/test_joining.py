"""Several sources of one generation, in any calls: on the server it is one span, with all that they know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from broadcast_core import (
    Attempt,
    Content,
    Cost,
    Generation,
    Join,
    Route,
    State,
    Timing,
    TraceContext,
    dump_state,
    load_state,
    plan,
)
from broadcast_core.destinations import Item, TraceTree
from broadcast_core.testing.conformance import suite
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_opik import destination
from broadcast_opik.config import LOCAL, OpikConfig
from broadcast_opik.plugin import Opik
from broadcast_opik.testing.server import OpikModel

ROUTE = Route.to(destination, {"base_url": LOCAL, "project_name": "demo", "attempts": True})
JOIN = Join(max_age=timedelta(days=400))
IDS = st.sampled_from(["gen-1795305600-a", "gen-1795305600-b", "gen-1795305600-c"])
TRACES = st.sampled_from([None, None, "a", "b"])
SECOND = timedelta(seconds=1)
_LINKS = ("id", "trace_id", "parent_span_id")
_DIFFERS = (*_LINKS, "last_updated_at")  # versions at other places count there, and are one at the same
_TIES = 64  # microseconds, of which no two versions that are told end in the same


def _send(
    model: OpikModel, batch: Sequence[Generation], state: dict[str, State], join: Join | None = JOIN
) -> dict[str, State]:
    result = plan(batch, ROUTE, state=state, join=join)
    for request in result.requests:
        answer = model.handle(request)
        assert (204, b"") == (answer.status, answer.body)
    return load_state(dump_state(result.state))


def _spans(model: OpikModel) -> dict[str, dict[str, Any]]:
    """Return the spans of generations by their ids."""
    spans = [row for row in model.spans() if row["type"] == "llm"]
    found = {row["metadata"]["openrouter_observation_id"]: row for row in spans}
    assert len(found) == len(spans)
    return found


class Joining(RuleBasedStateMachine):
    """Sources tell of a few generations, again and again: each stays one span, which knows all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.model = OpikModel()
        self.state: dict[str, State] = {}
        self.told: dict[str, list[Generation]] = {}
        self.first: dict[str, tuple[Any, ...]] = {}

    @initialize(batch=st.lists(generations(ids=IDS, trace_ids=TRACES), max_size=3))
    def begin(self, batch: list[Generation]) -> None:
        """Some are told at once."""
        self.add(batch)

    @rule(batch=st.lists(generations(ids=IDS, trace_ids=TRACES), min_size=1, max_size=3))
    def add(self, batch: list[Generation]) -> None:
        """What a source knows, of new ones and of those before."""
        versions = []
        for one in batch:
            known = self.told.setdefault(one.id, [])
            versions.append(_later(one, len(known)))
            known.append(versions[-1])
        self.state = _send(self.model, versions, self.state)
        for name, row in _spans(self.model).items():
            self.first.setdefault(name, _place(row))

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """What was told already changes nothing."""
        versions = [one for some in self.told.values() for one in some]
        if versions:
            before = self.model.spans(), self.model.traces()
            self.state = _send(
                self.model, data.draw(st.lists(st.sampled_from(versions), max_size=3)), self.state
            )
            assert before == (self.model.spans(), self.model.traces())

    @invariant()
    def each_is_one_span_that_stays(self) -> None:
        """With the id, the trace and the parent that it had first."""
        assert self.first == {name: _place(row) for name, row in _spans(self.model).items()}
        assert self.told.keys() == self.first.keys()

    @invariant()
    def each_knows_what_all_of_its_sources_do(self) -> None:
        """As when they are told at once."""
        let_out = self.state["opik"].let_out if self.state else {}
        for name, versions in self.told.items():
            trace = [let_out[name].place.of_trace(one.trace) for one in versions]
            once = OpikModel()
            _send(once, [evolve(one, trace=at) for one, at in zip(versions, trace, strict=True)], {})
            assert _without_links(_spans(once)[name]) == _without_links(_spans(self.model)[name])

    @invariant()
    def nothing_is_undefined_and_no_parent_is_missing(self) -> None:
        """Rows of one id differ in their version."""
        assert ([], []) == (self.model.undefined, self.model.orphans)


TestJoining = Joining.TestCase
TestJoining.settings = settings(stateful_step_count=8, max_examples=25)


def _later(one: Generation, n: int) -> Generation:
    """Return a version that ends in a microsecond of its own."""
    end = one.timing.end or one.timing.start
    moved = end + timedelta(microseconds=end.microsecond // _TIES * _TIES + n % _TIES - end.microsecond)
    start = min(one.timing.start, moved)
    return evolve(one, timing=evolve(one.timing, start=start, end=one.timing.end and moved))


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in _LINKS)


def _without_links(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _DIFFERS}


def _version(start: float, end: float, **fields: Any) -> Generation:
    timing = Timing(start=EPOCH + start * SECOND, end=EPOCH + end * SECOND)
    return Generation(id="gen-1795305600-a", timing=timing, **fields)


EXCHANGE = _version(0.4, 3, model="a/b", content=Content(input={"prompt": "q"}, output="a"))
LOOKUP = _version(
    0, 2.5, cost=Cost(total=Decimal("0.25"), source="billed"), attempts=(Attempt(index=0, provider="A"),)
)


def test_a_lookup_completes_the_span_of_an_exchange_under_its_id() -> None:
    """Though it tells another start; the trace of the generation's own stays one too."""
    model = OpikModel()
    state = _send(model, [EXCHANGE], {})
    (before,) = _spans(model).values()
    _send(model, [LOOKUP], state)
    (after,) = _spans(model).values()

    assert _place(before) == _place(after)
    assert 1 == len(model.traces())
    assert (None, 0.25) == (before.get("total_estimated_cost"), after["total_estimated_cost"])
    assert before["output"] == after["output"]
    (attempt,) = (row for row in model.spans() if row["type"] == "general")
    assert after["id"] == attempt["parent_span_id"]


class _Forgets(Opik):
    """Makes ids of the start that it is told now."""

    def items(self, tree: TraceTree, config: OpikConfig) -> Iterator[Item]:
        """Yield the items of a tree that no plan had before."""
        return super().items(evolve(tree, planned={}), config)


def test_the_laws_find_ids_that_differ() -> None:
    """Where a mapping looks at the start alone."""
    laws = suite(_Forgets(), {"base_url": LOCAL, "project_name": "demo"}, profile="smoke")

    with pytest.raises(AssertionError, match="ids of a generation that differ"):
        laws().test_a_generation_that_is_told_again_keeps_its_ids()


def test_without_join_it_is_another_span() -> None:
    """Its ids hang on another start: what this is for."""
    model = OpikModel()
    _send(model, [LOOKUP], _send(model, [EXCHANGE], {}, None), None)

    assert 2 == len({row["id"] for row in model.spans() if row["type"] == "llm"})


@given(st.lists(st.sampled_from([EXCHANGE, LOOKUP]), min_size=1, max_size=4))
def test_a_trace_that_ends_later_keeps_its_row(order: list[Generation]) -> None:
    """Two generations of one trace, each told in parts."""
    model, state = OpikModel(), dict[str, State]()
    trace = TraceContext(trace_id="t")
    for n, one in enumerate(order):
        other = evolve(one, id=f"gen-1795305600-{'ab'[n % 2]}", trace=trace)
        state = _send(model, [other], state)

    assert 1 == len(model.traces())
    assert ([], []) == (model.undefined, model.orphans)
    assert min(len(order), 2) == len(_spans(model))
