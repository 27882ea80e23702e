"""Laws of the test of a connection: it reads, asks whom it should, ends, and says what is so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from broadcast_core.batching import Endpoint, Request, Response
from broadcast_core.batching.address import is_same_server, wrong_address
from broadcast_core.delivery import prepare
from broadcast_core.destinations.contract import Checked, Destination
from broadcast_core.pipeline.plugin_checks import endpoints_of
from broadcast_core.testing.conformance.answers import REFUSALS, answers
from broadcast_core.testing.conformance.described import other_configs
from broadcast_core.testing.conformance.expect import expect_nothing, fail
from broadcast_core.testing.conformance.subject import NOW, Subject

_MAX_STEPS = 10
_GOOD = Response(status=200, body=b"{}")
_READING = ("GET", "HEAD", "OPTIONS")


def check_laws(subject: Subject) -> type:
    """Return the laws of the connection test of a destination."""
    destination = subject.destination

    class Laws:
        """A connection is tested."""

        def test_check_begins_with_a_request_or_a_result(self) -> None:
            """A request as planned, without a secret, which can be authorized."""
            first = destination.check(subject.config)

            assert isinstance(first, Request | Checked), f"check returns a {type(first).__name__}"
            if isinstance(first, Request):
                assert first.is_as_planned, "make it by plan_check(endpoint)"
                what = wrong_address(first.url, first.method, _urls(destination, subject.config))
                assert what is None, f"the request {what}"
                assert isinstance(subject.authorize(first, subject.secrets()), Request), (
                    "authorize returns no Request"
                )

        def test_check_writes_nothing(self) -> None:
            """It reads, or asks with no row: a connection test leaves no row behind."""
            config = subject.config
            endpoints = tuple(endpoints_of(destination, config).values())
            for answer in answers():
                for step in _steps(destination, answer, config):
                    if isinstance(step, Request):
                        expect_nothing(_written(endpoints, step), "check writes rows, to")

        def test_check_ends_whatever_is_answered(self) -> None:
            """With a result, in a few steps; it raises nothing."""
            config = subject.config
            for answer in answers():
                _checked(destination, answer, config)

        def test_check_tells_what_is_wrong_and_what_to_do(self) -> None:
            """In words; and quotes no garbage of bytes."""
            config = subject.config
            for answer in answers():
                told = _checked(destination, answer, config)
                assert isinstance(told.works, bool), "works is true or false"
                assert told.what.strip(), f"nothing is said of an answer {answer.status}"
                assert told.works or told.next_step.strip(), f"no next step for an answer {answer.status}"

        def test_check_uses_the_secrets(self) -> None:
            """One of its steps has each that is needed: else it works, or fails, whatever the secret is."""
            steps = [step for step in _steps(destination, _GOOD, subject.config) if isinstance(step, Request)]
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
            known = _urls(destination, subject.config)
            for config in other_configs(subject):
                if not _shared(known, _urls(destination, config)):
                    steps = _steps(destination, _GOOD, config)
                    asked = [step.url for step in steps if isinstance(step, Request)]
                    expect_nothing(_shared(asked, known), "servers of another config that check asks")

        def test_check_does_not_work_when_it_is_refused(self) -> None:
            """No connection works whose every answer is a refusal or a failure."""
            config = subject.config
            first = destination.check(config)
            for status in REFUSALS if isinstance(first, Request) else ():
                told = _checked(destination, Response(status=status), config)
                assert not told.works, f"check says that it works when the answer is {status}"

    return Laws


def _checked(destination: Destination, answer: Response, config: Any) -> Checked:
    """Return the end of a connection test that gets the same answer each time."""
    *_, last = _steps(destination, answer, config)
    if isinstance(last, Request):
        fail(f"check does not end: {_MAX_STEPS} requests, each answered with {answer.status}")
    assert isinstance(last, Checked), f"check returns a {type(last).__name__}: a Request or Checked"
    return last


def _urls(destination: Destination, config: Any) -> list[str]:
    return [one.url for one in endpoints_of(destination, config).values()]


def _shared(some: Iterable[str], others: Sequence[str]) -> list[str]:
    """Return the URLs that are of a server, or a directory, of others."""
    return [one for one in some if any(is_same_server(one, other) for other in others)]


def _steps(destination: Destination, answer: Response, config: Any) -> Iterator[object]:
    """Yield what a connection test returns, one step after the other, as long as it asks."""
    for count in range(_MAX_STEPS):
        step: object = destination.check(config, (answer,) * count)
        yield step
        if not isinstance(step, Request):
            return


def _written(endpoints: Iterable[Endpoint], request: Request) -> Iterator[str]:
    """Yield the endpoints to which a request of `check` brings a row, in their envelope."""
    for endpoint in endpoints:
        where = (endpoint.method, endpoint.url)
        if where == (request.method, request.url) and request.method not in _READING:
            body = bytes(request.body)
            size = len(endpoint.prefix) + len(endpoint.suffix)
            if body.startswith(endpoint.prefix) and body.endswith(endpoint.suffix) and len(body) > size:
                yield f"{endpoint.method} {endpoint.url}"
