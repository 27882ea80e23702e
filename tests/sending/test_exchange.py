"""What a request comes to, with servers that do what servers do: each is an answer or a failure."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import httpx2
import pytest

from broadcast_core.batching import Response
from broadcast_core.delivery.failure import Failure
from broadcast_core.sending.client import Client
from tests.sending.kinds import KEY, KINDS, LIMIT, Kind, kind_of, outgoing
from tests.sending.wire import (
    ANSWER,
    Wire,
    answering,
    dripping,
    echo,
    listening,
    once,
    read_request,
    resetting,
    silent,
    unread,
)

LATE = 1.5
"""Seconds after which an exchange of 0.2 has not ended at its deadline, however slow the machine."""


def test_what_goes_out_arrives_as_it_is(patient: Kind) -> None:
    """Method, target, headers and body; with a length, and no cookie."""
    with listening(echo) as wire:
        got = patient.exchange(outgoing(wire.url, b'{"a":1}', **{"X-Own": "1"}))

    assert isinstance(got, Response)
    assert (200, b'{"a":1}') == (got.status, got.body)
    head = wire.requests[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert f"POST /rows?key={KEY} HTTP/1.1" == head[0]
    assert {
        f"host: 127.0.0.1:{wire.port}",
        f"authorization: {KEY}",
        "content-type: application/json",
        "content-length: 7",
        "x-own: 1",
        "user-agent: broadcast-core",
        "accept: */*",
        "accept-encoding: identity",
    } == {f"{line.partition(':')[0].lower()}:{line.partition(':')[2]}" for line in head[1:]}


def test_the_time_of_an_answer_is_in_utc(patient: Kind) -> None:
    """Dates in an answer are read against it."""
    with listening(answering()) as wire:
        before = datetime.now(UTC)
        got = patient.exchange(outgoing(wire.url))

    assert isinstance(got, Response)
    assert got.received is not None
    assert timedelta(0) == got.received.utcoffset()
    assert before <= got.received <= datetime.now(UTC)


def test_a_connection_is_kept(patient: Kind) -> None:
    """For the next request; a cookie is not."""
    answer = b"HTTP/1.1 429 Slow Down\r\nSet-Cookie: a=1\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
    with listening(answering(answer)) as wire:
        got = [patient.exchange(outgoing(wire.url)) for _ in range(3)]

    assert 1 == wire.connections
    assert [(429, "7")] * 3 == [(one.status, one.headers["retry-after"]) for one in got]  # type: ignore[union-attr]
    assert not any(b"ookie" in one for one in wire.requests)


def test_a_redirect_is_an_answer(patient: Kind) -> None:
    """Its target gets nothing: it could be any server, and would get the secrets."""
    with listening(answering()) as other:
        answer = f"HTTP/1.1 307 Elsewhere\r\nLocation: {other.url}/\r\nContent-Length: 0\r\n\r\n"
        with listening(answering(answer.encode())) as wire:
            got = patient.exchange(outgoing(wire.url))

    assert isinstance(got, Response)
    assert (307, 0) == (got.status, other.connections)


def _answer(body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join([*lines, b"", body])


@pytest.mark.parametrize(("size", "connections"), [(65_536, 1), (65_537, 2), (900_000, 2)])
def test_no_more_than_64_kb_of_an_answer_are_kept(size: int, connections: int, patient: Kind) -> None:
    """What is beyond is not waited for, and its connection not used again."""
    with listening(answering(_answer(b"x" * size))) as wire:
        got = [patient.exchange(outgoing(wire.url)) for _ in range(2)]

    assert [65_536] * 2 == [len(one.body) for one in got]  # type: ignore[union-attr]
    assert connections == wire.connections


def test_a_compressed_answer_is_read_to_64_kb(patient: Kind) -> None:
    """Though none was asked for; a megabyte of nothing is no megabyte here."""
    import gzip

    packed = _answer(gzip.compress(b"\0" * 1_000_000), b"Content-Encoding: gzip")
    with listening(answering(packed)) as wire:
        got = patient.exchange(outgoing(wire.url))

    assert isinstance(got, Response)
    assert b"\0" * 65_536 == got.body


def test_an_idle_connection_that_the_server_closed_costs_nothing(patient: Kind) -> None:
    """The next request has a new one."""
    with listening(once(ANSWER)) as wire:
        got = []
        for _ in range(3):
            got.append(patient.exchange(outgoing(wire.url)))
            time.sleep(0.02)

    assert [b"ok"] * 3 == [one.body for one in got]  # type: ignore[union-attr]
    assert 3 == wire.connections


def _too_large(connection: socket.socket, wire: Wire) -> None:
    """Answer 413 to a request whose body is not read, and close when the other end does."""
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 4\r\n\r\n")
    connection.sendall(b"much")
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65_536):
        pass


def test_a_413_is_seen_before_the_body_is_read(patient: Kind) -> None:
    """So that delivery can split."""
    with listening(_too_large) as wire:
        got = patient.exchange(outgoing(wire.url, b"x" * 3_000_000))

    assert isinstance(got, Response)
    assert 413 == got.status


def test_a_413_whose_body_is_lost_is_an_answer(patient: Kind) -> None:
    """Its status is all there is to know."""
    with listening(resetting(b"HTTP/1.1 413 Too Large\r\nContent-Length: 400\r\n\r\nmuch")) as wire:
        got = patient.exchange(outgoing(wire.url))

    assert isinstance(got, Response)
    assert 413 == got.status


BEGUN = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nbegun"
FAILURES: dict[str, tuple[Callable[[socket.socket, Wire], Any], str, str]] = {
    "closed without an answer": (once(b""), "lost", "ended before the whole answer"),
    "closed in the head": (once(b"HTTP/1.1 200 OK\r\nConte"), "lost", "ended before the whole answer"),
    "a truncated answer": (once(BEGUN), "lost", "ended before the whole answer"),
    "a truncated chunk": (
        once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx"),
        "lost",
        "ended before the whole answer",
    ),
    "reset without an answer": (resetting(), "lost", "ended before the whole answer"),
    "reset in the body": (resetting(BEGUN), "lost", "ended before the whole answer"),
    "no HTTP": (once(b"220 mail.example ESMTP ready\r\n\r\n"), "protocol", "what came is no HTTP"),
    "no chunk": (
        once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnope\r\n"),
        "protocol",
        "what came is no HTTP",
    ),
    "a head without an end": (
        once(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000),
        "protocol",
        "what came is no HTTP",
    ),
    "nothing said": (silent, "timeout", "no answer within 0.2 s"),
    "a dripping body": (dripping(BEGUN), "timeout", "the answer was not complete within 0.2 s"),
    "a dripping head": (dripping(b"HTTP/1.1 200 OK\r\nX: "), "timeout", "no answer within 0.2 s"),
    "a dripping chunk": (
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        "timeout",
        "the answer was not complete within 0.2 s",
    ),
    "endless interim answers": (
        dripping(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        "timeout",
        "no answer within 0.2 s",
    ),
}


@pytest.mark.usefixtures("_no_proxies")
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("what", FAILURES)
def test_what_is_no_answer_may_have_arrived(what: str, name: str) -> None:
    """It says what is known and what is not, and ends at the deadline."""
    behave, failure, why = FAILURES[what]
    limit = LIMIT if failure == "timeout" else 20
    with listening(behave) as wire, kind_of(name, limit) as kind:
        start = time.monotonic()
        got = kind.exchange(outgoing(wire.url))
        took = time.monotonic() - start

    assert isinstance(got, Failure)
    assert (failure, True) == (got.kind, got.may_have_arrived)
    assert why in got.why
    assert "whether the server acted on the request is not known" in got.why
    assert took < LATE


def test_a_server_that_does_not_read_is_waited_for_to_the_deadline(kind: Kind) -> None:
    """What it has not read may still have arrived."""
    with listening(unread) as wire:
        start = time.monotonic()
        got = kind.exchange(outgoing(wire.url, b"x" * 20_000_000))
        took = time.monotonic() - start

    assert isinstance(got, Failure)
    assert ("timeout", True) == (got.kind, got.may_have_arrived)
    assert "had not taken the whole request within 0.2 s" in got.why
    assert LIMIT <= took + 0.05
    assert took < LATE


def _sipping(connection: socket.socket, wire: Wire) -> None:
    """Read a little, now and then, for two seconds."""
    for _ in range(50):
        if wire.ended.wait(0.04):
            return
        connection.recv(131_072)


@pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])
def test_a_server_that_reads_slowly_is_waited_for_to_the_deadline(library: Any) -> None:
    """Though each write of the library makes progress, as small as the buffers of the system are here."""
    options = [(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)]
    given = library.Client(transport=library.HTTPTransport(socket_options=options))
    with given, listening(_sipping) as wire, Client(given, timeout=timedelta(seconds=LIMIT)) as client:
        start = time.monotonic()
        got = client.exchange(outgoing(wire.url, b"x" * 20_000_000))
        took = time.monotonic() - start

    assert isinstance(got, Failure)
    assert ("timeout", True) == (got.kind, got.may_have_arrived)
    assert took < LATE


def test_a_kept_connection_ends_at_the_deadline_of_each_exchange(kind: Kind) -> None:
    """The first is over; the second has all of its own time, and no more."""

    def behave(connection: socket.socket, wire: Wire) -> None:
        read_request(connection, wire)
        connection.sendall(ANSWER)
        time.sleep(LIMIT / 2)
        dripping(BEGUN)(connection, wire)

    with listening(behave) as wire:
        first = kind.exchange(outgoing(wire.url))
        time.sleep(LIMIT / 2)
        start = time.monotonic()
        second = kind.exchange(outgoing(wire.url))
        took = time.monotonic() - start

    assert isinstance(first, Response)
    assert isinstance(second, Failure)
    assert "timeout" == second.kind
    assert LIMIT <= took + 0.05
    assert took < LATE
    assert 1 == wire.connections


def test_a_name_that_is_not_known_is_an_address_to_mend(kind: Kind) -> None:
    """Nothing has arrived anywhere."""
    got = kind.exchange(outgoing("http://nothing.invalid"))

    assert (
        Failure(
            kind="address",
            why="the name of the server is not known: see that the host of the URL is right",
            may_have_arrived=False,
        )
        == got
    )


def test_a_port_where_nobody_listens_refuses(kind: Kind) -> None:
    """Nothing has arrived anywhere."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    got = kind.exchange(outgoing(f"http://127.0.0.1:{port}"))

    assert isinstance(got, Failure)
    assert ("connect", False) == (got.kind, got.may_have_arrived)
    assert "the server refused the connection: see that it runs at this port" in got.why


@pytest.mark.parametrize("url", ["https:///", "ftp://127.0.0.1", "http://[::1", "http://a..b"])
def test_a_url_that_no_client_takes_is_an_address_to_mend(url: str, kind: Kind) -> None:
    """Where nobody has checked it before."""
    got = kind.exchange(outgoing(url))

    assert isinstance(got, Failure)
    assert ("address", False) == (got.kind, got.may_have_arrived)
