"""A route against servers that misbehave: each generation has its outcome, and the counts add up."""

from __future__ import annotations

import socket
import struct
import threading
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from attrs import evolve

from broadcast_core.delivery import steps
from broadcast_core.sending import journal, route_sender
from broadcast_core.sending.client import Client
from broadcast_core.sending.clock import utc_now
from broadcast_core.sending.route_sender import Sender
from broadcast_core.sending.store import Store, StoreError
from tests.sending.routes import LIMITS, Act, Platform, Result, result, route_to, sending, sent, status
from tests.sending.wire import Wire, listening

NAMES = [f"gen-{n}" for n in range(8)]
POISONED = ["gen-0", "gen-1", "gen-2-poison", "gen-3", "gen-4", "gen-5", "gen-6", "gen-7"]
GOOD = [name for name in POISONED if "poison" not in name]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a little where seconds would be waited; what a server asks for is waited for."""
    monkeypatch.setattr(steps, "wait_after", lambda _failures, _seed: timedelta(milliseconds=2))


def cut(connection: socket.socket) -> bool:
    """Begin an answer, and close."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok")
    return False


def reset(connection: socket.socket) -> bool:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def silence(connection: socket.socket) -> bool:
    """Answer nothing, until the other end goes."""
    connection.settimeout(2)
    connection.recv(1)
    return False


def dripping(connection: socket.socket) -> bool:
    """Answer a little at a time, for longer than is waited."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
    for _ in range(20):
        time.sleep(0.03)
        connection.sendall(b"x")
    return False


def nonsense(connection: socket.socket) -> bool:
    """Answer in no HTTP."""
    connection.sendall(b"220 mail.example ESMTP\r\n")
    return False


def _all_are(status_: str, got: Result, names: list[str] = NAMES) -> None:
    assert dict.fromkeys(names, status_) == got.statuses
    assert {"planned": len(names), status_: len(names)} == got.counts
    assert (None, True) == (got.fault, got.has_ended)


FAILING: dict[str, Act] = {
    "a truncated answer": cut,
    "a reset": reset,
    "silence": silence,
    "an answer that drips": dripping,
    "no HTTP": nonsense,
    "500": status(500),
    "503": status(503),
    "408": status(408),
}


@pytest.mark.parametrize("name", FAILING)
def test_what_a_server_recovers_from_delivers_everything(name: str) -> None:
    """Whatever its first three answers were; where it merges, each row is there once."""
    platform = Platform(script=[FAILING[name]] * 3)
    _all_are("delivered", sent(platform, NAMES))

    assert dict.fromkeys(NAMES, 1) == platform.rows


def test_a_server_that_is_killed_while_it_reads_gets_everything_later() -> None:
    """Each of its first connections ends in the middle of a request."""
    platform, left = Platform(), [3]

    def behave(connection: socket.socket, wire: Wire) -> None:
        with platform.lock:
            left[0] -= 1
        if left[0] >= 0:
            connection.recv(60)
            reset(connection)
        else:
            platform.behave(connection, wire)

    with (
        Store() as store,
        listening(behave) as wire,
        Client(timeout=LIMITS.timeout) as client,
        sending(store, route_to(wire.url), NAMES, client) as (made, outcomes),
    ):
        got = result(store, made, outcomes)
    _all_are("delivered", got)

    assert dict.fromkeys(NAMES, 1) == platform.rows


def test_connections_that_the_server_closes_double_nothing() -> None:
    """After each answer, so that the next request may go into one that is closed already."""
    platform = Platform(kind="doubles", closes=True)
    got = sent(platform, NAMES)

    assert {1} == set(platform.rows.values())
    assert set(NAMES) == set(got.outcomes)
    assert all(one.status == "delivered" or one.may_be_there for one in got.outcomes.values())


@pytest.mark.parametrize("kind", ["merges", "refused", "merges_request", "doubles"])
def test_a_lost_answer_doubles_nothing(kind: str) -> None:
    """Sent again where that is safe; else kept back, and that it may be there is told."""
    platform = Platform(kind=kind, lost=frozenset({0, 3}))
    got = sent(platform, NAMES)

    assert dict.fromkeys(NAMES, 1) == platform.rows
    if kind != "doubles":
        _all_are("delivered", got)
        return
    kept_back = [one for one in got.outcomes.values() if one.status == "undelivered"]
    assert (4, 4) == (len(kept_back), got.counts["delivered"])
    assert all(one.may_be_there and "sent again it could be there twice" in one.why for one in kept_back)


def test_a_lost_answer_is_sent_again_where_the_route_says_so() -> None:
    """Then it is there twice, as was asked for."""
    platform = Platform(kind="doubles", lost=frozenset({0}))
    got = sent(platform, NAMES, evolve(LIMITS, on_unknown_outcome="resend"))
    _all_are("delivered", got)

    assert [1, 2] == sorted(set(platform.rows.values()))


@pytest.mark.parametrize("code", [400, 413, 422])
def test_a_poisoned_row_among_good_ones_ends_alone(code: int) -> None:
    """Its request is split down to it."""
    platform = Platform(refuses=code)
    got = sent(platform, POISONED, items=8)

    assert {**dict.fromkeys(GOOD, "delivered"), "gen-2-poison": "refused"} == got.statuses
    assert got.outcomes["gen-2-poison"].why.startswith(f"rows: it answered {code}: ")
    assert dict.fromkeys(GOOD, 1) == platform.rows
    assert {"planned": 8, "delivered": 7, "refused": 1} == got.counts


def test_parts_of_a_request_are_sent_once_while_the_store_has_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are kept behind what is still to be read from there, and were read again once."""
    monkeypatch.setattr(journal, "WINDOW", 4)
    monkeypatch.setattr(route_sender, "WINDOW", 4)
    names = [f"gen-{n:02}" for n in range(40)]
    platform = Platform(kind="doubles", most=1)
    _all_are("delivered", sent(platform, names), names)

    assert dict.fromkeys(names, 1) == platform.rows
    assert len(platform.bodies) == 60


