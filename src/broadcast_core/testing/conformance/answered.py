"""Laws of what a destination makes of answers: the test of a connection, and what became of items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from broadcast_core.batching import Request, Response
from broadcast_core.delivery import prepare
from broadcast_core.destinations.capabilities import ReadsAnswers
from broadcast_core.destinations.contract import Checked, Destination
from broadcast_core.destinations.verdicts import Delivered, Doubtful, FollowUp, Refused, Retry, Split
from broadcast_core.pipeline.plugin_checks import endpoints_of
from broadcast_core.record.generation import Generation
from broadcast_core.testing.conformance.answers import BODIES, ECHOES, HEADERS, REDIRECTS, STATUSES, echoes_of
from broadcast_core.testing.conformance.corpus import corpus, many
from broadcast_core.testing.conformance.described import other_configs
from broadcast_core.testing.conformance.expect import expect_nothing, expect_same, fail
from broadcast_core.testing.conformance.subject import MARKER, NOW, Subject

_MAX_STEPS = 10
_GOOD = Response(status=200, body=b"{}")
_WAIT = timedelta(seconds=77)
_READING = ("GET", "HEAD", "OPTIONS")
_OF_ONE = (Delivered, Refused, Retry)
_REFUSALS = (401, 403, 429, 500, 502, 503)


def answer_laws(subject: Subject) -> type:
    """Return the laws of how a destination reads answers."""
    destination = subject.destination

    def answers() -> Iterator[Response]:
        for status in STATUSES:
            for n, body in enumerate(BODIES):
                yield Response(status=status, headers=HEADERS[n % len(HEADERS)], body=body)

    class Laws:
        """Any answer is read."""

        def test_check_begins_with_a_request_or_a_result(self) -> None:
            """A request as planned, without a secret, which can be authorized."""
            first = destination.check(subject.config)

            assert isinstance(first, Request | Checked), f"check returns a {type(first).__name__}"
            if isinstance(first, Request):
                assert first.is_as_planned, "make it by plan_check(endpoint)"
                assert first.url.startswith(("https://", "http://"))
                assert isinstance(subject.authorize(first, subject.secrets()), Request), (
                    "authorize returns no Request"
                )

        def test_check_writes_nothing(self) -> None:
            """It reads, or asks with no row: a connection test leaves no row behind."""
            for answer in answers():
                for step in _steps(subject, answer):
                    if isinstance(step, Request):
                        expect_nothing(_written(subject, step), "check writes rows, to")

        def test_check_ends_whatever_is_answered(self) -> None:
            """With a result, in a few steps; it raises nothing."""
            for answer in answers():
                _checked(subject, answer)

        def test_check_tells_what_is_wrong_and_what_to_do(self) -> None:
            """In words; and quotes no garbage of bytes."""
            for answer in answers():
                told = _checked(subject, answer)
                assert isinstance(told.works, bool), "works is true or false"
                assert told.what.strip(), f"nothing is said of an answer {answer.status}"
                assert told.works or told.next_step.strip(), f"no next step for an answer {answer.status}"

        def test_check_uses_the_secrets(self) -> None:
            """One of its steps has each that is needed: else it works, or fails, whatever the secret is."""
            steps = [step for step in _steps(subject, _GOOD) if isinstance(step, Request)]
            needed = [name for name, one in destination.describe().secrets.items() if one.required]
            secrets, route = dict(subject.secrets()), subject.route()

            def differs(step: Request, name: str) -> bool:
                given = ({**secrets, name: subject.given.get(name, value)} for value in ("one", "other"))
                one, two = (prepare(step, route, each, now=NOW) for each in given)
                return (one.url, dict(one.headers), one.body) != (two.url, dict(two.headers), two.body)

            unused = [
                name
                for name in needed
                if steps and name not in subject.given and not any(differs(one, name) for one in steps)
            ]
            expect_nothing(unused, "secrets that the connection test does not use")

        def test_check_asks_the_server_that_is_configured(self) -> None:
            """With another URL no step goes to where requests go by default: a secret would go there too."""
            known = _servers(destination, subject.config)
            for config in other_configs(subject):
                if not known & _servers(destination, config):
                    steps = _steps(subject, _GOOD, config)
                    asked = {urlsplit(step.url).netloc for step in steps if isinstance(step, Request)}
                    expect_nothing(asked & known, "servers of another config that check asks")

        def test_check_does_not_work_when_it_is_refused(self) -> None:
            """No connection works whose every answer is a refusal or a failure."""
            first = destination.check(subject.config)
            for status in _REFUSALS if isinstance(first, Request) else ():
                told = _checked(subject, Response(status=status))
                assert not told.works, f"check says that it works when the answer is {status}"

        def test_outcomes_read_any_answer(self) -> None:
            """One verdict for all, or one for each item; garbage raises nothing."""
            if not isinstance(destination, ReadsAnswers):
                return
            for request in _requests(subject):
                for answer in answers():
                    given: object = destination.outcomes(request, answer, subject.config)
                    assert _is_verdicts(given, len(request.items)), _wrong(given, request, answer)

        def test_outcomes_are_of_the_right_number(self) -> None:
            """Where each item has its own, there are as many as items: of one, of some, of a split."""
            if not isinstance(destination, ReadsAnswers):
                return
            for request in _requests(subject):
                for answer in answers():
                    given: object = destination.outcomes(request, answer, subject.config)
                    if isinstance(given, tuple):
                        assert len(given) == len(request.items), _wrong(given, request, answer)

        def test_outcomes_of_a_failure_are_no_success(self) -> None:
            """Nothing is delivered by an answer that is a failure by its status, and says nothing else."""
            if not isinstance(destination, ReadsAnswers):
                return
            for request in _requests(subject):
                for status in _REFUSALS:
                    given = destination.outcomes(request, Response(status=status), subject.config)
                    some = given if isinstance(given, tuple) else (given,)
                    assert not any(isinstance(one, Delivered) for one in some), (
                        f"{status} is read as delivered"
                    )

        def test_follow_ups_go_to_the_same_server(self) -> None:
            """With the secrets of the first request: no answer sends them to another server."""
            if not isinstance(destination, ReadsAnswers):
                return
            for request in _requests(subject):
                for answer in (*answers(), *REDIRECTS):
                    given: object = destination.outcomes(request, answer, subject.config)
                    if isinstance(given, FollowUp):
                        one, other = (urlsplit(each.url).netloc for each in (request, given.request))
                        assert one == other, f"an answer {answer.status} sends a follow-up to another server"

        def test_outcomes_wait_as_long_as_they_are_asked_to(self) -> None:
            """A retry keeps `Retry-After`: a server that is busy says when it is not."""
            if not isinstance(destination, ReadsAnswers):
                return
            for request in _requests(subject):
                for status in (429, 503):
                    answer = Response(status=status, headers={"Retry-After": "77"})
                    given: object = destination.outcomes(request, answer, subject.config)
                    some = given if isinstance(given, tuple) else (given,)
                    hasty = [one.after for one in some if isinstance(one, Retry) and one.after != _WAIT]
                    expect_nothing(hasty, f"waits after {status} with Retry-After: 77")

        def test_outcomes_find_the_items_that_are_refused(self) -> None:
            """By the place, the row or the key that an answer names; if it names none, they are doubtful."""
            if subject.refusing is None or not isinstance(destination, ReadsAnswers):
                return
            for request in _requests(subject, corpus()):
                last = len(request.items) - 1
                for places in ({0}, {last}, {0, last}, {last // 2}, set(range(last + 1))):
                    for answer in subject.refusing(request, frozenset(places)):
                        given: object = destination.outcomes(request, answer, subject.config)
                        wrong = _misread(given, places, len(request.items))
                        expect_nothing(wrong, f"items of which {sorted(places)} are refused")

        def test_outcomes_quote_no_content(self) -> None:
            """Servers say what they refuse, and that is what users said: a reason is in words of its own."""
            if not isinstance(destination, ReadsAnswers):
                return
            for request in _requests(subject):
                keys = [item.key for item in request.items if item.key is not None]
                for status in STATUSES:
                    for body in (*ECHOES, *echoes_of(keys)):
                        given = destination.outcomes(
                            request, Response(status=status, body=body), subject.config
                        )
                        assert MARKER not in repr(given), f"an answer {status} is quoted"

        def test_outcomes_are_the_same_each_time(self) -> None:
            """They hang on the request and its answer alone."""
            if not isinstance(destination, ReadsAnswers):
                return
            for request in _requests(subject):
                for answer in answers():
                    one, other = (destination.outcomes(request, answer, subject.config) for _ in range(2))
                    expect_same(one, other, f"two outcomes of an answer {answer.status}")

    return Laws


def _checked(subject: Subject, answer: Response) -> Checked:
    """Return the end of a connection test that gets the same answer each time."""
    *_, last = _steps(subject, answer)
    if isinstance(last, Request):
        fail(f"check does not end: {_MAX_STEPS} requests, each answered with {answer.status}")
    assert isinstance(last, Checked), f"check returns a {type(last).__name__}: a Request or Checked"
    return last


def _servers(destination: Destination, config: Any) -> set[str]:
    return {urlsplit(one.url).netloc for one in endpoints_of(destination, config).values()}


def _steps(subject: Subject, answer: Response, config: Any = None) -> Iterator[object]:
    """Yield what a connection test returns, one step after the other, as long as it asks."""
    config = config or subject.config
    for count in range(_MAX_STEPS):
        step: object = subject.destination.check(config, (answer,) * count)
        yield step
        if not isinstance(step, Request):
            return


def _written(subject: Subject, request: Request) -> Iterator[str]:
    """Yield the endpoints to which a request of `check` brings a row, in their envelope."""
    for endpoint in endpoints_of(subject.destination, subject.config).values():
        where = (endpoint.method, endpoint.url)
        if where == (request.method, request.url) and request.method not in _READING:
            body = bytes(request.body)
            size = len(endpoint.prefix) + len(endpoint.suffix)
            if body.startswith(endpoint.prefix) and body.endswith(endpoint.suffix) and len(body) > size:
                yield f"{endpoint.method} {endpoint.url}"


def _misread(given: object, places: set[int], count: int) -> Iterator[str]:
    """Yield the items whose verdict is not that of an answer which refuses those at some places."""
    if isinstance(given, Doubtful | Split):
        return
    each = given if isinstance(given, tuple) else (given,) * count
    for n, verdict in enumerate(each):
        if isinstance(verdict, Delivered) == (n in places):
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
    return isinstance(given, (*_OF_ONE, Split))


def _wrong(given: object, request: Request, answer: Response) -> str:
    shape = f"{len(given)} verdicts" if isinstance(given, tuple) else f"a {type(given).__name__}"
    return f"an answer {answer.status} {answer.body[:40]!r} gives {shape} for {len(request.items)} items"
