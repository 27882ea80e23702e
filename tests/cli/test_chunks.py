"""Chunks are bounded, every generation comes back with its own outcomes, and state is passed on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Generation, Policy, Route, Timing, TraceContext
from broadcast_core.cli import chunks
from broadcast_core.cli.chunks import ChunkPlanner, split_into_chunks
from broadcast_core.cli.input import LocatedGeneration
from broadcast_core.cli.location import SourceLocation
from broadcast_core.cli.routes import SelectedRoutes
from tests.fake import Lines

START = datetime(2026, 11, 23, 10, tzinfo=UTC)


def located(
    name: str, *, line: int = 1, size: int = 1, trace: str | None = None, model: str | None = "m"
) -> LocatedGeneration:
    """Return a generation that was read from a line; without a model the destination rejects it."""
    context = TraceContext(trace_id=trace)
    generation = Generation(id=name, timing=Timing(start=START), model=model, trace=context)
    return LocatedGeneration(location=SourceLocation("a", line), generation=generation, size=size)


@given(st.lists(st.integers(0, 7), max_size=30))
def test_chunks_lose_nothing_and_are_no_larger_than_they_need_be(sizes: list[int]) -> None:
    """Each is full at its last generation and not before; only the last may hold less."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "CHUNK_GENERATIONS", 4)
        patch.setattr(chunks, "CHUNK_BYTES", 10)
        every = [located(f"gen-{n}", size=size) for n, size in enumerate(sizes)]
        split = list(split_into_chunks(every))

    assert every == [one for chunk in split for one in chunk]
    assert all(0 < len(chunk) <= 4 for chunk in split)
    assert all(sum(one.size for one in chunk[:-1]) < 10 for chunk in split)
    assert all(len(chunk) == 4 or sum(one.size for one in chunk) >= 10 for chunk in split[:-1])


def test_a_chunk_is_there_as_soon_as_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when the next generation has been read: a pipe may be silent for long."""
    monkeypatch.setattr(chunks, "CHUNK_GENERATIONS", 2)
    taken: list[int] = []

    def reading() -> Iterator[LocatedGeneration]:
        for n in range(4):
            taken.append(n)
            yield located(f"gen-{n}")

    next(split_into_chunks(reading()))

    assert [0, 1] == taken


def test_each_generation_has_an_outcome_on_every_route() -> None:
    """Its own, also when its id is there twice; in the order of the routes."""
    off = Policy(enabled=False)
    routes = (
        Route.to(Lines(), name="z"),
        Route.to(Lines(), name="a", policy=off),
        Route.to(Lines(), name="m"),
    )
    chunk = [located("gen-1"), located("gen-2", line=2, model=None), located("gen-1", line=3)]
    planned = ChunkPlanner(SelectedRoutes(routes=routes), {}).plan(chunk)

    assert chunk == [one for one, _ in planned.outcomes]
    assert [
        [("gen-1", "z", "planned"), ("gen-1", "a", "skipped"), ("gen-1", "m", "planned")],
        [("gen-2", "z", "rejected"), ("gen-2", "a", "skipped"), ("gen-2", "m", "rejected")],
        [("gen-1", "z", "planned"), ("gen-1", "a", "skipped"), ("gen-1", "m", "planned")],
    ] == [[(one.generation, one.route, one.status) for one in outcomes] for _, outcomes in planned.outcomes]


def test_the_input_of_a_trace_adds_up() -> None:
    """By trace, of all its generations; one without a trace id is complete, and needs no state."""
    chunk = [
        *(located("gen-1", size=2, trace="t"), located("gen-2", size=3, trace="t")),
        *(located("gen-3", size=5, trace="u"), located("gen-4", size=7)),
    ]

    assert {"t": 5, "u": 5} == dict(chunks._size_by_trace(chunk))


def test_state_of_other_routes_is_returned_unchanged() -> None:
    """That of the selected routes grows."""
    planner = ChunkPlanner(SelectedRoutes(routes=(Route.to(Lines(), name="a"),)), {})
    planner.plan([located("gen-1", trace="t")])
    first = planner.final_state()
    other = ChunkPlanner(SelectedRoutes(routes=(Route.to(Lines(), name="b"),)), first)
    other.plan([located("gen-2", trace="u")])

    assert {"a": ["t"], "b": ["u"]} == {name: list(one.traces) for name, one in other.final_state().items()}
    assert first["a"] is other.final_state()["a"]
