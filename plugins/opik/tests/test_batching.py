"""Any partition of the same generations, in any order, with resends, ends on the server as one batch does.

Exactly so when a trace's first batch holds its earliest generation; else equal but for the trace's own UUID
(and what hangs on it), which is fixed once it has been emitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from broadcast_core import Generation, Identity, Route, State, Timing, TraceContext, plan
from broadcast_core.testing.strategies import EPOCH, batches, generations
from broadcast_opik import destination
from broadcast_opik.config import LOCAL
from broadcast_opik.testing.alike import state_but_for_uuids
from broadcast_opik.testing.server import OpikModel

ROUTE = Route.to(destination, {"base_url": LOCAL, "project_name": "demo", "attempts": True})
TRACES = st.sampled_from([None, "a", "b", "gen-1795305600-x"])
BATCH = batches(generations(trace_ids=TRACES), max_size=6)


def _send(
    model: OpikModel, batch: Sequence[Generation], state: dict[str, State], route: Route = ROUTE
) -> dict[str, State]:
    result = plan(batch, route, state=state)
    for request in result.requests:
        answer = model.handle(request)
        assert (204, b"") == (answer.status, answer.body)
    return dict(result.state)


def _at_once(batch: Sequence[Generation], route: Route = ROUTE) -> OpikModel:
    model = OpikModel()
    _send(model, batch, {}, route)
    return model


def _state(model: OpikModel) -> tuple[Any, ...]:
    return model.traces(), model.spans(), model.threads()


def _partition(data: st.DataObject, batch: Sequence[Generation]) -> list[list[Generation]]:
    cuts = sorted(data.draw(st.lists(st.integers(1, len(batch)), max_size=3)))
    return [list(batch[start:end]) for start, end in zip([0, *cuts], [*cuts, len(batch)], strict=True)]


CALLERS_OWN = st.sampled_from(["01890a5d-ac96-774b-bcce-b302099a8057", "a"])
"""The first is a UUIDv7: an Opik trace of the caller's when the parent span is one too."""


@given(
    st.one_of(BATCH, batches(generations(trace_ids=CALLERS_OWN))),
    st.data(),
)
def test_a_partition_in_order_ends_exactly_as_one_batch(batch: list[Generation], data: st.DataObject) -> None:
    """The earliest first, so that every id is the same; with a resend after each part."""
    batch.sort(key=lambda generation: (generation.timing.start, generation.id))
    model, state, sent = OpikModel(), {}, []
    for part in _partition(data, batch):
        state = _send(model, part, state)
        sent += part
        if sent:
            state = _send(model, data.draw(st.lists(st.sampled_from(sent), max_size=2)), state)

    assert _state(_at_once(batch)) == _state(model)
    assert [] == model.undefined


@given(BATCH, st.data())
def test_any_order_ends_as_one_batch_but_for_the_uuid_of_the_trace(
    batch: list[Generation], data: st.DataObject
) -> None:
    """Whoever comes first fixes the id of the trace; all else is the same."""
    model, state = OpikModel(), {}
    for part in _partition(data, data.draw(st.permutations(batch))):
        state = _send(model, part, state)

    assert state_but_for_uuids(_at_once(batch)) == state_but_for_uuids(model)
    assert [] == model.undefined


@given(BATCH, st.permutations(range(6)))
def test_the_order_within_a_batch_does_not_matter(batch: list[Generation], order: list[int]) -> None:
    """A worker may hand them over as they come."""
    shuffled = [batch[n] for n in order if n < len(batch)]

    assert _state(_at_once(batch)) == _state(_at_once(shuffled))


def test_an_id_that_a_backfill_keeps_in_one_of_two_ways_is_no_difference() -> None:
    """A trace whose first generation comes late, to a server that has a newer one of a session."""
    as_of = EPOCH + timedelta(days=1.25)
    route = attrs.evolve(ROUTE, config=attrs.evolve(ROUTE.config, as_of=as_of, backfill=True))
    trace, session = TraceContext(trace_id="b"), Identity(session_id="s-1")
    newer = Timing(start=EPOCH + timedelta(hours=22))
    early = Generation(id="gen-1", timing=Timing(start=EPOCH), trace=trace)
    late = Generation(id="gen-2", timing=newer, trace=trace, identity=session)
    model = OpikModel()
    _send(model, [early], _send(model, [late], {}, route), route)

    assert state_but_for_uuids(_at_once([late, early], route)) == state_but_for_uuids(model)


class Sending(RuleBasedStateMachine):
    """Plan, send again, late arrivals, forgetting, a backfill: all spans are there, no row gets poorer."""

    def __init__(self) -> None:
        super().__init__()
        self.model, self.route = OpikModel(), ROUTE
        self.state: dict[str, State] = {}
        self.sent: dict[str, Generation] = {}
        self.forgot = False

    @initialize(days=st.sampled_from([None, 1.25, 400]))
    def backfill(self, days: float | None) -> None:
        """Data of yesterday (some of it in the window) or of last year, to a server that checks ids."""
        if days is not None:
            as_of = EPOCH + timedelta(days=days)
            self.model.now = as_of + timedelta(hours=3)
            self.route = attrs.evolve(ROUTE, config=attrs.evolve(ROUTE.config, as_of=as_of, backfill=True))

    @rule(batch=BATCH)
    def plan_and_send(self, batch: list[Generation]) -> None:
        """New generations, early or late."""
        new = [generation for generation in batch if generation.id not in self.sent]
        self.state = _send(self.model, new, self.state, self.route)
        self.sent |= {generation.id: generation for generation in new}

    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """A retry changes nothing."""
        if self.sent:
            before = _state(self.model)
            again = data.draw(st.lists(st.sampled_from(list(self.sent.values())), max_size=3))
            self.state = _send(self.model, again, self.state, self.route)
            assert before == _state(self.model)

    @rule()
    def forget_rows(self) -> None:
        """The caller bounds the state."""
        self.forgot = True
        self.state = {
            name: state.forget_rows(before=max(one.latest for one in state.traces.values()))
            for name, state in self.state.items()
            if state.traces
        }

    @invariant()
    def every_generation_is_there_once(self) -> None:
        """As one `llm` span."""
        spans = [row for row in self.model.spans() if row["type"] == "llm"]
        assert sorted(self.sent) == sorted(row["metadata"]["openrouter_observation_id"] for row in spans)

    @invariant()
    def every_parent_is_there(self) -> None:
        """Opik shows no span whose parent is not in its trace."""
        assert [] == self.model.orphans

    @invariant()
    def no_winner_is_undefined(self) -> None:
        """Rows of one id differ in their version."""
        assert [] == self.model.undefined

    @invariant()
    def it_is_what_one_batch_would_be(self) -> None:
        """As long as nothing was forgotten."""
        if self.sent and not self.forgot:
            once = _at_once(list(self.sent.values()), self.route)
            assert state_but_for_uuids(once) == state_but_for_uuids(self.model)


TestSending = Sending.TestCase
TestSending.settings = settings(stateful_step_count=25)
