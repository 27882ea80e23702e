"""Clients: what they take, whose connections they use, and when they end."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import httpx2
import pytest

from broadcast_core.batching import Response
from broadcast_core.delivery.failure import Failure
from broadcast_core.errors import ArgumentError, ArgumentTypeError, MissingPackage
from broadcast_core.sending.async_client import AsyncClient
from broadcast_core.sending.client import Client
from tests.reports import report
from tests.sending.kinds import KEY, KINDS, kind_of, outgoing
from tests.sending.wire import Wire, answering, echo, listening, read_request, silent

LIBRARIES = pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])


@LIBRARIES
def test_nothing_of_a_callers_client_goes_out(library: Any) -> None:
    """Its headers, cookies, credentials and parameters are for another server."""
    given = library.Client(
        headers={"X-Api-Key": "other"}, cookies={"a": "other"}, auth=("other", "other"), params={"p": "other"}
    )
    with given, listening(answering()) as wire, Client(given) as client:
        got = client.exchange(outgoing(wire.url))

    assert isinstance(got, Response)
    assert b"other" not in wire.requests[0]
    assert f"authorization: {KEY}\r\n".encode() in wire.requests[0].replace(b"Auth", b"auth")


@LIBRARIES
def test_a_callers_client_is_not_closed(library: Any) -> None:
    """Neither kind."""

    async def run() -> bool:
        async with library.AsyncClient() as given:
            async with AsyncClient(given):
                pass
            return bool(given.is_closed)

    with library.Client() as given:
        with Client(given):
            pass

        assert not given.is_closed
    assert not asyncio.run(run())


@pytest.mark.parametrize("name", KINDS)
def test_a_closed_client_says_so(name: str) -> None:
    """A mistake of the caller, and no failure of the network."""
    with kind_of(name) as made:
        pass
    with pytest.raises(ArgumentError, match="the client is closed: make another"):
        made.client._transport.client()


def test_a_callers_client_that_is_closed_says_so() -> None:
    """Whoever closed it."""
    given = httpx2.Client()
    given.close()
    with pytest.raises(ArgumentError, match="the client is closed: make another"):
        Client(given).exchange(outgoing("http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("make", "given", "why"),
    [
        (Client, httpx2.AsyncClient(), "expected a Client of httpx2 or httpx, got a AsyncClient"),
        (AsyncClient, httpx.Client(), "expected a AsyncClient of httpx2 or httpx, got a Client"),
        (Client, "http://x", "expected a Client of httpx2 or httpx, got a str"),
        (Client, httpx2.Client, "expected a Client of httpx2 or httpx, got a type"),
    ],
    ids=["awaited", "not awaited", "a text", "a class"],
)
def test_what_is_no_client_is_not_taken(make: Any, given: Any, why: str) -> None:
    """At once, and not at the first request."""
    with pytest.raises(ArgumentTypeError, match=why):
        make(given)


@pytest.mark.parametrize("timeout", [timedelta(0), timedelta(seconds=-1), 5])
def test_a_time_limit_is_a_positive_timedelta(timeout: Any) -> None:
    """A number could be of seconds or of milliseconds."""
    with pytest.raises(ArgumentError, match="timeout: expected a positive timedelta"):
        Client(timeout=timeout)


@pytest.mark.parametrize("make", [Client, AsyncClient])
def test_without_the_package_it_is_said_what_to_install(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of the caller needs it not."""
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(MissingPackage, match=r"pip install 'broadcast-core\[send\]'"):
        make()

    with httpx.Client() as given, listening(answering()) as wire:
        assert isinstance(Client(given).exchange(outgoing(wire.url)), Response)


@pytest.mark.parametrize("make", [Client, AsyncClient])
def test_an_environment_that_cannot_be_used_is_not_quoted(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's URL has a password."""
    monkeypatch.setenv("HTTP_PROXY", f"ftp://me:{KEY}@proxy.example")
    with pytest.raises(ArgumentError, match="see HTTP_PROXY, HTTPS_PROXY") as caught:
        make()

    assert KEY not in report(caught.value)


def test_threads_get_the_answers_to_their_own_requests() -> None:
    """From one client."""
    bodies = [str(n).encode() for n in range(60)]
    with listening(echo) as wire, Client() as client, ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda body: client.exchange(outgoing(wire.url, body)), bodies))

    assert bodies == [one.body for one in got]  # type: ignore[union-attr]


@LIBRARIES
def test_a_pool_that_is_exhausted_has_sent_nothing(library: Any) -> None:
    """A limit of the caller's client is kept."""
    given = library.Client(limits=library.Limits(max_connections=1))
    with given, listening(silent) as wire, Client(given, timeout=timedelta(seconds=0.1)) as client:
        first = threading.Thread(
            target=Client(given, timeout=timedelta(seconds=0.3)).exchange, args=(outgoing(wire.url),)
        )
        first.start()
        time.sleep(0.05)
        got = client.exchange(outgoing(wire.url))
        first.join()

    assert (
        Failure(
            kind="timeout",
            why="no connection of the client was free within 0.1 s: allow more, or send less at once",
            may_have_arrived=False,
        )
        == got
    )


