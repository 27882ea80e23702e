"""A queue whose surroundings misbehave: it goes on, and what went wrong is counted or told."""

from __future__ import annotations

import logging
import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from broadcast_core import Route
from broadcast_core.errors import ArgumentError
from broadcast_core.sending.queue import DeliveryQueue, mover
from broadcast_core.sending.queue.offers import Offers
from broadcast_core.sending.spool import engine, planner_loop
from tests.sending.queue.deadly import Endless
from tests.sending.queue.lines import LIMITS, Lines, eventually, generation, is_alive, served, worker_of


@pytest.fixture
def server() -> Iterator[Lines]:
    """A server that takes lines."""
    with served() as lines:
        yield lines


@pytest.mark.parametrize("plan_in", ["process", "thread"])
def test_a_folder_that_is_away_for_a_moment_stops_nothing(
    plan_in: Any, server: Lines, tmp_path: Path
) -> None:
    """What is offered afterwards is confirmed, beyond what is with the worker at once."""
    folder = tmp_path / "folder"
    folder.mkdir()
    queue = server.queue(spool=folder / "spool.sqlite", plan_in=plan_in)
    queue.offer(generation("first"))
    eventually(lambda: queue.counters.delivered == 1)
    folder.rename(tmp_path / "away")
    queue.offer(generation("meanwhile"))
    eventually(lambda: len(server.ids) == 2)
    (tmp_path / "away").rename(folder)
    for n in range(2 * mover.AHEAD):
        queue.offer(generation(n))
    eventually(lambda: queue.counters.pending == 0)
    found = queue.close(10)

    assert (514, 514, 514) == (found.accepted, found.delivered, len(set(server.ids)))


def test_what_no_spool_has_space_for_is_refused_and_what_follows_goes_on(server: Lines) -> None:
    """It would be tried for ever."""
    queue = server.queue(max_spool_bytes=4 * 2**20, plan_in="thread")
    for n, text in enumerate(["x" * 2**20, "漢" * 2**19, "small"]):
        queue.offer(generation(n, text))
    eventually(lambda: queue.counters.delivered == 1)
    found = queue.close(10)

    assert (["gen-2"], 2, 1, 0) == (server.ids, found.wrong, found.accepted, found.pending)


def test_a_byte_more_than_there_is_space_for_finds_the_queue_full() -> None:
    """And is counted; one that fits is taken."""
    offers = Offers(10, 100)

    assert [True, False, True, False] == [offers.take(bytes(size)) for size in (60, 41, 40, 1)]
    assert (2, 2) == (offers.full, offers.items)


def test_queues_of_one_pattern_and_number_have_files_of_their_own(server: Lines, tmp_path: Path) -> None:
    """As of two containers on one volume, where both are process 1; what is left is taken over."""
    queues = [server.queue(spool=tmp_path / "s-{pid}.sqlite", plan_in="thread") for _ in range(3)]
    for n, queue in enumerate(queues):
        queue.offer(generation(n))
        eventually(lambda queue=queue: queue.counters.delivered == 1)  # type: ignore[misc]
    names = [f"s-{os.getpid()}{more}.sqlite" for more in ("", "-1", "-2")]

    assert sorted(names) == sorted(one.name for one in tmp_path.glob("*.sqlite"))
    server.status = 503
    queues[2].offer(generation("left"))
    eventually(lambda: queues[2].counters.waiting == 1)
    for queue in queues:
        queue.close(0.1)
    eventually(lambda: not [one for one in threading.enumerate() if one.name == "broadcast-store"])
    server.status = 200
    with server.queue(spool=tmp_path / "s-{pid}.sqlite", plan_in="thread") as first:
        first.offer(generation("a"))
        eventually(lambda: "gen-a" in server.ids)
        with server.queue(spool=tmp_path / "s-{pid}.sqlite", plan_in="thread") as second:
            second.offer(generation("b"))
            eventually(lambda: "gen-b" in server.ids)
            with server.queue(spool=tmp_path / "s-{pid}.sqlite", plan_in="thread") as third:
                third.offer(generation("c"))
                eventually(lambda: "gen-left" in server.ids)


def test_a_worker_imports_nothing_of_the_directory_it_is_started_in(server: Lines, tmp_path: Path) -> None:
    """Where a file has the name of a module; the program itself was started elsewhere."""
    for name in ("pickle.py", "types.py"):
        (tmp_path / name).write_text("raise SystemExit(1)\n")
    program = f"""
import sys; sys.path[:] = {[one for one in sys.path if one]!r}
from tests.sending.queue.lines import *
from broadcast_core.plugins import destination
route = Route.to(destination("ndjson"), {{"url": {server.url!r}}}, name="lines")
queue = DeliveryQueue([route], limits=LIMITS, deadline=10)
queue.offer(generation("a"))
queue.close()
"""
    subprocess.run([sys.executable, "-P", "-c", program], cwd=tmp_path, check=True, timeout=60)

    assert ["gen-a"] == server.ids


