"""The row of a trace of one generation: what is looked up in it is what a summary would hold."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest
from hypothesis import given

from broadcast_core import Content, Generation, Timing, TraceContext
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_core.traces.summary import Summary, SummaryOfOne, summary_of
from broadcast_core.traces.tree import tree_of

READ = ("updated_at", "first_token_ms", "failure", "content", "custom")


@given(generation=generations())
def test_the_row_of_one_says_what_a_summary_says(generation: Generation) -> None:
    """Each field, each property, each text and each side of its content."""
    one, whole = SummaryOfOne(generation), summary_of(generation)
    for name in (*(field.name for field in attrs.fields(Summary)), *READ):
        assert getattr(whole, name) == getattr(one, name), name
        assert repr(getattr(whole, name)) == repr(getattr(one, name)), name
    for name in ("name", "user_id", "session_id"):
        assert whole.text(name) == one.text(name)
    for side in ("input", "output"):
        (mine, its) = (one.side(side), whole.side(side))
        assert (mine and mine.text) == (its and its.text)


@given(generation=generations(), other=generations())
def test_the_row_of_one_merges_as_a_summary_does(generation: Generation, other: Generation) -> None:
    """On either side, and it equals what it stands for."""
    one, whole, beside = SummaryOfOne(generation), summary_of(generation), summary_of(other)

    assert one == whole
    assert whole == one
    assert repr(whole) == repr(one)
    assert whole.merge(beside) == one.merge(beside)
    assert beside.merge(whole) == beside.merge(one)
    assert (one == beside) is (whole == beside)
    assert one != "a row"
    assert whole == pickle.loads(pickle.dumps(one)) == copy.copy(one)
    with pytest.raises(TypeError):
        hash(one)


def test_a_text_goes_with_its_own_value() -> None:
    """And not with another that has been put in its place."""
    summary = summary_of(Generation(id="gen-1", timing=Timing(start=EPOCH), content=Content(input="asked")))
    assert summary.input is not None
    held = attrs.evolve(summary, input=attrs.evolve(summary.input, value="held back"))
    sides = [one.side("input") for one in (summary, held)]

    assert [b'"asked"', b'"held back"'] == [one.text for one in sides if one is not None]
    assert ("held back", None) == held.content


def test_only_a_trace_that_is_its_generations_alone_has_such_a_row() -> None:
    """One with an id of the caller's is remembered, and merged."""
    alone = Generation(id="gen-1", timing=Timing(start=EPOCH), content=Content(input="asked"))
    named = attrs.evolve(alone, trace=TraceContext(trace_id="t"))
    kinds: list[Any] = [type(tree_of(one).summary) for one in (alone, named)]

    assert [SummaryOfOne, Summary] == kinds
