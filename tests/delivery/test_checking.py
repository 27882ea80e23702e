"""A connection test as data: the next request, what stops it, and clocks that differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, get_args

import pytest
from attrs import evolve, frozen

from broadcast_core import Endpoint, Response
from broadcast_core.delivery.checking import (
    CheckRequest,
    CheckStep,
    clock_note,
    next_check,
    unanswered,
    without_secrets,
)
from broadcast_core.delivery.failure import Failure, FailureKind
from broadcast_core.destinations import Checked, plan_check
from tests.delivery.sink import KEY, NOW, Sink, route_to

ASK = Endpoint(name="ask", url="https://sink.example/ask")


@frozen(kw_only=True)
class Asking(Sink):
    """Its connection test is what a test gives."""

    asks: Callable[[tuple[Response, ...]], Any] = lambda answers: (
        plan_check(ASK) if not answers else Checked(works=True, what="it takes rows")
    )

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Any:
        """What a test gives."""
        return self.asks(answers)


def test_the_next_request_is_ready_to_go_out() -> None:
    """With the secret, which what may be shown of it has not."""
    asked: Any = next_check(route_to(Asking()), KEY, now=NOW)

    assert CheckStep(name="ask", method="POST", url="https://sink.example/ask") == asked.step
    assert ("k-1", b"{}") == (asked.outgoing.headers["Authorization"], asked.outgoing.body[1:-1])
    assert "k-1" not in repr(asked)


def test_the_outcome_is_what_the_destination_says() -> None:
    """Once it wants no more requests."""
    answers = (Response(status=200),)

    assert Checked(works=True, what="it takes rows") == next_check(route_to(Asking()), KEY, answers, now=NOW)


def _raises(_answers: object) -> Any:
    raise ZeroDivisionError("k-1")


FAULTS = {
    "raises": (_raises, "the destination 'sink' failed: ZeroDivisionError"),
    "another type": (lambda _: "k-1", "check gives a str that nobody planned: use plan_check"),
    "not planned": (
        lambda _: evolve(plan_check(ASK), url="https://sink.example/k-1"),
        "check gives a Request that nobody planned: use plan_check",
    ),
}


@pytest.mark.parametrize(("asks", "what"), FAULTS.values(), ids=FAULTS)
def test_a_plugin_that_fails_is_an_outcome(asks: Any, what: str) -> None:
    """In words, without a secret, with what to do."""
    told: Any = next_check(route_to(Asking(asks=asks)), KEY, now=NOW)

    assert (False, True) == (told.works, what in told.what)
    assert "plugin" in told.next_step
    assert "k-1" not in repr(told)


def test_a_test_that_does_not_end_is_ended() -> None:
    """After six requests."""
    route = route_to(Asking(asks=lambda _: plan_check(ASK)))
    found = [next_check(route, KEY, (Response(status=200),) * count, now=NOW) for count in (5, 6)]

    assert [True, False] == [isinstance(one, CheckRequest) for one in found]
    assert "more than 6 requests" in str(found[1])


@pytest.mark.parametrize(
    ("secrets", "what"),
    [
        ({}, "the route 'sink' lacks its secret 'api_key': The key of the sink."),
        ({"api_key": "k\n1"}, "the value of the header 'Authorization' has characters that no header takes"),
    ],
    ids=["missing", "no header"],
)
def test_a_secret_that_cannot_be_used_is_an_outcome(secrets: dict[str, str], what: str) -> None:
    """Before anything goes out, and without a word of it."""
    told: Any = next_check(route_to(Asking()), secrets, now=NOW)

    assert (False, "give the secret anew, and test again") == (told.works, told.next_step)
    assert what in told.what
    assert "k\n1" not in told.what


@pytest.mark.parametrize("kind", get_args(FailureKind))
def test_a_request_without_an_answer_has_a_next_step(kind: FailureKind) -> None:
    """Each kind of failure its own; what happened is told as the client says it."""
    told = unanswered(Failure(kind=kind, why="the name is not known"))
    others = {unanswered(Failure(kind=one, why="")).next_step for one in get_args(FailureKind)}

    assert (False, "the name is not known") == (told.works, told.what)
    assert len(get_args(FailureKind)) == len(others)


def test_the_advice_of_a_client_is_the_next_step() -> None:
    """Where it knew that nothing had left; else whether it arrived is not known, and a test asks again."""
    refused = Failure(kind="connect", why="it refused: see that it runs; or a proxy", may_have_arrived=False)
    silent = Failure(kind="timeout", why="no answer within 5 s: whether it acted is not known")

    assert ("it refused", "see that it runs; or a proxy") == (
        unanswered(refused).what,
        unanswered(refused).next_step,
    )
    assert ("no answer within 5 s", True) == (
        unanswered(silent).what,
        "test again" in unanswered(silent).next_step,
    )


def _dated(moment: datetime, **more: Any) -> Response:
    return Response(status=401, headers={"date": format_datetime(moment, usegmt=True), **more})


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(minutes=4), None),
        (timedelta(minutes=-4), None),
        (timedelta(minutes=6), "6 minutes behind that of the server"),
        (timedelta(hours=-25), "25 hours ahead of that of the server"),
        (timedelta(days=30), "30 days behind that of the server"),
    ],
    ids=str,
)
def test_a_clock_far_from_that_of_the_server_is_told(away: timedelta, words: str | None) -> None:
    """By the date of its answer; five minutes are nothing."""
    note = clock_note((Response(status=200), _dated(NOW + away)), NOW)

    assert (words is None) == (note is None)
    assert (words or "") in (note or "")


def test_an_answer_is_compared_when_it_came() -> None:
    """A test may take long."""
    later = NOW + timedelta(hours=1)

    assert clock_note((evolve(_dated(later), received=later),), NOW) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Date": "soon"},
        {"Date": "x" * 5000},
        {"Date": "Mon, 23 Nov 2020 10:00:00"},
        {"Date": format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True), "Age": "3600"},
    ],
    ids=["no date", "long", "no zone", "cached"],
)
def test_what_says_nothing_of_the_clock_is_not_told(headers: dict[str, str]) -> None:
    """A date that is none, or that of an answer out of a cache."""
    assert clock_note((Response(status=200, headers=headers),), NOW) is None


@pytest.mark.parametrize(
    "form", ['a"b/c-key', 'a\\"b/c-key', "a%22b%2Fc-key"], ids=["plain", "in JSON", "in a URL"]
)
def test_no_secret_is_left_in_an_answer(form: str) -> None:
    """As it is, as JSON has it, or as a URL has it; what is too short to be one stays."""
    answer = Response(status=401, headers={"Location": f"/?k={form}"}, body=f"no {form}: ab".encode())
    hidden = without_secrets(answer, {"key": ' a"b/c-key ', "pin": "ab", "none": ""})

    assert (b"no ****: ab", "/?k=****", 401) == (hidden.body, hidden.headers["location"], hidden.status)