def test_a_worker_that_never_begins_is_told_and_so_is_what_was_not_sent(
    server: Lines, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each once, though it is started again and again."""
    monkeypatch.setattr("broadcast_core.sending.queue.worker._BEGIN", "raise SystemExit(1)")
    queue = server.queue()
    queue.offer(generation("a"))
    eventually(lambda: queue.counters.restarts >= 2)
    found = queue.close(0.2)

    assert (1, 1) == (found.pending, caplog.text.count("the worker ends before it begins"))
    assert "of what was offered, 1 were not sent at the end" in caplog.text


def test_planning_that_does_not_end_ends_its_worker_and_then_only_itself(
    server: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next worker plans in a process of its own, and what is to blame becomes a dead letter."""
    monkeypatch.setenv("PLANNING_SECONDS", "0.3")
    route = Route.to(Endless(), {"url": server.url}, name="lines")
    queue = DeliveryQueue([route], spool=tmp_path / "spool", limits=LIMITS)
    queue.offer(generation("endless"))
    queue.offer(generation("next"))
    eventually(lambda: queue.counters.unread == 1 and queue.counters.delivered == 1, seconds=40)
    found = queue.close(10)

    assert (["gen-next"], 1) == (server.ids, found.restarts)


def test_a_thread_of_the_service_that_plans_for_minutes_is_told(
    server: Lines, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody can end it; the service goes on."""
    monkeypatch.setattr(planner_loop, "LONGEST_PLAN", timedelta(seconds=0.1))
    monkeypatch.setattr(engine, "_LOOK", 0.05)
    route = Route.to(Endless(), {"url": server.url}, name="lines")
    queue = DeliveryQueue([route], plan_in="thread", limits=LIMITS)
    queue.offer(generation("endless"))
    eventually(lambda: "planning one group takes minutes" in caplog.text)
    Endless.free.set()
    queue.close(5)


def test_a_log_that_raises_does_not_end_the_queue(server: Lines) -> None:
    """What is offered after a line for it is sent."""

    class Raising(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            raise OSError("no space left")

    handler = Raising()
    logging.getLogger("broadcast_core.queue").addHandler(handler)
    try:
        queue = server.queue(plan_in="thread")
        queue.offer(generation("a"))
        queue.offer(None)  # type: ignore[arg-type]
        eventually(lambda: queue._mover._reporting._last is not None)
        queue.offer(generation("b"))
        found = queue.close(10)
    finally:
        logging.getLogger("broadcast_core.queue").removeHandler(handler)

    assert (["gen-a", "gen-b"], 1, 2) == (server.ids, found.wrong, found.delivered)


@pytest.mark.parametrize("seconds", [math.inf, 10.0**300, math.nan])
def test_a_deadline_without_an_end_is_one(server: Lines, seconds: float) -> None:
    """Only `close` takes it; a queue has an end from the beginning."""
    queue = server.queue()
    queue.offer(generation("a"))

    assert 1 == queue.close(seconds).delivered
    if not seconds < math.inf:
        with pytest.raises(ArgumentError, match="deadline: expected a number above zero"):
            server.queue(deadline=seconds)


def test_a_closed_queue_leaves_no_thread(server: Lines) -> None:
    """However many there were."""
    before = set(threading.enumerate())
    for n in range(3):
        queue = server.queue()
        queue.offer(generation(n))
        queue.close(10)

    eventually(lambda: not [one for one in threading.enumerate() if one not in before and one.name != "serve"
                            and one.name.startswith("broadcast")])  # fmt: skip


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="signals of POSIX")
def test_a_service_that_pipes_end_outlives_its_worker(server: Lines) -> None:
    """As a program that has asked for SIGPIPE, to end with its reader."""
    program = """
import os, signal, sys, time
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
from tests.sending.queue.lines import *
from broadcast_core.plugins import destination
route = Route.to(destination("ndjson"), {"url": sys.argv[1]}, name="lines")
queue = DeliveryQueue([route], limits=LIMITS, deadline=20)
queue.offer(generation("a"))
eventually(lambda: queue.counters.delivered == 1)
os.kill(worker_of(queue), signal.SIGKILL)
for n in range(200):
    queue.offer(generation(n, "x" * 20_000))
assert queue.close().accepted == 201
"""
    subprocess.run([sys.executable, "-c", program, server.url], check=True, timeout=60)

    assert 201 == len(set(server.ids))


def test_workers_that_end_now_and_then_are_not_those_of_a_deadly_generation(
    server: Lines, tmp_path: Path
) -> None:
    """What is confirmed in between says so: the next still plans in itself."""
    queue = server.queue(spool=tmp_path / "spool")
    for n in range(mover.ISOLATED_AFTER + 1):
        queue.offer(generation(n))
        eventually(lambda n=n: queue.counters.delivered == n + 1)  # type: ignore[misc]
        worker = worker_of(queue)
        os.kill(worker, signal.SIGKILL)
        eventually(lambda worker=worker: not is_alive(worker))  # type: ignore[misc]
        eventually(lambda n=n: queue.counters.restarts == n + 1)  # type: ignore[misc]
    failures = queue._mover._failures
    queue.close(10)

    assert 1 == failures