def test_a_row_that_breaks_the_server_ends_alone() -> None:
    """500 for ever beside others that pass: it is split off, and not delivered."""
    platform = Platform(refuses=500)
    got = sent(platform, POISONED, items=4)

    assert {**dict.fromkeys(GOOD, "delivered"), "gen-2-poison": "undelivered"} == got.statuses
    assert dict.fromkeys(GOOD, 1) == platform.rows
    assert {"planned": 8, "delivered": 7, "undelivered": 1} == got.counts


def test_a_row_that_is_forbidden_ends_alone_where_the_connection_works() -> None:
    """403 of a firewall: the connection test passes, so that it is the row."""
    platform = Platform(refuses=403)
    got = sent(platform, POISONED, works=lambda: True)

    assert {**dict.fromkeys(GOOD, "delivered"), "gen-2-poison": "refused"} == got.statuses
    assert dict.fromkeys(GOOD, 1) == platform.rows


@pytest.mark.parametrize("code", [401, 403, 404, 302])
def test_a_route_that_is_blocked_stops_at_once_and_loses_nothing(code: int, tmp_path: object) -> None:
    """What it has waits for the next run, which delivers it."""
    path = f"{tmp_path}/store"
    blocking = Platform(script=[status(code)] * 99)
    with listening(blocking.behave) as wire, Client(timeout=LIMITS.timeout) as client:
        route = route_to(wire.url)
        with Store(path) as store, sending(store, route, NAMES, client) as (made, outcomes):
            first = result(store, made, outcomes)
        blocking.script = ()
        with Store(path) as store, sending(store, route, [], client) as (made, outcomes):
            second = result(store, made, outcomes)

    assert ({}, {"planned": 8, "waiting": 8}, f"it answered {code}") == (
        first.outcomes,
        first.counts,
        first.stuck,
    )
    assert len(blocking.bodies) <= LIMITS.concurrency + 4
    _all_are("delivered", second)
    assert dict.fromkeys(NAMES, 1) == blocking.rows


def test_a_dead_server_stops_the_route_and_gets_everything_when_it_is_back(tmp_path: object) -> None:
    """Nothing listens, and later it does."""
    path = f"{tmp_path}/store"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    route = route_to(f"http://127.0.0.1:{port}")
    with Client(timeout=LIMITS.timeout) as client, Store(path) as store:
        with sending(store, route, NAMES, client) as (made, outcomes):
            dead = result(store, made, outcomes)
        platform = Platform()
        with (
            listening(platform.behave, port) as wire,
            sending(store, route_to(wire.url), [], client) as (made, outcomes),
        ):
            back = result(store, made, outcomes)

    assert ({}, {"planned": 8, "waiting": 8}) == (dead.outcomes, dead.counts)
    assert "the server refused the connection" in str(dead.stuck)
    _all_are("delivered", back)
    assert dict.fromkeys(NAMES, 1) == platform.rows


