"""A plan is sent in threads and in tasks alike, and each generation has an outcome."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import Any

import httpx
import httpx2
import pytest
from attrs import define, evolve, field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcast_core import Response, Route, plan
from broadcast_core.delivery import limits as delivery_limits
from broadcast_core.delivery.job import Job
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.stored.requests import requests_of
from broadcast_core.errors import ArgumentError
from broadcast_core.plugins import destination
from broadcast_core.sending import AsyncClient, Client, DeliveryReport, send, send_async
from broadcast_core.sending.clock import utc_now
from broadcast_core.sending.plans.route_run import RouteRun
from broadcast_core.sending.plans.runs import Runs
from broadcast_core.testing.loopback import serve
from tests.sending.queue.lines import KEY, generation
from tests.sending.wire import listening, read_request, silent

_STATUSES = [200, 200, 200, 400, 401, 404, 408, 413, 422, 429, 500, 503]
Send = Callable[..., DeliveryReport]


def _in_tasks(*arguments: Any, **options: Any) -> DeliveryReport:
    return asyncio.run(send_async(*arguments, **options))


@pytest.fixture(params=[send, _in_tasks], ids=["threads", "tasks"])
def sends(request: pytest.FixtureRequest) -> Send:
    """Either of the two."""
    found: Send = request.param
    return found


@pytest.fixture(autouse=True, scope="module")
def _short_waits() -> Iterator[None]:
    """Wait for milliseconds where it would be seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery_limits, "_FIRST_WAIT", timedelta(milliseconds=0.1))
        yield


