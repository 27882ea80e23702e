"""The state between chunks stays bounded: the quiet half of the rows goes first, identities much later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadcast_core import Generation, State, Timing, TraceContext
from broadcast_core.cli.files import bounded_state
from broadcast_core.cli.files.bounded_state import BoundedState
from broadcast_core.traces.tree import assemble

START = datetime(2026, 11, 23, 10, tzinfo=UTC)


def generation(name: str, seconds: int = 0) -> Generation:
    """Return a generation of a trace of its own that the caller named."""
    timing = Timing(start=START + timedelta(seconds=seconds))
    return Generation(id=f"gen-{name}", timing=timing, trace=TraceContext(trace_id=name))


def feed(remembered: BoundedState, *some: Generation, size: int = 1) -> None:
    """Do as a plan does: recall, remember, and hand over the state."""
    state: State = remembered.state
    trees = {tree.key: state.complete(tree) for tree in assemble(some)}
    remembered.replace(state.updated_with(trees), [(one, size) for one in some])


def rows(remembered: BoundedState) -> list[str]:
    """Return the traces that have a row."""
    return [key for key, trace in remembered.state.traces.items() if trace.summary is not None]


def test_few_rows_stay() -> None:
    """Up to the bound."""
    remembered = BoundedState(most_rows=4)
    feed(remembered, *(generation(f"t{n}", n) for n in range(4)))

    assert ["t0", "t1", "t2", "t3"] == rows(remembered)


def test_the_quiet_half_of_too_many_rows_is_forgotten() -> None:
    """Their identities stay."""
    remembered = BoundedState(most_rows=4)
    feed(remembered, *(generation(f"t{n}", n) for n in range(6)))

    assert ["t3", "t4", "t5"] == rows(remembered)
    assert 6 == len(remembered.state.traces)


def test_rows_of_the_same_time_are_forgotten_too() -> None:
    """However many there are."""
    remembered = BoundedState(most_rows=4)
    feed(remembered, *(generation(f"t{n}") for n in range(6)))

    assert [] == rows(remembered)


def test_rows_of_many_bytes_are_forgotten() -> None:
    """By the size of all records of a trace."""
    remembered = BoundedState(most_bytes=100)
    for n in range(3):
        feed(remembered, generation(f"t{n}", n), size=40)

    assert ["t1", "t2"] == rows(remembered)


def test_the_records_of_one_trace_add_up() -> None:
    """Each may bring spans and keys of its own; beyond the bound they are forgotten, and stay so."""
    remembered = BoundedState(most_bytes=100)
    kept = []
    for n in range(4):
        feed(remembered, generation("one", n), size=40)
        kept.append(rows(remembered))

    assert [["one"], ["one"], [], []] == kept


def test_a_trace_that_alone_is_too_large_is_forgotten() -> None:
    """Also when it was heard of last."""
    remembered = BoundedState(most_bytes=100)
    feed(remembered, generation("small", 0), size=40)
    feed(remembered, generation("large", 1), size=101)

    assert [] == rows(remembered)


def test_identities_are_forgotten_at_last() -> None:
    """The quiet half of them."""
    remembered = BoundedState(most_rows=2, most_identities=10)
    for n in range(11):
        feed(remembered, generation(f"t{n}", n))

    assert [f"t{n}" for n in range(5, 11)] == list(remembered.state.traces)


def test_at_the_end_a_trace_counts_with_its_stored_text() -> None:
    """A row is written longer, or shorter, than the input that it was made of."""
    short, long = BoundedState(most_bytes=1000), BoundedState(most_bytes=1000)
    feed(short, generation("t0"), generation("t1", 1), size=1)
    feed(long, generation("t0"), size=900)
    feed(short, generation("t2", 2), size=1)
    before = rows(short)
    for one in (short, long):
        one.stored()
    feed(long, generation("t1", 1), size=100)

    assert (["t0", "t1", "t2"], ["t2"]) == (before, rows(short))
    assert ["t0", "t1"] == rows(long)


def test_what_has_not_grown_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is taken over; at the end only what has grown since."""
    first, measured = BoundedState(), []
    feed(first, generation("t0"), generation("t1", 1))
    state = first.stored()
    monkeypatch.setattr(bounded_state, "_stored", lambda _state, key: measured.append(key) or 1)
    second = BoundedState(state)
    feed(second, generation("t1", 2), generation("t2", 3))
    second.stored()
    second.stored()

    assert ["t0", "t1", "t1", "t2"] == [*measured[:2], *sorted(measured[2:])]


def test_generations_without_a_trace_id_are_not_remembered() -> None:
    """Each is a trace of its own, and complete."""
    remembered = BoundedState()
    alone = Generation(id="gen-1", timing=Timing(start=START))
    remembered.replace(State(), [(alone, 1)])

    assert {} == dict(remembered.state.traces)
