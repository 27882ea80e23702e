"""Trace trees merge by an associative, commutative, idempotent operation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Content, Failure, Generation, Timing, TraceContext, TraceTree
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_core.tree import assemble, tree_of

_IDS = st.sampled_from(["gen-1", "gen-2", "gen-3"])
SAME_TRACE = st.one_of(
    generations(ids=_IDS, trace_ids=st.just("ticket")),
    generations(ids=_IDS, trace_ids=st.just("ticket"), days=0),  # all at once, so that everything ties
)


def _merged(generations: list[Generation]) -> TraceTree:
    (tree,) = assemble(generations)
    return tree


@given(SAME_TRACE, SAME_TRACE)
def test_merging_is_commutative(one: Generation, other: Generation) -> None:
    """Who came first does not matter."""
    assert tree_of(one).merge(tree_of(other)) == tree_of(other).merge(tree_of(one))


@given(SAME_TRACE, SAME_TRACE, SAME_TRACE)
def test_merging_is_associative(one: Generation, two: Generation, three: Generation) -> None:
    """Nor how they were grouped."""
    a, b, c = tree_of(one), tree_of(two), tree_of(three)

    assert a.merge(b).merge(c) == a.merge(b.merge(c))


@given(st.lists(SAME_TRACE, min_size=1, max_size=4))
def test_merging_is_idempotent(generations: list[Generation]) -> None:
    """Nor what was sent again."""
    tree = _merged(generations)

    assert tree == tree.merge(tree) == _merged(generations + generations)


@given(st.lists(SAME_TRACE, min_size=2, max_size=4), st.data())
def test_the_version_of_a_row_grows_with_every_generation(
    generations: list[Generation], data: st.DataObject
) -> None:
    """So that the server keeps the fuller row, and never by more than microseconds."""
    some = data.draw(st.lists(st.sampled_from(generations), min_size=1, unique_by=lambda g: g.id))
    part, whole = _merged(some).summary, _merged(generations).summary
    assert part is not None
    assert whole is not None

    assert part.updated_at <= whole.updated_at
    if part.generation_ids < whole.generation_ids:
        assert part.updated_at < whole.updated_at
    assert whole.updated_at - whole.latest <= timedelta(microseconds=len(generations))


def _generation(number: int, start: float, end: float | None, **fields: object) -> Generation:
    trace = TraceContext(trace_id="ticket", **fields.pop("trace", {}))  # type: ignore[arg-type]
    at = [None if seconds is None else EPOCH + timedelta(seconds=seconds) for seconds in (start, end)]
    return Generation(id=f"gen-{number}", timing=Timing(start=at[0], end=at[1]), trace=trace, **fields)  # type: ignore[arg-type]


def test_a_trace_says_what_its_first_and_last_generation_say() -> None:
    """Name and input from the earliest that has one, output from the latest-ending, metadata by key."""
    first = _generation(
        1, 0, 9, content=Content(input="asked", output="late"), trace={"metadata": {"step": 1, "a": 1}}
    )
    second = _generation(
        2,
        1,
        5,
        content=Content(input="x", output="early"),
        trace={"trace_name": "T", "metadata": {"step": 2}},
    )

    summary = _merged([second, first]).summary
    assert summary is not None

    assert (EPOCH, EPOCH + timedelta(seconds=9)) == (summary.start, summary.end)
    assert tuple(pick.value for pick in (summary.name, summary.input, summary.output) if pick) == (
        "T",
        "asked",
        "late",
    )
    assert {"a": 1, "step": 1} == summary.custom


def test_a_trace_failed_when_its_last_generation_failed() -> None:
    """A retry that worked clears the error; a first try that worked does not."""
    failed, worked = _generation(1, 0, 1, failure=Failure(message="no")), _generation(2, 2, 3)
    later = _generation(3, 4, 5, failure=Failure(message="again"))

    assert _merged([failed, worked]).summary.failure is None  # type: ignore[union-attr]
    assert _merged([later, failed, worked]).summary.failure == Failure(message="again")  # type: ignore[union-attr]


def test_generations_without_a_trace_id_are_traces_of_their_own() -> None:
    """Keyed by the generation id."""
    trees = assemble([Generation(id=name, timing=Timing(start=EPOCH)) for name in ("gen-1", "gen-2")])

    assert [tree.key for tree in trees] == ["gen-1", "gen-2"]


def test_a_span_name_adds_one_span_for_all_that_have_it() -> None:
    """And none where it is absent or blank."""
    named = [_generation(n, n, n + 1, trace={"span_name": "Draft"}) for n in (1, 2)]
    blank = _generation(3, 3, 4, trace={"span_name": " "})

    tree = _merged([*named, blank])

    assert [("Draft", None)] == list(tree.spans)
    assert {"gen-1", "gen-2"} == tree.spans["Draft", None].generation_ids


def test_trees_of_two_traces_do_not_merge() -> None:
    """That would lose one of them."""
    trees = [tree_of(Generation(id=name, timing=Timing(start=EPOCH))) for name in ("gen-1", "gen-2")]

    with pytest.raises(ValueError, match="trees of two traces"):
        trees[0].merge(trees[1])
