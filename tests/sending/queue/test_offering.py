"""What is offered is taken at once, within bounds, and counted whatever it is."""

from __future__ import annotations

import asyncio
import pickle
import signal
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from broadcast_core import Route
from broadcast_core.errors import ArgumentError, BroadcastError
from broadcast_core.record.codec import encode_line
from broadcast_core.sending.queue import Counters, DeliveryQueue
from broadcast_core.sending.queue.offers import Offers
from tests.fake import Lines as Local
from tests.sending.queue.lines import KEY, Lines, eventually, generation, is_alive, served, worker_of


@pytest.fixture(scope="module")
def shared() -> Iterator[Lines]:
    """One server for the tests of this module."""
    with served() as lines:
        yield lines


@pytest.fixture
def server(shared: Lines) -> Iterator[Lines]:
    """The server, as if it were new."""
    shared.ids.clear()
    yield shared
    shared.status = 200
    shared.is_open.set()


def _taken(found: Counters) -> tuple[int, ...]:
    return found.offered, found.full, found.closed, found.wrong, found.pending, found.accepted


@pytest.mark.parametrize("plan_in", ["process", "thread"])
def test_what_is_offered_is_delivered_and_counted(plan_in: Any, server: Lines) -> None:
    """Records and documents; what is neither, and what cannot be read, costs nothing else."""
    queue = server.queue(plan_in=plan_in)
    offered = [*map(generation, range(20)), encode_line(generation("line")), b"no json", "a text", None]

    taken = [queue.offer(one) for one in offered]  # type: ignore[arg-type]
    found = queue.close(10)

    assert [True] * 22 + [False] * 2 == taken
    assert sorted([*(f"gen-{n}" for n in range(20)), "gen-line"]) == sorted(server.ids)
    assert (24, 0, 0, 2, 0, 22) == _taken(found)
    assert (21, 0, 1, 0) == (found.delivered, found.waiting, found.unread, found.restarts)
    assert {f"Bearer {KEY}"} == server.tokens
    assert not queue.offer(generation(1))
    assert (25, 0, 1, 2, 0, 22) == _taken(queue.counters)


def test_of_what_is_too_much_nothing_is_taken(server: Lines) -> None:
    """By number, and by bytes; and nobody waits for a worker that is not there yet, or for the server."""
    queue = server.queue(max_items=3, max_bytes=10_000)

    began = time.perf_counter()
    taken = [queue.offer(generation(n)) for n in range(4)] + [queue.offer(b"x" * 10_001)]
    took = time.perf_counter() - began
    before = queue.counters
    found = queue.close(10)

    assert [True, True, True, False, False] == taken
    assert took < 0.1
    assert (5, 2, 0, 0, 3, 0) == _taken(before)
    assert (5, 2, 0, 0, 0, 3) == _taken(found)
    assert 3 == found.delivered


def test_nothing_of_secrets_is_seen_from_outside(server: Lines) -> None:
    """Not in the arguments and the environment of the worker, in no repr, and in no pickle."""
    queue = server.queue()
    queue.offer(generation(1))
    process = worker_of(queue)
    eventually(lambda: queue.counters.accepted == 1)

    seen = b"".join(Path(f"/proc/{process}/{name}").read_bytes() for name in ("cmdline", "environ"))
    shown = repr(vars(queue)) + repr(vars(queue._mover)) + repr(queue)

    assert KEY.encode() not in seen
    assert KEY not in shown
    with pytest.raises(BroadcastError, match="not pickled"):
        pickle.dumps(queue)
    assert 1 == queue.close(10).delivered


def test_a_deadline_ends_what_does_not_end(server: Lines) -> None:
    """What could not be sent is lost where it is kept in memory, and no worker stays."""
    server.is_open.clear()
    queue = server.queue()
    queue.offer(generation(1))
    process = worker_of(queue)
    eventually(lambda: queue.counters.waiting == 1)

    began = time.monotonic()
    found = queue.close(0.3)
    took = time.monotonic() - began

    assert (0, 0, 1) == (found.delivered, found.waiting, found.routes["lines"].lost)
    assert 0.2 < took < 1.5
    eventually(lambda: not is_alive(process))


