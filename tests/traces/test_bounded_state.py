"""The state between chunks stays bounded: less active rows are forgotten first, identities much later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadcast_core import Generation, State, Timing, TraceContext
from broadcast_core.traces import bounded_state
from broadcast_core.traces.bounded_state import BoundedState
from broadcast_core.traces.tree import assemble

START = datetime(2026, 11, 23, 10, tzinfo=UTC)


def generation(name: str, seconds: int = 0) -> Generation:
    """Return a generation of a trace of its own that the caller named."""
    timing = Timing(start=START + timedelta(seconds=seconds))
    return Generation(id=f"gen-{name}", timing=timing, trace=TraceContext(trace_id=name))


def feed(bounded: BoundedState, *some: Generation, size: int = 1) -> None:
    """Complete the traces from the state and replace it, as a plan does; each has some bytes of input."""
    state: State = bounded.state
    trees = {tree.key: state.complete(tree) for tree in assemble(some)}
    bounded.replace(state.updated_with(trees), dict.fromkeys(trees, size))


def rows(bounded: BoundedState) -> list[str]:
    """Return the traces that have a row."""
    return [key for key, trace in bounded.state.traces.items() if trace.summary is not None]


def test_few_rows_stay() -> None:
    """Up to the bound."""
    bounded = BoundedState(max_rows=4)
    feed(bounded, *(generation(f"t{n}", n) for n in range(4)))

    assert ["t0", "t1", "t2", "t3"] == rows(bounded)


def test_the_less_active_half_of_too_many_rows_is_forgotten() -> None:
    """Their identities stay."""
    bounded = BoundedState(max_rows=4)
    feed(bounded, *(generation(f"t{n}", n) for n in range(6)))

    assert ["t3", "t4", "t5"] == rows(bounded)
    assert 6 == len(bounded.state.traces)


def test_rows_of_the_same_time_are_forgotten_too() -> None:
    """However many there are."""
    bounded = BoundedState(max_rows=4)
    feed(bounded, *(generation(f"t{n}") for n in range(6)))

    assert [] == rows(bounded)


def test_rows_of_many_bytes_are_forgotten() -> None:
    """By the size of all records of a trace."""
    bounded = BoundedState(max_bytes=100)
    for n in range(3):
        feed(bounded, generation(f"t{n}", n), size=40)

    assert ["t1", "t2"] == rows(bounded)


def test_the_records_of_one_trace_add_up() -> None:
    """Each may bring spans and keys of its own; beyond the bound they are forgotten, and stay so."""
    bounded = BoundedState(max_bytes=100)
    stages = []
    for n in range(4):
        feed(bounded, generation("one", n), size=40)
        stages.append(rows(bounded))

    assert [["one"], ["one"], [], []] == stages


def test_a_trace_that_alone_is_too_large_is_forgotten() -> None:
    """Also when it was active last."""
    bounded = BoundedState(max_bytes=100)
    feed(bounded, generation("small", 0), size=40)
    feed(bounded, generation("large", 1), size=101)

    assert [] == rows(bounded)


def test_identities_are_forgotten_at_last() -> None:
    """The less active half of them."""
    bounded = BoundedState(max_rows=2, max_identities=10)
    for n in range(11):
        feed(bounded, generation(f"t{n}", n))

    assert [f"t{n}" for n in range(5, 11)] == list(bounded.state.traces)


def test_at_the_end_a_trace_counts_with_its_saved_text() -> None:
    """A row is written longer, or shorter, than the input that it was made of."""
    short, long = BoundedState(max_bytes=1000), BoundedState(max_bytes=1000)
    feed(short, generation("t0"), generation("t1", 1), size=1)
    feed(long, generation("t0"), size=900)
    feed(short, generation("t2", 2), size=1)
    before = rows(short)
    for one in (short, long):
        one.measure()
    feed(long, generation("t1", 1), size=100)

    assert (["t0", "t1", "t2"], ["t2"]) == (before, rows(short))
    assert ["t0", "t1"] == rows(long)


def test_an_unchanged_trace_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is loaded; at the end only what has changed since."""
    first, measured = BoundedState(), []
    feed(first, generation("t0"), generation("t1", 1))
    state = first.measure()
    monkeypatch.setattr(bounded_state, "_saved_size", lambda _state, key: measured.append(key) or 1)
    second = BoundedState(state)
    feed(second, generation("t1", 2), generation("t2", 3))
    second.measure()
    second.measure()

    assert ["t0", "t1", "t1", "t2"] == [*measured[:2], *sorted(measured[2:])]
