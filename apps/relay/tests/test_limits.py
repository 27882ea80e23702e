"""Senders that are slow, too large, too many or gone: each is bounded, and the relay goes on."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from apps.relay.tests.running import Running, running, wait_until
from apps.relay.tests.wire import AUTHORIZED, CHUNKED, DELIVERY, answer, chunk, connect, is_closed, request

LIMIT = 4_096


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a relay with small limits that all tests of this module share."""
    folder = tmp_path_factory.mktemp("relay")
    with running(folder, max_body_bytes=LIMIT, body_timeout_seconds=0.15, max_connections=6) as one:
        yield one


@pytest.fixture
def relay(shared: Running) -> Iterator[Running]:
    """Return the relay with an engine as new; afterwards it still takes deliveries."""
    shared.engine.kept.clear()
    yield shared
    assert 200 == shared.post(DELIVERY).status


@pytest.mark.parametrize("form", ["announced", "in chunks"])
def test_a_body_that_does_not_come_is_not_waited_for(relay: Running, form: str) -> None:
    """It gets 408, and the connection ends."""
    with connect(relay.port) as connection:
        connection.sendall(request(length=1_000) + b"{" if form == "announced" else CHUNKED + chunk(b"{"))
        answered = answer(connection)

        assert (408, "close", True) == (
            answered.status,
            answered.headers["connection"],
            is_closed(connection),
        )
    assert "within 0.15 seconds" in answered.json["message"]


def test_a_trickle_is_not_waited_for(relay: Running) -> None:
    """The time is that of the whole body, not of a byte."""
    with connect(relay.port) as connection:
        connection.sendall(CHUNKED)
        began = time.monotonic()
        while not select.select([connection], [], [], 0.02)[0]:
            connection.sendall(chunk(b" "))
            assert time.monotonic() < began + 5

        assert 408 == answer(connection).status


def test_a_body_without_a_length_ends_at_the_limit(relay: Running) -> None:
    """The sender reads why, and is cut off if it goes on all the same.

    A sender that gets no processor for a second after the answer is cut off before it reads: it tries again.
    """
    answered = None
    for _ in range(5):
        with connect(relay.port) as connection, suppress(ConnectionError):
            connection.sendall(CHUNKED)
            _send_until_answered(connection)
            answered = answer(connection)
            for _ in range(1_000):
                connection.sendall(chunk(b"x" * 65_536))
            pytest.fail("the relay read 60 MB of what it had refused")
        if answered is not None:
            break

    assert answered is not None
    assert (413, "close", []) == (answered.status, answered.headers["connection"], relay.engine.kept)


def _send_until_answered(connection: socket.socket) -> None:
    for _ in range(60_000):
        if select.select([connection], [], [], 0)[0]:
            return
        connection.sendall(chunk(b"x" * 1_024))
    pytest.fail("the relay read 60 MB of a body without a length")


def test_who_is_refused_can_send_on_for_a_moment(relay: Running) -> None:
    """A sender who writes its whole body first reads the answer then, and no broken connection."""
    with connect(relay.port) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)
        connection.sendall(request(b"x" * 700_000, {}))

        assert 401 == answer(connection).status


def test_a_body_that_ends_at_the_limit_is_taken(relay: Running) -> None:
    """Without a length too."""
    body = DELIVERY.ljust(LIMIT)
    with connect(relay.port) as connection:
        connection.sendall(CHUNKED + chunk(body[:1_000]) + chunk(body[1_000:]) + chunk(b""))

        assert 200 == answer(connection).status
    assert [body] == [kept.body for kept in relay.engine.kept]


def test_who_waits_to_be_asked_for_a_body_is_refused_before_it(relay: Running) -> None:
    """`100 Continue` is sent for what is taken alone."""
    expecting = {"Expect": "100-continue"}
    with connect(relay.port) as connection:
        connection.sendall(request(headers=expecting, length=1_000))

        assert 401 == answer(connection).status


def test_a_sender_that_goes_away_leaves_nothing(relay: Running) -> None:
    """And is counted."""
    before = relay.counted('broadcast_relay_deliveries_total{outcome="disconnected"}')
    with connect(relay.port) as connection:
        connection.sendall(request(length=1_000) + b"{")

    wait_until(
        lambda: relay.counted('broadcast_relay_deliveries_total{outcome="disconnected"}') == before + 1
    )
    assert [] == relay.engine.kept


