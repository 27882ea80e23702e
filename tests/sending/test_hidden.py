"""No log, no report of an error and no failure shows what went out, or what came back with it."""

from __future__ import annotations

import asyncio
import logging
import pickle
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import httpx
import httpx2
import pytest

from broadcast_core.batching import Response
from broadcast_core.delivery.failure import Failure
from broadcast_core.errors import SecretError
from broadcast_core.sending.async_client import AsyncClient
from broadcast_core.sending.client import Client
from tests.reports import report, shown
from tests.sending.kinds import KEY, Kind, outgoing
from tests.sending.test_exchange import FAILURES
from tests.sending.wire import Wire, answering, listening, once, silent

ECHOED = f"HTTP/1.1 302 Found\r\nLocation: http://x.example/?key={KEY}\r\nContent-Length: 0\r\n\r\n".encode()
SERVERS: dict[str, Callable[[socket.socket, Wire], Any]] = {
    "an answer with the secret": answering(ECHOED),
    "no HTTP with the secret": once(f"{KEY} {KEY}\r\n\r\n".encode()),
    "a header that is none, with the secret": once(f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode()),
    **{what: FAILURES[what][0] for what in ("nothing said", "a truncated answer", "reset without an answer")},
}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Return a function that returns all that any logger has said, at any level."""
    with suppress(ImportError):  # h2 is not here; where it is, its loggers are there from then on
        import httpcore2._sync.http2  # noqa: F401

    for name in [None, *logging.root.manager.loggerDict]:
        caplog.set_level(1, name)
    return lambda: "\n".join(f"{one.getMessage()} {vars(one)!r} {one.args!r}" for one in caplog.records)


@pytest.mark.parametrize("what", SERVERS)
def test_no_log_shows_a_secret(what: str, kind: Kind, logged: Callable[[], str]) -> None:
    """Nor does what the exchange returns, but for the headers that the server itself has sent."""
    with listening(SERVERS[what]) as wire:
        got = kind.exchange(outgoing(wire.url, KEY.encode()))

    assert KEY not in logged()
    assert wire.requests[0].count(KEY.encode()) == 3
    if isinstance(got, Failure):
        assert KEY not in shown(got) + str(pickle.loads(pickle.dumps(got)))


@pytest.mark.parametrize("url", ["http://nothing.invalid", "http://[::1", "ftp://127.0.0.1"])
def test_no_log_shows_a_secret_that_went_nowhere(url: str, kind: Kind, logged: Callable[[], str]) -> None:
    """Nor the failure."""
    got = kind.exchange(outgoing(url, KEY.encode()))

    assert isinstance(got, Failure)
    assert KEY not in logged() + shown(got)


@pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])
def test_what_a_program_does_itself_is_logged_as_before(library: Any, logged: Callable[[], str]) -> None:
    """Also with a client that it shares with ours."""
    with listening(answering()) as wire, library.Client() as given, Client(given) as client:
        got = client.exchange(outgoing(wire.url))
        before = logged()
        given.get(f"{wire.url}/own")

    assert isinstance(got, Response)
    assert "HTTP Request" not in before
    assert f"HTTP Request: GET {wire.url}/own" in logged()
    assert "send_request_headers.started" in logged()


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def test_an_interrupt_goes_on_and_reports_show_no_secret() -> None:
    """The variables of the library, which hold the request, are not on its path."""
    before = signal.signal(signal.SIGALRM, _interrupt)
    try:
        with listening(silent) as wire, Client() as client:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(KeyboardInterrupt) as caught:
                client.exchange(outgoing(wire.url, KEY.encode()))
    finally:
        signal.signal(signal.SIGALRM, before)

    assert "exchange" in report(caught.value)
    assert KEY not in report(caught.value)


@pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])
def test_what_an_interrupt_interrupted_is_not_behind_it(library: Any) -> None:
    """An error that was handled just then quotes the request."""

    def fail(response: Any) -> NoReturn:
        try:
            raise LookupError(str(response.request.url))
        except LookupError:
            raise KeyboardInterrupt from None

    given = library.Client(event_hooks={"response": [fail]})
    with listening(answering()) as wire, given, pytest.raises(KeyboardInterrupt) as caught:
        Client(given).exchange(outgoing(wire.url))

    assert KEY not in report(caught.value)


def test_a_cancellation_goes_on_and_reports_show_no_secret() -> None:
    """It is the one that was asked for."""

    async def cancelled() -> BaseException:
        async with AsyncClient() as client:
            task = asyncio.create_task(client.exchange(outgoing(wire.url, KEY.encode())))
            await asyncio.sleep(0.05)
            task.cancel("enough")
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            return caught.value

    with listening(silent) as wire:
        error = asyncio.run(cancelled())

    assert 1 == len(wire.requests) or wire.connections == 1
    assert ("enough",) == error.args
    assert "exchange" in report(error)
    assert KEY not in report(error)


@pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])
def test_what_a_hook_of_the_caller_raises_is_not_quoted(library: Any) -> None:
    """It is told by its type and place; the request had left."""

    def fail(response: Any) -> NoReturn:
        raise LookupError(str(response.request.url))

    with (
        listening(answering()) as wire,
        library.Client(event_hooks={"response": [fail]}) as given,
        Client(given) as client,
    ):
        got = client.exchange(outgoing(wire.url))

    assert isinstance(got, Failure)
    assert ("lost", True) == (got.kind, got.may_have_arrived)
    assert "the HTTP client failed (LookupError at tests.sending.test_hidden:" in got.why
    assert KEY not in shown(got)


def test_an_error_that_the_caller_was_handling_is_not_part_of_a_failure(kind: Kind) -> None:
    """It is of something else."""
    with listening(once(b"")) as wire:
        try:
            raise TimeoutError
        except TimeoutError:
            got = kind.exchange(outgoing(wire.url))

    assert isinstance(got, Failure)
    assert "lost" == got.kind


@pytest.mark.parametrize("make", [Client, AsyncClient])
def test_a_client_is_shown_by_its_type_and_is_not_pickled(make: Any) -> None:
    """Connections and locks are of one process."""
    client = make()

    assert KEY not in shown(client)
    with pytest.raises(SecretError, match="a client is not pickled: make one where it is needed"):
        pickle.dumps(client)