UNTRACED: dict[str, tuple[Any, str, bool]] = {
    "a wait for the pool": (httpx2.PoolTimeout("x"), "timeout", False),
    "a wait for the connection": (httpx.ConnectTimeout("x"), "timeout", False),
    "no connection": (httpx.ConnectError("x"), "connect", False),
    "a proxy": (httpx2.ProxyError("407 x"), "proxy", False),
    "a wait for the answer": (httpx2.ReadTimeout("x"), "timeout", True),
    "a lost connection": (httpx.ReadError("x"), "lost", True),
    "a request that is none": (httpx2.LocalProtocolError("x"), "protocol", True),
    "something else": (LookupError("x"), "lost", True),
}


@pytest.mark.parametrize("what", UNTRACED)
def test_a_client_that_reports_nothing_is_judged_by_its_errors(what: str) -> None:
    """As one with a transport of the caller's: what it does not say may have arrived."""
    error, failure, may_have_arrived = UNTRACED[what]

    def fail(request: Any) -> Any:
        raise error

    with httpx2.Client(transport=httpx2.MockTransport(fail)) as given:
        got = Client(given).exchange(outgoing("http://server.example"))

    assert isinstance(got, Failure)
    assert (failure, may_have_arrived) == (got.kind, got.may_have_arrived)


def test_a_request_that_the_library_refuses_has_not_left() -> None:
    """Whoever made it; delivery checks its own."""
    with listening(answering()) as wire, Client() as client:
        got = client.exchange(outgoing(wire.url, **{"X-Own": "a\r\nb"}))

    assert (
        Failure(
            kind="protocol", why="the request is no HTTP: see its method and headers", may_have_arrived=False
        )
        == got
    )
    assert [] == wire.requests


def _slow_echo(connection: socket.socket, wire: Wire) -> None:
    while request := read_request(connection, wire):
        time.sleep(0.01)
        body = request.partition(b"\r\n\r\n")[2]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


async def _answer(client: AsyncClient, url: str, body: bytes) -> Any:
    """Return the answer to a body; one that a cancelled request took down with it is asked for again."""
    for _ in range(3):
        if isinstance(got := await client.exchange(outgoing(url, body)), Response):
            return got
    return got


@LIBRARIES
def test_cancellations_leave_the_pool_usable(library: Any) -> None:
    """Of four connections, forty times; then every answer is for its own request.

    The pool of httpx, which a caller may bring, loses connections to cancellations on a busy machine: then it
    answers fewer, and none wrongly.
    """

    async def run(url: str) -> list[Any]:
        given = library.AsyncClient(limits=library.Limits(max_connections=4))
        async with given, AsyncClient(given) as client:  # time enough: the machine may be busy
            tasks = [asyncio.create_task(client.exchange(outgoing(url, b"lost"))) for _ in range(40)]
            for n, task in enumerate(tasks):
                await asyncio.sleep(0.001 * (n % 4))
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            bodies = [str(n).encode() for n in range(20)]
            return list(await asyncio.gather(*(_answer(client, url, body) for body in bodies)))

    with listening(_slow_echo) as wire:
        got = asyncio.run(run(wire.url))

    answered = {n: one.body for n, one in enumerate(got) if isinstance(one, Response)}
    assert {n: str(n).encode() for n in answered} == answered
    assert library is httpx or len(answered) == 20
    assert any(one.endswith(b"lost") for one in wire.requests)


def test_a_client_is_used_in_one_event_loop_after_another() -> None:
    """Connections of a loop that has ended are of no use; those of others are left alone."""

    async def run(url: str) -> Any:
        got = await client.exchange(outgoing(url))
        await client._transport.client().aclose()
        return got

    client = AsyncClient()
    with listening(answering(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")) as wire:
        got = [asyncio.run(run(wire.url)) for _ in range(3)]

    assert [b"ok"] * 3 == [one.body for one in got]
    assert 1 == len(client._transport._own)


def test_a_view_with_another_time_limit_shares_the_connections() -> None:
    """It ends with its own limit, however long that of the client is."""
    with listening(silent) as wire, Client(timeout=timedelta(seconds=30)) as client:
        began = time.monotonic()
        got = client.within(timedelta(seconds=0.1)).exchange(outgoing(wire.url))

    assert isinstance(got, Failure)
    assert "timeout" == got.kind
    assert time.monotonic() - began < 5


def test_so_does_an_awaited_one() -> None:
    """In one event loop."""

    async def run(url: str) -> Any:
        async with AsyncClient(timeout=timedelta(seconds=30)) as client:
            return await client.within(timedelta(seconds=0.1)).exchange(outgoing(url))

    with listening(silent) as wire:
        got = asyncio.run(run(wire.url))

    assert "timeout" == got.kind
