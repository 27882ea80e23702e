"""What a service and its worker say to each other, and what the service makes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.sending.queue.counters import Report, RouteCounters, Totals
from broadcast_core.sending.queue.frames import Frame, frames_of, line_of, messages_of, written

_NUMBERS = st.integers(0, 2**40)
_FRAMES = st.builds(Frame, st.sampled_from(["document", "end"]), _NUMBERS, st.binary(max_size=40))
_COUNTS = st.dictionaries(st.sampled_from(["planned", "delivered", "waiting", "skipped"]), _NUMBERS)
_REPORTS = st.builds(
    Report,
    confirmed=_NUMBERS,
    unplanned=_NUMBERS,
    routes=st.dictionaries(st.text(max_size=3), _COUNTS, max_size=2),
    trouble=st.dictionaries(st.text(max_size=3), st.text(max_size=5), max_size=2),
    path=st.none() | st.text(max_size=5),
)


@given(frames=st.lists(_FRAMES, max_size=5), lost=st.integers(0, 30))
def test_frames_are_read_as_they_were_written(frames: list[Frame], lost: int) -> None:
    """Up to the last whole one, where the service ended in the middle."""
    text = b"".join(map(written, frames))
    cut = BytesIO(text[: max(0, len(text) - lost)])

    found = list(frames_of(cut.read))

    assert frames[: len(found)] == found
    assert len(found) == len(frames) or lost


@given(messages=st.lists(_REPORTS | st.text(max_size=9), max_size=4), chunk=st.integers(1, 50))
def test_messages_are_read_as_they_were_written(messages: list[Any], chunk: int) -> None:
    """In chunks of any size."""
    stream = BytesIO(b"".join(map(line_of, messages)))

    assert messages == list(messages_of(lambda _size: stream.read(chunk)))


@st.composite
def _lives(draw: st.DrawFn) -> list[list[tuple[int, int]]]:
    """Draw workers one after the other, each with how many more it planned and delivered by each report."""
    return draw(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1), max_size=4))


def _report(planned: int, delivered: int, path: str | None) -> Report:
    counts = {"planned": planned, "delivered": delivered, "waiting": planned - delivered}
    return Report(routes={"lines": counts}, path=path)


@given(lives=_lives())
def test_counts_add_up_whatever_workers_end(lives: list[list[tuple[int, int]]]) -> None:
    """Those that keep in memory lose what waits; the last is at work."""
    totals, planned_by_all, delivered_by_all = Totals(), 0, 0
    for n, life in enumerate(lives):
        planned = delivered = 0
        for more, done in life:
            planned += more
            delivered = min(planned, delivered + done)
            totals.take(_report(planned, delivered, None))
        planned_by_all, delivered_by_all = planned_by_all + planned, delivered_by_all + delivered
        if n < len(lives) - 1:
            totals.ended()
    found = totals.counters().routes.get("lines", RouteCounters())

    assert (planned_by_all, delivered_by_all) == (found.planned, found.delivered)
    assert found.planned == found.delivered + found.waiting + found.lost


@given(lives=_lives(), before=st.tuples(st.integers(0, 9), st.integers(0, 9)))
def test_of_a_file_what_was_there_before_is_found(
    lives: list[list[tuple[int, int]]], before: tuple[int, int]
) -> None:
    """Its counts go on from worker to worker, and only those of this process are told."""
    planned, waiting = before[0] + before[1], before[1]
    totals, delivered = Totals(), planned - waiting
    totals.take(_report(planned, delivered, "file"))
    for life in lives:
        for more, done in life:
            planned += more
            delivered = min(planned, delivered + done)
            totals.take(_report(planned, delivered, "file"))
        totals.ended()
    found = totals.counters().routes["lines"]

    assert (waiting, 0) == (found.found, found.lost)
    assert planned - sum(before) == found.planned
    assert found.found + found.planned == found.delivered + found.waiting


def test_the_counts_of_a_queue_are_those_that_add_up() -> None:
    """Sums of all routes are there by name."""
    totals = Totals()
    one = {"planned": 3, "delivered": 1, "refused": 1, "waiting": 1, "skipped": 2, "no such": 5}
    totals.take(evolve(Report(), routes={"a": one, "b": {"delivered": 2, "planned": 2}, "": {"x": 1}}))

    found = totals.counters()

    assert ["a", "b"] == list(found.routes)
    assert (3, 1, 0, 1, 2, 0) == (
        found.delivered,
        found.refused,
        found.undelivered,
        found.waiting,
        found.skipped,
        found.rejected,
    )


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    """Neither HTTP nor SQLite, nor what starts processes."""
    names = ("httpx2", "sqlite3", "multiprocessing", "asyncio", "broadcast_core.sending.queue")
    code = f"""
import json, sys, broadcast_core.sending as sending
print(json.dumps([name for name in {names} if name in sys.modules]))
assert sending.DeliveryQueue.__name__ == "DeliveryQueue"
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert [] == json.loads(done.stdout)
