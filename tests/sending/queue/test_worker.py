"""A worker that ends, and a service that ends: what was confirmed is sent."""

from __future__ import annotations

import logging
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcast_core import Route
from broadcast_core.sending.queue import DeliveryQueue
from tests.sending.queue.deadly import Deadly
from tests.sending.queue.lines import (
    LIMITS,
    Lines,
    eventually,
    generation,
    is_alive,
    program,
    served,
    worker_of,
)

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills in other ways")


@pytest.fixture
def server() -> Iterator[Lines]:
    """A server that takes lines."""
    with served() as lines:
        yield lines


def _spool(folder: Path) -> str:
    return str(folder / "spool.sqlite")


def test_a_worker_that_is_killed_loses_nothing_that_is_on_disk(server: Lines, tmp_path: Path) -> None:
    """The next goes on with it, and is given what was not confirmed; what was on its way may come twice."""
    server.status = 503
    queue = server.queue(spool=_spool(tmp_path))
    for n in range(10):
        queue.offer(generation(n))
    first = worker_of(queue)
    eventually(lambda: queue.counters.waiting == 10)
    os.kill(first, signal.SIGKILL)
    for n in range(10, 20):
        queue.offer(generation(n))
    server.status = 200
    eventually(lambda: len(set(server.ids)) == 20)
    found = queue.close(10)

    assert {f"gen-{n}" for n in range(20)} == set(server.ids)
    assert ("disk", 20, 20, 0, 1) == (
        found.kept_in,
        found.accepted,
        found.delivered,
        found.lost,
        found.restarts,
    )
    assert 0o600 == stat.S_IMODE(os.stat(_spool(tmp_path)).st_mode)