def test_too_many_connections_are_refused(relay: Running) -> None:
    """Until some of them end; those that are open go on."""
    open_ones = [connect(relay.port) for _ in range(6)]
    try:
        for one in open_ones:
            one.sendall(request(DELIVERY))
            assert 200 == answer(one).status
        wait_until(lambda: relay.post(DELIVERY).status == 503)
    finally:
        for one in open_ones:
            one.close()
    wait_until(lambda: relay.post(DELIVERY).status == 200)


def test_what_is_no_http_is_refused(relay: Running) -> None:
    """By the server."""
    with connect(relay.port) as connection:
        connection.sendall(b"nonsense\r\n\r\n")

        assert 400 == answer(connection).status


def test_a_length_beside_chunks_is_refused(relay: Running) -> None:
    """A proxy in front could read it as two requests."""
    head = CHUNKED.replace(b"Host:", b"Content-Length: 3\r\nHost:")
    with connect(relay.port) as connection:
        connection.sendall(head + chunk(DELIVERY) + chunk(b""))

        assert 400 == answer(connection).status
    assert [] == relay.engine.kept


SLOW = {
    "nothing": [],
    "half a head": [b"POST /v1/traces HTTP/1.1\r\nHost: a\r\n"],
    "the second head": [request(DELIVERY), b"POST /v1/traces HTTP/1.1\r\nX"],
}


@pytest.mark.parametrize("parts", SLOW.values(), ids=SLOW)
def test_a_head_that_does_not_come_is_not_waited_for(relay: Running, parts: list[bytes]) -> None:
    """The connection ends; nobody needs a secret to send half a head."""
    with connect(relay.port) as connection:
        for part in parts:
            connection.sendall(part)
            if part == request(DELIVERY):
                assert 200 == answer(connection).status

        assert is_closed(connection)


def test_a_head_that_is_too_large_is_refused(relay: Running) -> None:
    """Whether it ends or not; one of the usual size is not, together with a body."""
    with connect(relay.port) as connection:
        connection.sendall(b"POST /v1/traces HTTP/1.1\r\nX-Large: " + b"x" * 300_000)

        assert 400 == answer(connection).status
    assert 200 == relay.post(DELIVERY.ljust(LIMIT), {"X-Large": "x" * 60_000}).status


@pytest.mark.parametrize("form", ["lines", "one line", "one name"])
@pytest.mark.parametrize("headers", [AUTHORIZED, {}], ids=["with the secret", "without"])
def test_what_trails_a_body_has_an_end(relay: Running, form: str, headers: dict[str, str]) -> None:
    """Trailers are held as headers are: whoever sends on is cut off, whether it may deliver or not."""
    head = b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items())
    parts = {"lines": b"X: y\r\n" * 1_000, "one line": b"x" * 6_000, "one name": b"x" * 6_000}
    with connect(relay.port) as connection:
        connection.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + head)
        connection.sendall(b"\r\n2\r\n{}\r\n0\r\n" + (b"X: " if form == "one line" else b""))
        with pytest.raises(OSError):  # noqa: PT011  # reset, or a broken pipe
            connection.sendall(1_000 * parts[form])

    assert [] == relay.engine.kept


def test_small_chunks_leave_no_more_for_what_trails_them(relay: Running) -> None:
    """Each may have some framing, and has less."""
    body = b"".join(chunk(b" ") for _ in range(LIMIT))
    with connect(relay.port) as connection:
        connection.sendall(CHUNKED + body)
        time.sleep(0.03)  # so that it is read before what follows
        connection.sendall(b"0\r\n" + b"X: y\r\n" * 14_000)

        assert 400 == answer(connection).status
    assert [] == relay.engine.kept


@pytest.mark.parametrize("length", ["0", None])
def test_a_large_head_that_comes_at_once_is_refused(relay: Running, length: str | None) -> None:
    """Together with its end, and with a body."""
    large = {"X-Large": "x" * 70_000}
    assert 400 == relay.post(DELIVERY if length is None else b"", large).status
    assert [] == relay.engine.kept


def test_a_body_in_many_small_chunks_is_taken(relay: Running) -> None:
    """Their framing is more than they hold."""
    with connect(relay.port) as connection:
        body = DELIVERY.ljust(LIMIT)
        connection.sendall(CHUNKED + b"".join(chunk(body[n : n + 1]) for n in range(LIMIT)) + chunk(b""))

        assert 200 == answer(connection).status
    assert [body] == [one.body for one in relay.engine.kept]


def test_an_idle_connection_is_kept(relay: Running) -> None:
    """Longer than a request may take: a proxy uses it again."""
    with connect(relay.port) as connection:
        connection.sendall(request(DELIVERY))
        assert 200 == answer(connection).status
        time.sleep(0.2)
        connection.sendall(request(DELIVERY))

        assert 200 == answer(connection).status
