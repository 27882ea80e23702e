"""What an answer means for each item, also where its destination fails on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from broadcast_core import Response
from broadcast_core.delivery import verdicts
from broadcast_core.destinations import Delivered, Doubtful, FollowUp, Refused, Retry, Split, Verdict
from broadcast_core.errors import ArgumentError
from tests.delivery.sink import NOW, Reading, Sink, request_of, route_to

OK = Response(status=200)


def _read(reads: Callable[..., Any], response: Response = OK, count: int = 3) -> tuple[Verdict, ...]:
    return verdicts(request_of(count), response, route_to(Reading(reads=reads)), NOW)


def test_a_status_speaks_for_all_items() -> None:
    """Of a destination that reads no answers."""
    assert (Delivered(),) * 3 == verdicts(request_of(), OK, route_to(Sink()))


def test_a_date_to_retry_after_counts_from_now() -> None:
    """The time is that of the caller."""
    answer = Response(status=503, headers={"retry-after": "Thu, 26 Nov 2026 12:01:00 GMT"})

    assert {Retry("it answered 503", timedelta(minutes=1))} == set(
        verdicts(request_of(), answer, route_to(Sink()), NOW)
    )


@pytest.mark.parametrize(
    "one",
    [Delivered(), Refused("no"), Retry("busy"), Split("one of them"), Doubtful(2, "two of them")],
    ids=lambda one: type(one).__name__,
)
def test_one_verdict_of_a_destination_is_repeated(one: Verdict) -> None:
    """Whatever the status."""
    assert (one,) * 3 == _read(lambda *_: one, Response(status=500))


def test_a_follow_up_stands_for_all_items() -> None:
    """With its request."""
    later = FollowUp(request_of(0))

    assert [later] * 3 == list(_read(lambda *_: later))


def test_verdicts_by_item_are_taken_in_their_order() -> None:
    """Also where the status says otherwise."""
    each = (Delivered(), Refused("no"), Retry("busy"))

    assert each == _read(lambda *_: each, Response(status=400))


def test_a_split_of_one_item_is_a_refusal() -> None:
    """By status, and by its destination."""
    assert (Refused("it answered 413"),) == verdicts(request_of(1), Response(status=413), route_to(Sink()))
    assert (Refused("bad"),) == _read(lambda *_: Split("bad"), count=1)
    assert (Split("bad"),) * 2 == _read(lambda *_: Split("bad"), count=2)


def _raise(error: BaseException) -> Any:
    raise error


UNREADABLE: Mapping[str, tuple[Callable[..., Any], str]] = {
    "an error": (lambda *_: _raise(KeyError("content of the user")), "raised KeyError"),
    "an end of the process": (lambda *_: _raise(SystemExit(1)), "raised SystemExit"),
    "nothing": (lambda *_: None, "gave a NoneType"),
    "one too few": (lambda *_: (Delivered(),) * 2, "gave 2 verdicts for 3 items"),
    "one too many": (lambda *_: (Delivered(),) * 4, "gave 4 verdicts for 3 items"),
    "a list": (lambda *_: [Delivered()] * 3, "gave a list"),
    "a split of one item of three": (lambda *_: (Split("x"), Delivered(), Delivered()), "gave a tuple"),
    "a class and no verdict": (lambda *_: Delivered, "gave a type"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_an_answer_that_cannot_be_read_is_doubtful(what: str) -> None:
    """After a success: all items may be there, or not. The destination is named, and no content is quoted."""
    reads, why = UNREADABLE[what]
    each = _read(reads)
    (one,) = set(each)

    assert isinstance(one, Doubtful)
    assert (3, 3) == (len(each), one.count)
    assert f"'sink' could not read the answer: its outcomes {why}" in one.why
    assert "content of the user" not in one.why


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize(("status", "kind"), [(503, Retry), (401, Refused), (400, Split)])
def test_a_status_that_is_no_success_says_what_the_destination_cannot(
    what: str, status: int, kind: type
) -> None:
    """Nothing was taken then."""
    assert {kind} == {type(one) for one in _read(UNREADABLE[what][0], Response(status=status))}


def test_a_request_without_items_has_no_verdicts() -> None:
    """The answer to a follow-up is read with the request that has the items: else they would be lost."""
    with pytest.raises(ArgumentError, match="without items"):
        verdicts(request_of(0), OK, route_to(Sink()))