def test_what_a_killed_worker_kept_in_memory_is_counted_as_lost(
    server: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    """And said in the log, in one line without content; the next worker sends what comes then."""
    server.is_open.clear()
    queue = server.queue()
    for n in range(3):
        queue.offer(generation(n))
    eventually(lambda: queue.counters.waiting == 3)
    with caplog.at_level(logging.WARNING):
        os.kill(worker_of(queue), signal.SIGKILL)
        eventually(lambda: queue.counters.restarts == 1)
    server.is_open.set()
    queue.offer(generation("next"))
    found = queue.close(10)

    route = found.routes["lines"]
    assert (4, 1, 3, 0) == (route.planned, route.delivered, route.lost, route.waiting)
    assert [
        "of what was offered, 3 were lost with a worker that kept them in memory; see DeliveryQueue.counters"
    ] == [record.getMessage() for record in caplog.records]


def test_a_service_that_is_killed_leaves_a_worker_that_sends(server: Lines) -> None:
    """Though a child of the service lives on, which has copies of nothing that matters; then it ends."""
    service = program(
        """
for n in range(200):
    assert queue.offer(generation(n))
while queue.counters.accepted < 200:
    time.sleep(0.005)
worker = worker_of(queue)
child = os.fork()
if child == 0:
    time.sleep(20)
    os._exit(0)
print(worker, child, flush=True)
time.sleep(20)
""",
        server,
    )
    with service:
        assert service.stdout is not None
        worker, child = map(int, service.stdout.readline().split())
        os.kill(service.pid, signal.SIGKILL)
        eventually(lambda: not is_alive(worker))
        os.kill(child, signal.SIGKILL)

    assert sorted(f"gen-{n}" for n in range(200)) == sorted(server.ids)


def test_what_a_killed_service_kept_on_disk_is_sent_by_the_next(server: Lines, tmp_path: Path) -> None:
    """Both are killed: the service and its worker. The signals of a terminal do not reach the worker.

    What was on its way when they were killed may come twice.
    """
    server.status = 503
    service = program(
        """
for n in range(50):
    assert queue.offer(generation(n))
while queue.counters.accepted < 50:
    time.sleep(0.005)
print(worker_of(queue), flush=True)
time.sleep(20)
""",
        server,
        _spool(tmp_path),
    )
    with service:
        assert service.stdout is not None
        worker = int(service.stdout.readline())
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(worker, number)
        assert is_alive(worker)
        os.kill(service.pid, signal.SIGKILL)
        os.kill(worker, signal.SIGKILL)
    server.status = 200
    queue = server.queue(spool=_spool(tmp_path), plan_in="thread")
    queue.offer(generation("next"))
    eventually(lambda: len(set(server.ids)) == 51)
    found = queue.close(10)
    route = found.routes["lines"]

    assert {*(f"gen-{n}" for n in range(50)), "gen-next"} == set(server.ids)
    assert (1, 51) == (found.accepted, route.delivered)
    assert route.found + route.planned == route.delivered


@pytest.mark.parametrize(
    ("end", "code"),
    [("raise LookupError", 1), ("os.kill(os.getpid(), 15); time.sleep(9)", -15)],
    ids=["exception", "signal"],
)
def test_what_was_offered_is_sent_when_a_program_ends(end: str, code: int, server: Lines) -> None:
    """Nobody closed the queue. A signal ends it as ever: what the worker has then is sent."""
    wait = "while queue.counters.accepted < 30: time.sleep(0.005)\n" if code < 0 else ""
    offer = "for n in range(30):\n    queue.offer(generation(n))\n"

    with program(offer + wait + end, server) as service:
        assert code == service.wait(20)
    eventually(lambda: len(server.ids) == 30)

    assert sorted(f"gen-{n}" for n in range(30)) == sorted(server.ids)


def test_what_a_recorder_offers_at_the_end_of_a_program_is_sent(server: Lines) -> None:
    """It is registered after the queue, so it runs before; from 3.12 on no thread can be started then."""
    end = """
import atexit
from threading import Thread

def refused(self):
    raise RuntimeError("can't create new thread at interpreter shutdown")

def flush():
    Thread.start = refused
    for n in range(300):
        assert queue.offer(generation(n))

atexit.register(flush)
"""
    with program(end, server) as service:
        assert 0 == service.wait(30)

    assert 300 == len(server.ids) == len(set(server.ids))


def test_a_spool_that_another_process_has_is_waited_for(
    server: Lines, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told what is wrong; what is offered meanwhile waits in the service."""
    first, second = (server.queue(spool=_spool(tmp_path), plan_in="thread") for _ in range(2))
    first.offer(generation("first"))
    eventually(lambda: first.counters.delivered == 1)
    second.offer(generation("second"))
    eventually(lambda: "another process uses it" in caplog.text)
    assert 1 == second.counters.pending
    first.close(10)

    assert 1 == second.close(10).delivered
    assert ["gen-first", "gen-second"] == server.ids


def test_threads_that_cannot_use_their_spool_say_so(
    server: Lines, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And what was offered stays pending."""
    Path(_spool(tmp_path)).write_bytes(b"no database at all" * 100)
    queue: DeliveryQueue = server.queue(spool=_spool(tmp_path), plan_in="thread")
    queue.offer(generation(1))
    found = queue.close(0.2)

    assert (1, 0) == (found.pending, found.accepted)
    assert "it is damaged, or no store" in caplog.text


@pytest.mark.deep
def test_a_generation_that_ends_each_worker_is_a_dead_letter(server: Lines, tmp_path: Path) -> None:
    """From the third on they plan in a process of its own; what comes after it is sent."""
    route = Route.to(Deadly(), {"url": server.url}, name="lines")
    queue = DeliveryQueue([route], spool=_spool(tmp_path), limits=LIMITS)
    queue.offer(generation("deadly"))
    eventually(lambda: queue.counters.restarts == 3)
    queue.offer(generation("next"))
    eventually(lambda: queue.counters.unplanned == 0 and queue.counters.delivered == 1)
    found = queue.close(10)

    assert ["gen-next"] == server.ids
    assert (2, 3) == (found.accepted, found.restarts)
    assert found.unread >= 1
