"""Routes to a directory, by all that send: a plan, in threads and awaited, and the queue of a service."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from broadcast_core import Generation, Route, plan
from broadcast_core.delivery.limits import Limits
from broadcast_core.plugins import destination
from broadcast_core.sending import DeliveryQueue, DeliveryReport, send, send_async
from tests.sending.disks import written
from tests.sending.queue.lines import eventually, generation, worker_of

SOME = [generation(n) for n in range(50)]
NAMES = sorted(one.id for one in SOME)
HASTY = Limits(tries=2, timeout=timedelta(seconds=20))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a directory for lines."""
    made = tmp_path / "traces"
    made.mkdir()
    return made


def _route(folder: Path) -> Route:
    return Route.to(destination("ndjson"), {"url": f"file://{folder}"}, name="lines")


def _ids(folder: Path) -> list[str]:
    return sorted(one.id for one in written(folder))


def _sent(some: list[Generation], folder: Path, is_awaited: bool) -> DeliveryReport:
    route = _route(folder)
    requests = plan(some, route).requests
    if is_awaited:
        return asyncio.run(send_async(requests, route, limits=HASTY))
    return send(requests, route, limits=HASTY)


@pytest.mark.parametrize("is_awaited", [False, True], ids=["threads", "tasks"])
def test_a_plan_is_written(is_awaited: bool, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without httpx2, and as often as one likes."""
    monkeypatch.setitem(sys.modules, "httpx2", None)
    reports = [_sent(SOME, folder, is_awaited) for _ in range(2)]

    assert [True, True] == [one.is_complete for one in reports]
    assert NAMES == _ids(folder)


@pytest.mark.parametrize("is_awaited", [False, True], ids=["threads", "tasks"])
def test_a_plan_without_a_directory_is_kept_as_letters(is_awaited: bool, folder: Path) -> None:
    """All of it, at once, with why."""
    folder.rmdir()
    report = _sent(SOME, folder, is_awaited)

    assert (50, 1) == (report.count("undelivered"), len(report.letters))
    assert {"lines": f"the directory {folder} is not there: make it, or mount the disk that it is on"} == (
        report.stopped
    )


@pytest.mark.parametrize("plan_in", ["process", "thread"])
def test_a_queue_writes_what_it_is_offered(
    plan_in: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in one line, by a worker that has no HTTP."""
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with DeliveryQueue([_route(folder)], plan_in=plan_in) as queue:  # type: ignore[arg-type]
        for one in SOME:
            assert queue.offer(one)
    counters = queue.close()

    assert (50, 50, 0) == (counters.accepted, counters.delivered, counters.lost)
    assert NAMES == _ids(folder)


def test_a_queue_waits_for_its_directory(folder: Path, tmp_path: Path) -> None:
    """And says so; nothing is refused, and all is written once the directory is there."""
    folder.rmdir()
    queue = DeliveryQueue([_route(folder)], spool=str(tmp_path / "spool"))
    for one in SOME:
        queue.offer(one)
    eventually(lambda: "lines" in queue.troubles)
    trouble = queue.troubles["lines"]
    folder.mkdir()
    eventually(lambda: _ids(folder) == NAMES)
    counters = queue.close(10)

    assert trouble.startswith(f"the directory {folder} is not there: make it")
    assert (50, 50, 0, 0) == (counters.accepted, counters.delivered, counters.refused, counters.lost)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills in other ways")
def test_a_queue_whose_worker_is_killed_has_each_line_once(folder: Path, tmp_path: Path) -> None:
    """Here nothing that was on its way comes twice, since its file has the same name."""
    queue = DeliveryQueue([_route(folder)], spool=str(tmp_path / "spool"))
    for n in range(200):
        queue.offer(generation(n))
        if n % 60 == 40:
            seen = len(os.listdir(folder))
            eventually(lambda seen=seen: len(os.listdir(folder)) > seen)  # type: ignore[misc]
            os.kill(worker_of(queue), signal.SIGKILL)
    eventually(lambda: len(set(_ids(folder))) == 200)
    counters = queue.close(10)

    assert counters.restarts > 0
    assert (200, 0) == (counters.accepted, counters.lost)
    assert {} == {name: count for name, count in Counter(_ids(folder)).items() if count > 1}