def test_the_event_loop_goes_on_while_a_queue_closes(server: Lines) -> None:
    """`aclose` waits in a thread."""

    async def run() -> tuple[Counters, int]:
        queue, ticks = server.queue(plan_in="thread"), count()
        queue.offer(generation(1))
        closing = asyncio.ensure_future(queue.aclose(10))
        while not closing.done():
            await asyncio.sleep(0.01)
            next(ticks)
        return closing.result(), next(ticks)

    found, ticks = asyncio.run(run())

    assert 1 == found.delivered
    assert ticks > 2


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers of signals")
def test_a_signal_handler_may_offer_in_the_middle_of_an_offer() -> None:
    """No lock keeps it out, and every offer is counted."""
    offers, handled = Offers(10**6, 10**9), count()

    def handle(_number: int, _frame: object) -> None:
        next(handled)
        offers.take(b"from a handler")

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    try:
        for _ in range(30_000):
            offers.take(b"x")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    number = next(handled)
    assert number > 10
    assert 30_000 + number == offers.offered == offers.items == offers.messages.qsize()


def test_an_offer_never_raises() -> None:
    """Whatever it is given, and whatever that does."""

    class Hostile:
        @property
        def __class__(self) -> type:
            raise RuntimeError

    offers = Offers(10, 1_000)

    assert [False] * 4 == [offers.take(one) for one in (Hostile(), 1.5, [], type)]
    assert 4 == offers.wrong


def test_a_generation_is_taken_for_about_its_bytes() -> None:
    """By a look at what it holds, of any size."""
    sizes = []
    for text in ("x" * 100, "x" * 100_000):
        offers = Offers(10, 10**6)
        offers.take(generation(1, text))
        sizes.append(offers.bytes / len(encode_line(generation(1, text))))

    assert all(0.9 < size < 8 for size in sizes)


@frozen(kw_only=True)
class Unknown:
    """A config that no pickle holds."""

    value: Any


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"routes": []}, "there is none"),
        ({"routes": [1]}, "got a int"),
        ({"routes": ["twice", "twice"]}, "two are named 'twice'"),
        ({"plan_in": "here"}, "plan_in"),
        ({"max_items": 0}, "max_items: expected a number above zero"),
        ({"deadline": True}, "deadline"),
        ({"spool": 3}, "expected the path of a file"),
        ({"spool": "/no/such/folder/spool"}, "is not there"),
        ({"routes": ["unpickled"]}, 'a route cannot be pickled .* plan_in="thread"'),
        ({"routes": ["main"]}, "is defined in the program that runs"),
    ],
)
def test_what_cannot_be_used_is_told_at_once(options: dict[str, Any], what: str) -> None:
    """With what to do; nothing has begun."""
    named = {
        "twice": lambda: Route.to(Local(), name="twice"),
        "unpickled": lambda: Route(name="lines", destination=Local(), config=Unknown(value=lambda: 1)),
        "main": lambda: Route(
            name="lines", destination=Local(), config=type("C", (), {"__module__": "__main__"})()
        ),
    }
    routes = [named[one]() if isinstance(one, str) else one for one in options.pop("routes", ["twice"])]

    with pytest.raises(ArgumentError, match=what):
        DeliveryQueue(routes, **options)


def test_why_a_route_does_not_go_on_is_there_to_be_read(server: Lines) -> None:
    """By its name; what waits is sent once it does."""
    server.status = 503
    with server.queue(plan_in="thread", deadline=10) as queue:
        queue.offer(generation(1))
        eventually(lambda: "lines" in queue.troubles)
        assert "503" in queue.troubles["lines"]
        server.status = 200

    assert ["gen-1"] == server.ids
    assert (1, {}) == (queue.counters.delivered, dict(queue.troubles))


def test_a_fault_of_ours_does_not_end_the_queue(
    server: Lines, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said where it was, without content, and what comes next is sent."""
    queue = server.queue(plan_in="thread")

    def fail(_offer: object) -> None:
        raise KeyError("content")

    monkeypatch.setattr(queue._mover, "_add", fail)
    queue.offer(generation("first"))
    eventually(lambda: "please report it" in caplog.text)
    monkeypatch.undo()
    queue.offer(generation("next"))
    found = queue.close(10)

    assert ["gen-next"] == server.ids
    assert (1, 1) == (found.accepted, found.pending)
    assert "content" not in caplog.text
