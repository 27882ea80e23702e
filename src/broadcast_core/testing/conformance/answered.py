"""Laws of what a destination makes of answers: what became of items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from broadcast_core.batching import Request, Response
from broadcast_core.batching.address import is_same_server
from broadcast_core.destinations.capabilities import ReadsAnswers
from broadcast_core.destinations.verdicts import (
    Blocked,
    Delivered,
    Doubtful,
    FollowUp,
    Refused,
    Retry,
    Split,
)
from broadcast_core.record.generation import Generation
from broadcast_core.testing.conformance.answers import (
    ECHOES,
    REDIRECTS,
    REFUSALS,
    STATUSES,
    answers,
    echoes_of,
)
from broadcast_core.testing.conformance.corpus import corpus, many
from broadcast_core.testing.conformance.expect import expect_nothing, expect_same
from broadcast_core.testing.conformance.subject import MARKER, Subject

_WAIT = timedelta(seconds=77)
_OF_ONE = (Delivered, Refused, Retry)


def answer_laws(subject: Subject) -> type:
    """Return the laws of how a destination reads answers."""
    destination = subject.destination

    class Laws:
        """Any answer is read."""

        def test_outcomes_read_any_answer(self) -> None:
            """One verdict for all, or one for each item; garbage raises nothing."""
            if not isinstance(destination, ReadsAnswers):
                return
            config = subject.config
            for request in _requests(subject):
                for answer in answers():
                    given: object = destination.outcomes(request, answer, config)
                    assert _is_verdicts(given, len(request.items)), _wrong(given, request, answer)

        def test_outcomes_are_of_the_right_number(self) -> None:
            """Where each item has its own, there are as many as items: of one, of some, of a split."""
            if not isinstance(destination, ReadsAnswers):
                return
            config = subject.config
            for request in _requests(subject):
                for answer in answers():
                    given: object = destination.outcomes(request, answer, config)
                    if isinstance(given, tuple):
                        assert len(given) == len(request.items), _wrong(given, request, answer)

        def test_outcomes_of_a_failure_are_no_success(self) -> None:
            """Nothing is delivered by an answer that is a failure by its status, and says nothing else."""
            if not isinstance(destination, ReadsAnswers):
                return
            config = subject.config
            for request in _requests(subject):
                for status in REFUSALS:
                    given = destination.outcomes(request, Response(status=status), config)
                    some = given if isinstance(given, tuple) else (given,)
                    assert not any(isinstance(one, Delivered) for one in some), (
                        f"{status} is read as delivered"
                    )

        def test_follow_ups_go_to_the_same_server(self) -> None:
            """With the secrets of the first request: no answer sends them to another server."""
            if not isinstance(destination, ReadsAnswers):
                return
            config = subject.config
            for request in _requests(subject):
                for answer in (*answers(), *REDIRECTS):
                    given: object = destination.outcomes(request, answer, config)
                    if isinstance(given, FollowUp):
                        assert is_same_server(request.url, given.request.url), (
                            f"an answer {answer.status} sends a follow-up to another server"
                        )

        def test_outcomes_wait_as_long_as_they_are_asked_to(self) -> None:
            """A retry keeps `Retry-After`: a server that is busy says when it is not."""
            if not isinstance(destination, ReadsAnswers):
                return
            config = subject.config
            for request in _requests(subject):
                for status in (429, 503):
                    answer = Response(status=status, headers={"Retry-After": "77"})
                    given: object = destination.outcomes(request, answer, config)
                    some = given if isinstance(given, tuple) else (given,)
                    hasty = [one.after for one in some if isinstance(one, Retry) and one.after != _WAIT]
                    expect_nothing(hasty, f"waits after {status} with Retry-After: 77")

        def test_outcomes_find_the_items_that_are_refused(self) -> None:
            """By the place, the row or the key that an answer names; if it names none, they are doubtful.

            The others were taken where the status is a success, and else perhaps not.
            """
            if subject.refusing is None or not isinstance(destination, ReadsAnswers):
                return
            config = subject.config
            for request in _requests(subject, corpus()):
                last = len(request.items) - 1
                for places in ({0}, {last}, {0, last}, {last // 2}, set(range(last + 1))):
                    for answer in subject.refusing(request, frozenset(places)):
                        given: object = destination.outcomes(request, answer, config)
                        wrong = _misread(given, places, len(request.items), answer)
                        expect_nothing(wrong, f"items of which {sorted(places)} are refused")

        def test_outcomes_quote_no_content(self) -> None:
            """Servers say what they refuse, and that is what users said: a reason is in words of its own."""
            if not isinstance(destination, ReadsAnswers):
                return
            config = subject.config
            for request in _requests(subject):
                keys = [item.key for item in request.items if item.key is not None]
                for status in STATUSES:
                    for body in (*ECHOES, *echoes_of(keys)):
                        given = destination.outcomes(request, Response(status=status, body=body), config)
                        assert MARKER not in repr(given), f"an answer {status} is quoted"

        def test_outcomes_are_the_same_each_time(self) -> None:
            """They hang on the request and its answer alone."""
            if not isinstance(destination, ReadsAnswers):
                return
            config = subject.config
            for request in _requests(subject):
                for answer in answers():
                    one, other = (destination.outcomes(request, answer, config) for _ in range(2))
                    expect_same(one, other, f"two outcomes of an answer {answer.status}")

    return Laws


def _misread(given: object, places: set[int], count: int, answer: Response) -> Iterator[str]:
    """Yield the items whose verdict is not that of an answer which refuses those at some places.

    A platform that takes all of a request or nothing refuses it, and the others are to be sent again.
    """
    if isinstance(given, Doubtful | Split):
        return
    each = given if isinstance(given, tuple) else (given,) * count
    rights = (Delivered,) if answer.status < 400 else (Delivered, Retry)
    for n, verdict in enumerate(each):
        if isinstance(verdict, rights) == (n in places):
            yield f"item {n} is read as {type(verdict).__name__}"


def _requests(subject: Subject, batch: Sequence[Generation] = ()) -> Iterator[Request]:
    """Yield one request of each endpoint, and a half of it."""
    seen: set[str] = set()
    for request in subject.plan(batch or many("v", 3)).requests:
        if request.endpoint.name not in seen:
            seen.add(request.endpoint.name)
            yield request
            if len(request.items) > 1:
                yield request.split()[0]


def _is_verdicts(given: object, count: int) -> bool:
    """Tell whether a value is verdicts, each of which is what its class says."""
    if isinstance(given, tuple):
        return len(given) == count and all(isinstance(one, _OF_ONE) for one in given)
    if isinstance(given, Doubtful):
        return given.count is None or (type(given.count) is int and given.count >= 0)
    if isinstance(given, FollowUp):
        return isinstance(given.request, Request) and not given.request.items and given.request.is_as_planned
    return isinstance(given, (*_OF_ONE, Split, Blocked))


def _wrong(given: object, request: Request, answer: Response) -> str:
    shape = f"{len(given)} verdicts" if isinstance(given, tuple) else f"a {type(given).__name__}"
    return f"an answer {answer.status} {answer.body[:40]!r} gives {shape} for {len(request.items)} items"
