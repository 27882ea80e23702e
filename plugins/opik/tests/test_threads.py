"""Session ids as the ids of threads: what Opik's column of 150 characters holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Generation, Identity, Outcome, Route, Timing, plan
from broadcast_core.destinations import clean, fit_id
from broadcast_core.testing.strategies import texts
from broadcast_opik import destination
from broadcast_opik.endpoints import MAX_THREAD_ID

ROUTE = Route.to(destination, {"base_url": "http://localhost:5173/api"})
START = datetime(2026, 11, 23, 10, tzinfo=UTC)
LONG = "support/" + "x" * 248  # OpenRouter takes 256
CUT = "support/" + "x" * 109 + "-89594f8c9937736142d1f77bca1e63e9"


def _planned(session: str) -> tuple[dict[str, object], dict[str, object], Outcome]:
    generation = Generation(id="gen-1", timing=Timing(start=START), identity=Identity(session_id=session))
    result = plan([generation], ROUTE)
    rows = [json.loads(request.body) for request in result.requests]
    return rows[0]["traces"][0], rows[1]["spans"][0], result.outcomes[0]


def test_a_long_session_id_is_cut_with_a_hash_and_told() -> None:
    """The whole id stays in the metadata of both rows."""
    trace, span, outcome = _planned(LONG)

    assert CUT == trace["thread_id"]
    assert [LONG, LONG] == [row["metadata"]["session_id"] for row in (trace, span)]  # type: ignore[index]
    assert [
        "truncated $.identity.session_id: Opik's thread ids have 150 characters: cut, with a hash of the "
        "whole at its end; the whole is in the metadata as session_id"
    ] == [str(note) for note in outcome.diagnostics]


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600", "\u0301"])
def test_the_limit_is_in_whole_characters(letter: str) -> None:
    """As the database counts; 150 stay as they are."""
    trace, _, outcome = _planned(letter * MAX_THREAD_ID)
    longer, _, _ = _planned(letter * (MAX_THREAD_ID + 1))

    assert letter * MAX_THREAD_ID == trace["thread_id"]
    assert () == outcome.diagnostics
    assert MAX_THREAD_ID == len(str(longer["thread_id"]))


def _thread_id(session: str) -> str | None:
    return fit_id(session, "$", MAX_THREAD_ID, "too long").value


def test_ids_of_any_length_stay_apart() -> None:
    """The hash is of the whole, also where another text of Opik's would have been cut."""
    long = [_thread_id("x" * 20_000 + end) for end in ("a", "b")]

    assert 2 == len(set(long))


def test_no_space_stands_before_the_hash() -> None:
    """Where the cut falls behind a word."""
    cut = _thread_id("word" + " " * 300 + "end")

    assert cut is not None
    assert cut.startswith("word-")
    assert 37 == len(cut)


@given(
    st.lists(
        st.tuples(texts(), st.integers(100, 200), texts()).map(lambda one: one[0] + "x" * one[1] + one[2])
    )
)
def test_ids_that_differ_stay_apart(sessions: list[str]) -> None:
    """Also where they differ behind the cut; every one is a text that the column holds."""
    different = set(sessions)
    cut = {_thread_id(session) for session in sessions}

    assert len(different) == len(cut)
    for one in cut:
        assert one is not None
        assert one.strip() == clean(one)
        assert len(one) <= MAX_THREAD_ID
