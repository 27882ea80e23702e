"""What an answer means for each item, also where its destination fails on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from broadcast_core import Request, Response
from broadcast_core.delivery import verdicts
from broadcast_core.destinations import (
    Blocked,
    Delivered,
    Doubtful,
    FollowUp,
    Refused,
    Retry,
    Split,
    Verdict,
    verdict_of_status,
)
from broadcast_core.errors import ArgumentError
from tests.delivery.sink import NOW, ROWS, Reading, Sink, request_of, route_to

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


def test_a_follow_up_asks_anywhere_on_the_same_server() -> None:
    """A host has no letter case; and no wait is a wait."""
    later = FollowUp(_at("https://SINK.example/status?of=1"), timedelta())

    assert [later] * 3 == list(_read(lambda *_: later))


def test_verdicts_by_item_are_taken_in_their_order() -> None:
    """Also where the status says otherwise."""
    each = (Delivered(), Refused("no"), Retry("busy"))

    assert each == _read(lambda *_: each, Response(status=400))


def test_a_split_of_one_item_is_a_refusal() -> None:
    """By status, and by its destination."""
    why = "it answered 413: larger than it takes: raise its limit, or send less"

    assert (Refused(why),) == verdicts(request_of(1), Response(status=413), route_to(Sink()))
    assert (Refused("bad"),) == _read(lambda *_: Split("bad"), count=1)
    assert (Split("bad"),) * 2 == _read(lambda *_: Split("bad"), count=2)


def _raise(error: BaseException) -> Any:
    raise error


def _without_items(request: Request) -> Request:
    """Return a planned request to the same endpoint without items."""
    return Request.planned(route=request.route, endpoint=request.endpoint)


def _at(url: str) -> Request:
    """Return a planned request of the route to a URL, without items."""
    return Request.planned(route="sink", endpoint=evolve(ROWS, url=url))


UNREADABLE: Mapping[str, tuple[Callable[..., Any], str]] = {
    "an error": (lambda *_: _raise(KeyError("content of the user")), "raised KeyError"),
    "an end of the process": (lambda *_: _raise(SystemExit(1)), "raised SystemExit"),
    "nothing": (lambda *_: None, "gave a NoneType"),
    "one too few": (lambda *_: (Delivered(),) * 2, "gave 2 verdicts for 3 items"),
    "one too many": (lambda *_: (Delivered(),) * 4, "gave 4 verdicts for 3 items"),
    "a list": (lambda *_: [Delivered()] * 3, "gave a list"),
    "a split of one item of three": (
        lambda *_: (Split("x"), Delivered(), Delivered()),
        "gave a verdict for one item that is for all",
    ),
    "a class and no verdict": (lambda *_: Delivered, "gave a type, and no verdicts"),
    "no tuple of verdicts": (lambda *_: (Delivered(), None, Delivered()), "gave a NoneType, and no verdicts"),
    "a reason that is no text": (lambda *_: Refused(5), "gave a Refused whose why is no text"),  # type: ignore[arg-type]
    "a reason that is no text, of one": (
        lambda *_: (Delivered(), Delivered(), Retry(None)),  # type: ignore[arg-type]
        "gave a Retry whose why is no text",
    ),
    "a wait that is none": (lambda *_: Retry("busy", 5), "gave a Retry whose after is no timedelta"),  # type: ignore[arg-type]
    "a split without a reason": (lambda *_: Split(None), "gave a Split whose why is no text"),  # type: ignore[arg-type]
    "a count below nought": (lambda *_: Doubtful(-1, "x"), "gave a Doubtful whose count is no whole number"),
    "a count that is true": (
        lambda *_: Doubtful(True, "x"),
        "gave a Doubtful whose count is no whole number",
    ),
    "a doubt without a reason": (lambda *_: Doubtful(1, None), "gave a Doubtful whose why is no text"),  # type: ignore[arg-type]
    "a follow-up of text": (lambda *_: FollowUp("https://x"), "gave a FollowUp whose request is none"),  # type: ignore[arg-type]
    "a follow-up with items": (
        lambda request, _: FollowUp(request),
        "gave a FollowUp whose request is none that is planned without items",
    ),
    "a follow-up that nobody planned": (
        lambda request, _: FollowUp(Request(route="r", endpoint=request.endpoint, url="https://x")),
        "gave a FollowUp whose request is none that is planned without items",
    ),
    "a wait of a follow-up": (
        lambda request, _: FollowUp(_without_items(request), 5),
        "gave a FollowUp whose after is no timedelta",
    ),
    "a wait that is over": (
        lambda *_: Retry("busy", timedelta(seconds=-1)),
        "gave a Retry whose after is before now",
    ),
    "a wait of a follow-up that is over": (
        lambda request, _: FollowUp(_without_items(request), timedelta(seconds=-1)),
        "gave a FollowUp whose after is before now",
    ),
    "a doubt of more than there are": (
        lambda *_: Doubtful(4, "x"),
        "gave a Doubtful of more items",
    ),
    "a follow-up of another route": (
        lambda *_: FollowUp(Request.planned(route="other", endpoint=ROWS)),
        "gave a FollowUp of another route",
    ),
    "a follow-up to another host": (
        lambda *_: FollowUp(_at("https://other.example/rows")),
        "gave a FollowUp to another server",
    ),
    "a follow-up to another port": (
        lambda *_: FollowUp(_at("https://sink.example:8443/rows")),
        "gave a FollowUp to another server",
    ),
    "a follow-up to nowhere": (
        lambda *_: FollowUp(_at("https://[sink")),
        "gave a FollowUp that has a URL that cannot be read",
    ),
    "a follow-up without encryption": (
        lambda *_: FollowUp(_at("http://sink.example/rows")),
        "gave a FollowUp to another server",
    ),
    "an end of a task": (lambda *_: _raise(GeneratorExit()), "raised GeneratorExit"),
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
@pytest.mark.parametrize(("status", "kind"), [(503, Retry), (401, Blocked), (400, Split)])
def test_a_status_that_is_no_success_says_what_the_destination_cannot(
    what: str, status: int, kind: type
) -> None:
    """Nothing was taken then."""
    assert {kind} == {type(one) for one in _read(UNREADABLE[what][0], Response(status=status))}


LATER = request_of(0)


def _of_follow_up(status: int, **headers: str) -> Verdict:
    """Return what all items of a request have by the answer to its follow-up."""
    answer = Response(status=status, headers=headers, follow_up=LATER)
    first, *others = verdicts(request_of(), answer, route_to(Sink()), NOW)
    assert [first, first] == others
    return first


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_follow_up_that_fails_for_now_is_asked_again(status: int) -> None:
    """And its request not sent again: the platform has taken it."""
    again = _of_follow_up(status, **{"Retry-After": "Thu, 26 Nov 2026 12:01:00 GMT"})

    assert FollowUp(LATER, timedelta(minutes=1)) == again


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422, 301, 501])
def test_a_follow_up_that_fails_for_good_is_doubtful(status: int) -> None:
    """All of its items may be there, or not; no half of them is asked for, and none is sent again."""
    assert Doubtful(3, f"it answered {status} to a follow-up") == _of_follow_up(status)


def test_a_follow_up_that_succeeds_delivers() -> None:
    """All that it stands for."""
    assert Delivered() == _of_follow_up(200)


def test_a_destination_knows_which_request_was_answered_and_when() -> None:
    """So it can tell the answer to a follow-up, and count from a date."""
    seen: list[Response] = []

    def reads(_request: Request, response: Response) -> Verdict:
        seen.append(response)
        return verdict_of_status(response)

    headers = {"retry-after": "Thu, 26 Nov 2026 12:01:00 GMT"}
    first = _read(reads, Response(status=503, headers=headers))
    earlier = NOW - timedelta(minutes=1)
    later = _read(reads, Response(status=503, headers=headers, received=earlier, follow_up=LATER))

    assert [(None, NOW), (LATER, earlier)] == [(one.follow_up, one.received) for one in seen]
    assert {Retry("it answered 503", timedelta(minutes=1))} == set(first)
    assert [FollowUp(LATER, timedelta(minutes=2))] * 3 == list(later)


def test_doubt_that_does_not_count_is_of_all_items() -> None:
    """Whoever gives it."""
    assert (Doubtful(3, "lost"),) * 3 == _read(lambda *_: Doubtful(None, "lost"))


@pytest.mark.parametrize("name", ["X-Code", "x-code", "X-CODE"])
def test_a_destination_reads_headers_in_any_letter_case(name: str) -> None:
    """As HTTP has them (RFC 9110, section 5.1); HTTP/2 writes them in lower case."""
    each = _read(
        lambda _, response: Retry(response.headers["X-Code"]), Response(status=500, headers={name: "60"})
    )

    assert {Retry("60")} == set(each)


@pytest.mark.parametrize("headers", [{"retry-after": 5}, {5: "x"}, {"retry-after": None}], ids=str)
def test_headers_of_other_types_are_no_wait(headers: Any) -> None:
    """A caller may have taken them from anywhere."""
    each = verdicts(request_of(), Response(status=503, headers=headers), route_to(Sink()), NOW)

    assert {Retry("it answered 503")} == set(each)


def test_a_request_without_items_has_no_verdicts() -> None:
    """The answer to a follow-up is read with the request that has the items: else they would be lost."""
    with pytest.raises(ArgumentError, match="without items"):
        verdicts(request_of(0), OK, route_to(Sink()))
