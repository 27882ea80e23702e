"""Late generations complete a trace and never leave it poorer."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Content, Generation, State, Timing, TraceContext, TraceTree
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_core.traces.keys import span_key_of, trace_key
from broadcast_core.traces.state import by_route
from broadcast_core.traces.summary import Summary
from broadcast_core.traces.tree import assemble

ONE_TRACE = generations(
    ids=st.sampled_from(["gen-1", "gen-2", "gen-3", "gen-4"]), trace_ids=st.sampled_from(["a", "b"])
).map(lambda one: evolve(one, trace=evolve(one.trace, parent_span_id=None)))


def _recalled(state: State, batch: Sequence[Generation]) -> tuple[State, dict[str, TraceTree]]:
    trees = {tree.key: state.complete(tree) for tree in assemble(batch)}
    return state.updated_with(trees), trees


def _in_their_places(batch: list[Generation]) -> list[Generation]:
    """Return the generations whose id stands under one trace and one named span."""
    places: dict[str, object] = {}
    return [
        one
        for one in batch
        if places.setdefault(one.id, (trace_key(one), span_key_of(one))) == (trace_key(one), span_key_of(one))
    ]


@given(st.lists(ONE_TRACE, min_size=1, max_size=6).map(_in_their_places), st.data())
def test_any_partition_ends_in_the_same_rows(batch: list[Generation], data: st.DataObject) -> None:
    """With the state carried, as if all had come at once."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(batch)), max_size=3)))
    state = State()
    rows: dict[str, Summary | None] = {}
    spans: dict[object, Summary] = {}
    for start, end in zip([0, *cuts], [*cuts, len(batch)], strict=True):
        state, trees = _recalled(state, batch[start:end])
        rows |= {key: tree.summary for key, tree in trees.items()}
        spans |= {(key, span): summary for key, tree in trees.items() for span, summary in tree.spans.items()}
    whole = {tree.key: tree for tree in assemble(batch)}

    assert {key: tree.summary for key, tree in whole.items()} == rows
    assert {(key, s): one for key, tree in whole.items() for s, one in tree.spans.items()} == spans


def _step(number: int, span_name: str = "Draft", **content: object) -> Generation:
    start = EPOCH + timedelta(minutes=number)
    return Generation(
        id=f"gen-{number}",
        timing=Timing(start=start, end=start + timedelta(seconds=1)),
        trace=TraceContext(trace_id="ticket", span_name=span_name),
        content=Content(**content),
    )


def test_the_identity_of_a_trace_is_that_of_its_first_plan() -> None:
    """An earlier generation that comes late does not move it."""
    state, _ = _recalled(State(), [_step(5)])
    _, trees = _recalled(state, [_step(1)])

    assert _step(5).timing.start == trees["ticket"].anchor
    assert _step(1).timing.start == trees["ticket"].summary.start  # type: ignore[union-attr]


def test_a_forgotten_row_is_not_sent_again_poorer() -> None:
    """Its late spans go without it, under the same identity."""
    state, _ = _recalled(State(), [_step(1, input="asked")])
    state = state.forget_rows(before=EPOCH + timedelta(hours=1))
    state, trees = _recalled(state, [_step(2)])

    assert trees["ticket"].summary is None
    assert {} == trees["ticket"].spans
    assert ["gen-2"] == list(trees["ticket"].generations)
    assert _step(1).timing.start == trees["ticket"].anchor == state.traces["ticket"].origin.time
    assert trees["ticket"].is_known


def test_named_spans_are_remembered_while_others_are_spoken_of() -> None:
    """Each is completed by what it was before, not by what was said last."""
    state, _ = _recalled(State(), [_step(1, "Draft", input="asked")])
    state, _ = _recalled(state, [_step(2, "Check", input="other")])
    state, trees = _recalled(state, [_step(3, "Draft")])
    draft = trees["ticket"].spans["Draft", None]

    assert ({"gen-1", "gen-3"}, "asked") == (draft.generation_ids, draft.input and draft.input.value)
    assert _step(1).timing.start == draft.start
    assert {("Draft", None), ("Check", None)} == state.traces["ticket"].spans.keys()
    assert [("Draft", None)] == list(trees["ticket"].spans)


def test_a_named_span_that_is_new_to_a_forgotten_trace_has_its_row() -> None:
    """Else what hangs under it would hang under nothing; it is remembered and forgotten as others are."""
    state, _ = _recalled(State(), [_step(1)])
    state = state.forget_rows(before=EPOCH + timedelta(hours=1))
    state, trees = _recalled(state, [_step(2), _step(3, "Check")])
    assert [("Check", None)] == list(trees["ticket"].spans)
    assert state.traces["ticket"].has_rows

    state, trees = _recalled(state, [_step(4, "Check")])
    assert {"gen-3", "gen-4"} == trees["ticket"].spans["Check", None].generation_ids

    state = state.forget_rows(before=EPOCH + timedelta(hours=1))
    assert not state.traces["ticket"].has_rows
    assert {} == _recalled(state, [_step(5, "Check")])[1]["ticket"].spans


def test_forgetting_keeps_traces_that_are_still_busy() -> None:
    """Bounded by the last generation, not by the first."""
    state, _ = _recalled(State(), [_step(1), _step(90)])

    assert state == state.forget_rows(before=EPOCH + timedelta(hours=1))


def test_identities_can_be_forgotten_too() -> None:
    """When a caller must bound even those."""
    state, _ = _recalled(State(), [_step(1)])

    assert State() == state.forget_identities(before=EPOCH + timedelta(hours=1))


def test_state_is_plain_data() -> None:
    """It is stored between two runs."""
    state, _ = _recalled(State(), [_step(1, input={"messages": []})])

    assert state == pickle.loads(pickle.dumps(state))


def test_versions_in_a_blank_span_and_in_none_are_in_one_place() -> None:
    """Both hang under the trace, whatever came at once."""
    early = _step(1, "")
    late = evolve(_step(2, " "), id="gen-1", trace=TraceContext(trace_id="ticket"))
    _, first = _recalled(State(), [early, late])
    state, _ = _recalled(State(), [early])
    _, second = _recalled(state, [late])

    assert first["ticket"].summary == second["ticket"].summary


def test_what_is_heard_of_late_does_not_make_a_trace_older() -> None:
    """A state is bounded by the latest that was heard of a trace, to the moment."""
    state, _ = _recalled(State(), [_step(90)])
    state, _ = _recalled(state, [_step(1)])
    latest = _step(90).timing.end
    assert latest is not None

    assert latest == state.traces["ticket"].latest
    assert state == state.forget_rows(before=latest) == state.forget_identities(before=latest)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            State(),
            "expected the state of the plan before, got a State: give its `state`, which is a mapping by "
            "route name; `load_state` returns one too",
        ),
        ({"opik": 5}, "expected a State for each route name, got a int"),
    ],
    ids=["one state", "another value"],
)
def test_what_is_no_state_of_a_plan_is_told(given: Any, expected: str) -> None:
    """In words that say what to give."""
    with pytest.raises(TypeError) as caught:
        by_route(given)

    assert expected == str(caught.value)
