"""Queues of a service that forks: each process sends its own, once."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from broadcast_core.capture import Recorder
from broadcast_core.sending.queue import DeliveryQueue
from tests.sending.queue.lines import Lines, eventually, generation, served

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
_DEADLINE = 20.0


@pytest.fixture
def server() -> Iterator[Lines]:
    """A server that takes lines."""
    with served() as lines:
        yield lines


def _offer(queue: DeliveryQueue, who: str, number: int) -> int:
    return sum(queue.offer(generation(f"{who}-{n}")) for n in range(number))


def _in_child(queue: DeliveryQueue, who: str, number: int, result: Path) -> None:
    """Offer and close in a forked process, and write what came of it."""
    at_first = queue.counters
    taken = _offer(queue, who, number)
    began = time.monotonic()
    found = queue.close(_DEADLINE)
    numbers = {"first": at_first.offered, "taken": taken, "delivered": found.delivered, "kept": found.kept_in}
    result.write_text(json.dumps({**numbers, "seconds": time.monotonic() - began}))


def test_each_process_sends_its_own_once(server: Lines, tmp_path: Path) -> None:
    """Forked by the system and by multiprocessing, in the middle of a thousand offers, while others offer."""
    queue = server.queue(spool=tmp_path / "spool.sqlite")
    stop = threading.Event()
    loads = Counter[str]()

    def load() -> None:
        while not stop.is_set():
            loads["load"] += queue.offer(generation(f"load-{loads['load']}"))
            time.sleep(0.001)

    thread = threading.Thread(target=load)
    thread.start()
    taken = _offer(queue, "before", 500)
    child = os.fork()
    if child == 0:
        try:
            _in_child(queue, "os", 1_000, tmp_path / "os")
            os._exit(0)
        finally:
            os._exit(1)
    forked = multiprocessing.get_context("fork").Process(
        target=_in_child, args=(queue, "mp", 1_000, tmp_path / "mp")
    )
    forked.start()
    taken += _offer(queue, "after", 500)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    forked.join(_DEADLINE)
    stop.set()
    thread.join()
    found = queue.close(_DEADLINE)

    wanted = {"before": 500, "after": 500, "os": 1_000, "mp": 1_000, "load": loads["load"]}
    assert wanted == Counter(one.split("-")[1] for one in set(server.ids))
    assert len(server.ids) == len(set(server.ids))
    assert 1_000 + loads["load"] == taken + loads["load"] == found.accepted == found.delivered
    for name in ("os", "mp"):
        child_found = json.loads((tmp_path / name).read_text())
        assert child_found.pop("seconds") < _DEADLINE
        assert {"first": 0, "taken": 1_000, "delivered": 1_000, "kept": "memory"} == child_found


def test_processes_have_files_of_their_own_and_take_over_what_is_left(server: Lines, tmp_path: Path) -> None:
    """The child's is another; what it could not send is sent by a queue that comes later."""
    server.status = 503
    queue = server.queue(spool=tmp_path / "spool-{pid}.sqlite", plan_in="thread")
    queue.offer(generation("parent"))
    eventually(lambda: queue.counters.waiting == 1)
    child = os.fork()
    if child == 0:
        try:
            queue.offer(generation("child"))
            eventually(lambda: queue.counters.waiting == 1)
            os._exit(0 if queue.close(0.1).kept_in == "disk" else 2)
        finally:
            os._exit(1)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    names = sorted(one.name for one in tmp_path.glob("*.sqlite"))
    server.status = 200
    later = server.queue(spool=tmp_path / "spool-{pid}.sqlite", plan_in="thread")
    later.offer(generation("later"))
    eventually(lambda: len(server.ids) == 3)
    found = [one.close(10) for one in (queue, later)]

    assert sorted([f"spool-{os.getpid()}.sqlite", f"spool-{child}.sqlite"]) == names
    assert ["gen-child", "gen-later", "gen-parent"] == sorted(server.ids)
    assert [0, 1] == [one.routes["lines"].found for one in found]


def test_a_child_leaves_the_threads_of_its_parent_alone(server: Lines, tmp_path: Path) -> None:
    """Where they plan and send, with a file of theirs: it goes on, whatever the child does as it ends."""
    queue = server.queue(plan_in="thread", spool=tmp_path / "spool.sqlite")
    queue.offer(generation("before"))
    eventually(lambda: queue.counters.delivered == 1)
    child = os.fork()
    if child == 0:
        try:
            queue.offer(generation("child"))
            os._exit(0 if queue.close(10).delivered == 1 else 2)
        finally:
            os._exit(1)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    queue.offer(generation("after"))
    found = queue.close(10)

    assert ("disk", 2) == (found.kept_in, found.delivered)
    assert ["gen-before", "gen-child", "gen-after"] == server.ids


def test_a_process_of_multiprocessing_closes_its_queue(server: Lines) -> None:
    """It knows no atexit."""
    queue = server.queue(plan_in="thread")
    forked = multiprocessing.get_context("fork").Process(target=_offer, args=(queue, "mp", 20))
    forked.start()
    forked.join(_DEADLINE)

    assert 0 == forked.exitcode
    assert 20 == len(set(server.ids)) == len(server.ids)
    assert 0 == queue.close().offered
    assert sys.modules["multiprocessing.util"]


def _record(server: Lines, url: str, number: int) -> None:
    queue = server.queue(plan_in="thread", deadline=10)
    recorder = Recorder(queue)
    answers = (
        httpx2.Response(200, json={"id": f"gen-mp-{n}", "choices": [{"message": {"content": "hi"}}]})
        for n in range(number)
    )
    client = httpx2.Client(transport=recorder.transport(httpx2.MockTransport(lambda _: next(answers))))
    for _ in range(number):
        client.post(url, json={"model": "a/b", "messages": []})


def test_a_process_of_multiprocessing_reads_what_its_recorder_has(server: Lines) -> None:
    """Before its queue is closed."""
    url = "https://openrouter.ai/api/v1/chat/completions"
    forked = multiprocessing.get_context("fork").Process(target=_record, args=(server, url, 20))
    forked.start()
    forked.join(_DEADLINE)

    assert 0 == forked.exitcode
    assert 20 == len(set(server.ids)) == len(server.ids)