@define
class Scripted:
    """A server that answers by a script, one status a request, then always with the last."""

    url: str = ""
    script: list[int] = field(factory=lambda: [200])
    bodies: list[bytes] = field(factory=list)
    tokens: set[str | None] = field(factory=set)

    def answer(self, _method: str, _path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer a request."""
        self.tokens.add(headers.get("Authorization"))
        self.bodies.append(body)
        return Response(status=self.script.pop(0) if len(self.script) > 1 else self.script[0])

    def route(self, name: str = "lines") -> Route:
        """Return a route that sends here."""
        return Route.to(destination("ndjson"), {"url": self.url}, name=name)


@contextmanager
def _served() -> Iterator[Scripted]:
    server = Scripted()
    with serve(server.answer) as url:
        server.url = url
        yield server


@pytest.fixture(scope="module")
def shared() -> Iterator[Scripted]:
    """One server for all tests."""
    with _served() as server:
        yield server


@pytest.fixture
def server(shared: Scripted) -> Scripted:
    """The server, as if it were new."""
    shared.script, shared.bodies, shared.tokens = [200], [], set()
    return shared


def _requests(route: Route, number: int, each: int = 2) -> list[Any]:
    """Return requests of some generations each."""
    some = [[generation(f"{n}-{m}") for m in range(each)] for n in range(number)]
    return [request for one in some for request in plan(one, route).requests]


def test_everything_is_delivered_in_order(sends: Send, server: Scripted) -> None:
    """With the secrets of the route; outcomes come in the order of the requests."""
    route = server.route()

    report = sends(_requests(route, 3), route, {"lines": {"token": KEY}})

    assert report.is_complete
    assert [f"gen-{n}-{m}" for n in range(3) for m in range(2)] == [one.generation for one in report.outcomes]
    assert (6, (), {}) == (report.count("delivered"), report.letters, report.stopped)
    assert {f"Bearer {KEY}"} == server.tokens


def test_what_is_refused_is_a_letter_that_can_be_sent_again(sends: Send, server: Scripted) -> None:
    """In the stored form of requests, without secrets, and with why."""
    route = server.route()
    server.script = [200, 422, 200]

    report = sends(
        _requests(route, 3, each=1), route, {"lines": {"token": KEY}}, limits=Limits(concurrency=1)
    )
    again = list(requests_of(report.letters, [route]))
    server.script = [200]

    assert ["delivered", "refused", "delivered"] == [one.status for one in report.outcomes]
    assert [("gen-1-0",)] == [one.generations for one in again]
    assert b'"status":"refused"' in report.letters[0]
    assert KEY.encode() not in report.letters[0]
    assert sends(again, route).is_complete


def test_a_route_that_is_stuck_delays_no_other(sends: Send, server: Scripted) -> None:
    """A key that is refused stops its route; the rest of it is undelivered, and can be sent again."""
    good = server.route("good")
    with _served() as other:
        other.script = [401]
        bad = other.route("bad")
        requests = _requests(bad, 3) + _requests(good, 3)

        report = sends(requests, [bad, good], limits={"bad": Limits(concurrency=1)})

    assert (6, 6) == (report.count("delivered"), report.count("undelivered"))
    assert ["bad"] == list(report.stopped)
    assert "401" in report.stopped["bad"]
    assert 1 == len(other.bodies)
    assert 3 == len(report.letters)


def test_no_more_are_on_their_way_than_the_limits_let(sends: Send) -> None:
    """At once."""
    flying, highest, opened = [0], [0], Event()

    def behave(connection: Any, wire: Any) -> None:
        while read_request(connection, wire):
            flying[0] += 1
            highest[0] = max(highest[0], flying[0])
            opened.wait(0.02)
            flying[0] -= 1
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with listening(behave) as wire:
        route = Scripted(url=wire.url).route()
        report = sends(_requests(route, 12, each=1), route, limits=Limits(concurrency=3))

    assert report.is_complete
    assert 2 <= highest[0] <= 3


def test_at_the_deadline_what_has_not_ended_is_reported(sends: Send) -> None:
    """What is on its way may arrive; what waits may not."""
    with listening(silent) as wire:
        route = Scripted(url=wire.url).route()
        began = time.monotonic()
        report = sends(
            _requests(route, 2, each=1), route, limits=Limits(concurrency=1), deadline=timedelta(seconds=0.15)
        )
        took = time.monotonic() - began

    assert took < 2
    assert [("undelivered", True), ("undelivered", False)] == [
        (one.status, one.may_be_there) for one in report.outcomes
    ]
    assert 2 == len(report.letters)


@pytest.mark.parametrize("make", [Client, httpx2.Client, httpx.Client])
def test_the_client_of_a_caller_is_used_and_left_open(make: Any, server: Scripted) -> None:
    """Ours, or one of either library."""
    route = server.route()
    client = make()

    reports = [send(_requests(route, 1), route, client=client) for _ in range(2)]
    client.close()

    assert [True, True] == [report.is_complete for report in reports]


def test_the_awaited_client_of_a_caller_is_used_and_left_open(server: Scripted) -> None:
    """The same."""
    route = server.route()

    async def run(make: Any) -> list[bool]:
        client = make()
        reports = [await send_async(_requests(route, 1), route, client=client) for _ in range(2)]
        await client.aclose()
        return [report.is_complete for report in reports]

    assert [[True, True]] * 2 == [asyncio.run(run(make)) for make in (AsyncClient, httpx2.AsyncClient)]


def test_a_cancellation_goes_on() -> None:
    """And leaves no task."""

    async def run(route: Route) -> int:
        sending = asyncio.ensure_future(send_async(_requests(route, 2), route))
        await asyncio.sleep(0.1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        return len(asyncio.all_tasks())

    with listening(silent) as wire:
        assert 1 == asyncio.run(run(Scripted(url=wire.url).route()))


def test_only_planned_requests_of_the_routes_are_sent(sends: Send, server: Scripted) -> None:
    """All is told before anything is sent."""
    route = server.route()
    (request,) = _requests(route, 1)
    wrong = [
        ("of the route 'lines'", [request], [server.route("other")]),
        ("expected planned requests, got a int", [request, 1], [route]),
        ("secrets have been added", [evolve(request, headers={"Authorization": "k"})], [route]),
    ]

    for what, requests, routes in wrong:
        with pytest.raises(ArgumentError, match=what):
            sends(requests, routes)
    assert [] == server.bodies
    assert sends([], route).is_complete


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=max(10, settings.default.max_examples // 3),  # each is two runs over sockets
)
@given(
    script=st.lists(st.sampled_from(_STATUSES), max_size=12),
    last=st.sampled_from([200, 422, 503]),
    numbers=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    tries=st.integers(1, 6),
)
def test_threads_and_tasks_come_to_the_same(
    server: Scripted, script: list[int], last: int, numbers: list[int], tries: int
) -> None:
    """Outcomes, dead letters and what the server was sent, against the same answers."""
    route = server.route()
    requests = [
        request
        for n, number in enumerate(numbers)
        for request in plan([generation(f"{n}-{m}") for m in range(number)], route).requests
    ]
    limits = Limits(concurrency=1, tries=tries, on_unknown_outcome="resend")
    found = []
    for sending in (send, _in_tasks):
        server.script, server.bodies = [*script, last], []
        found.append((sending(requests, route, limits=limits), server.bodies))

    (first, first_bodies), (second, second_bodies) = found
    assert first == second
    assert first_bodies == second_bodies
    assert [g for request in requests for g in request.generations] == [
        one.generation for one in first.outcomes
    ]


def test_an_answer_after_the_end_changes_nothing(server: Scripted) -> None:
    """Its generation has its outcome by then, and only one."""
    route = server.route()
    now = utc_now()
    run = RouteRun(route, {}, Limits(), plan([generation(1)], route).requests, now, "0")
    job = run.next(now)
    assert isinstance(job, Job)
    run.stop("not delivered before the deadline")
    before = (list(run.outcomes), list(run.letters))
    run.take(job, Response(status=200), now)

    assert before == (run.outcomes, run.letters)
    assert ["undelivered"] == [one.status for one in run.outcomes]


def test_what_is_interrupted_leaves_no_thread(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """By Ctrl-C, while it waits for answers."""
    route = server.route()
    before = set(threading.enumerate())

    def interrupt(_runs: Runs, _now: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Runs, "due", interrupt)
    with pytest.raises(KeyboardInterrupt):
        send(plan([generation(1)], route).requests, route)
    until = time.monotonic() + 5
    while {one for one in threading.enumerate() if one.name.startswith("broadcast-send")} - before:
        assert time.monotonic() < until, "its threads go on"
        time.sleep(0.01)