@pytest.mark.parametrize("name", ["RateLimit_Reset", "Retry_After"])
def test_a_storm_of_429_holds_the_whole_route_as_long_as_the_server_asks(name: str) -> None:
    """One request goes after the wait, and not each that waits."""
    platform = Platform(script=[status(429, **{name: "1"})])
    begun = time.monotonic()
    got = sent(platform, NAMES[:6], evolve(LIMITS, concurrency=1))
    _all_are("delivered", got, NAMES[:6])

    assert 1 <= time.monotonic() - begun < 3
    assert 4 == len(platform.bodies)


def test_a_storm_of_429_is_asked_by_one_request_after_each_wait() -> None:
    """Several are on their way when it begins; nothing goes before the wait of an answer is over."""
    platform = Platform(script=[status(429, Retry_After="1")] * 4)
    _all_are("delivered", sent(platform, NAMES, evolve(LIMITS, concurrency=3, tries=None)))
    came = platform.moments
    first = sum(moment - came[0] < 0.9 for moment in came)
    waits = [later - one for one, later in pairwise(came[first - 1 :])]

    assert 1 <= first <= 3
    assert sum(wait > 0.9 for wait in waits) >= 4 - first + 1
    assert 8 == len(platform.bodies)


def test_one_route_is_down_while_another_goes_on() -> None:
    """Each in its own time."""
    dead = Platform(script=[silence] * 99)
    alive = Platform()
    limits = evolve(LIMITS, timeout=timedelta(seconds=0.2), tries=2)
    with (
        Store() as store,
        listening(dead.behave) as down,
        listening(alive.behave) as up,
        Client(timeout=limits.timeout) as client,
        sending(store, route_to(down.url, name="down"), NAMES, client, limits) as (first, _),
        sending(store, route_to(up.url, name="up"), NAMES, client, limits) as (second, outcomes),
    ):
        got = result(store, second, outcomes)
        was_running = first.is_running

    _all_are("delivered", got)
    assert was_running


def test_messages_hold_nothing_of_what_is_sent_or_answered() -> None:
    """Whatever the server says."""

    def chatty(connection: socket.socket) -> bool:
        body = b'{"message": "canary-answer"}'
        connection.sendall(
            b"HTTP/1.1 422 canary-reason\r\nX-Canary: 1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        return True

    got = sent(Platform(script=[chatty] * 20), ["gen-1", "gen-2"])

    assert ["rows: it answered 422: its log says why"] * 2 == [one.why for one in got.outcomes.values()]


def test_a_store_that_cannot_be_written_ends_the_sender_with_its_error() -> None:
    """And what was planned stays."""
    platform = Platform()
    with (
        Store() as store,
        listening(platform.behave) as wire,
        Client(timeout=LIMITS.timeout) as client,
    ):
        route = route_to(wire.url)
        store.do(
            lambda db: db.execute(
                "CREATE TRIGGER no BEFORE DELETE ON request BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
        with sending(store, route, NAMES, client) as (made, outcomes):
            got = result(store, made, outcomes)

    assert (8, {}) == (got.counts["waiting"], got.outcomes)
    assert "StoreError" == type(got.fault).__name__


def test_what_was_planned_too_long_ago_is_not_sent() -> None:
    """It is undelivered."""
    platform = Platform()
    got = sent(platform, NAMES[:2], evolve(LIMITS, age=timedelta(microseconds=1)))
    _all_are("undelivered", got, NAMES[:2])

    assert [] == platform.bodies


def test_a_sender_that_goes_on_waits_for_its_store_until_it_is_stopped() -> None:
    """A disk that fails for ever keeps nobody from stopping."""
    asked = threading.Event()

    class Failing:
        def more(self, _now: object) -> None:
            asked.set()
            raise StoreError("the disk is full")

    route = route_to("http://127.0.0.1:9")
    with Client() as client:
        sender = Sender(route=route, secrets={}, limits=LIMITS, client=client, clock=utc_now)
        made = route_sender.RouteSender(sender, Failing(), seed="0", ends=False)  # type: ignore[arg-type]
        made.start()
        assert asked.wait(5)
        made.stop()

        assert made.join(5)
    assert made.trouble == "it ended: the disk is full"
