"""A forked process shares no connection with its parent: every answer is for its own request."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import httpx2
import pytest

from broadcast_core.errors import ArgumentError
from broadcast_core.sending.async_client import AsyncClient
from broadcast_core.sending.client import Client
from tests.sending.kinds import outgoing
from tests.sending.wire import echo, listening

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),  # threads of the tests run meanwhile
]


def _in_child(run: Callable[[], object]) -> Callable[[], str]:
    """Fork, and run something in the child; return a function that waits for what it returned, as text."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        with suppress(BaseException):
            os.write(writing, str(run()).encode())
        os._exit(0)  # without an answer where it failed
    os.close(writing)

    def wait() -> str:
        with open(reading, "rb") as pipe:
            text = pipe.read().decode()
        os.waitpid(child, 0)
        return text

    return wait


def _wrong(client: Client, url: str, name: str, count: int = 60) -> int:
    """Return how many of some requests got no answer, or one that is for another."""
    bodies = [f"{name} {n}".encode() for n in range(count)]
    return sum(getattr(client.exchange(outgoing(url, body)), "body", None) != body for body in bodies)


def test_parent_and_child_get_their_own_answers() -> None:
    """Both while threads of the parent send too, and with connections that were kept."""
    stop, wrong = threading.Event(), []
    with listening(echo) as wire, Client(timeout=timedelta(seconds=5)) as client:

        def load(name: str) -> None:
            while not stop.is_set():
                wrong.append(_wrong(client, wire.url, name, 1))

        threads = [threading.Thread(target=load, args=(f"thread {n}",)) for n in range(2)]
        for thread in threads:
            thread.start()
        before = _wrong(client, wire.url, "before", 5)
        answer = _in_child(lambda: _wrong(client, wire.url, "child"))
        after = _wrong(client, wire.url, "parent")
        in_child = answer()
        stop.set()
        for thread in threads:
            thread.join()

    assert (0, 0, "0", 0) == (before, after, in_child, sum(wrong))
    assert len(wrong) > 5


def test_awaited_clients_get_their_own_answers() -> None:
    """In the loop of the parent, and in another of the child."""
    bodies = [str(n).encode() for n in range(30)]

    async def wrong(client: AsyncClient, url: str, name: bytes) -> int:
        got = [await client.exchange(outgoing(url, name + body)) for body in bodies]
        return sum(getattr(one, "body", None) != name + body for one, body in zip(got, bodies, strict=True))

    with listening(echo) as wire, asyncio.Runner() as runner:
        client = AsyncClient(timeout=timedelta(seconds=5))
        before = runner.run(wrong(client, wire.url, b"before"))
        answer = _in_child(lambda: asyncio.run(wrong(client, wire.url, b"child")))
        after = runner.run(wrong(client, wire.url, b"parent"))
        in_child = answer()
        runner.run(client.aclose())

    assert (0, 0, "0") == (before, after, in_child)


def test_a_child_that_closes_leaves_its_parent_alone() -> None:
    """It closes its own connections; the parent goes on with the one that it has."""

    def child() -> int:
        wrong = _wrong(client, wire.url, "child", 2)
        client.close()
        return wrong

    with listening(echo) as wire, Client(timeout=timedelta(seconds=5)) as client:
        before = _wrong(client, wire.url, "before", 2)
        in_child = _in_child(child)()
        after = _wrong(client, wire.url, "after", 2)

    assert (0, "0", 0) == (before, in_child, after)
    assert 2 == wire.connections


def test_a_callers_client_from_before_a_fork_is_refused() -> None:
    """Its connections are the parent's; nothing is sent."""

    def child() -> str:
        with pytest.raises(ArgumentError) as caught:
            client.exchange(outgoing(wire.url))
        return str(caught.value)

    with listening(echo) as wire, httpx2.Client() as given, Client(given) as client:
        _wrong(client, wire.url, "before", 1)
        said = _in_child(child)()

    assert (
        "the client is from before a fork, and shares connections with the parent of this process: "
        "make one after the fork"
    ) == said
    assert 1 == len(wire.requests)
