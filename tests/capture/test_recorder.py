"""What a recorder makes of what it saw, when things go wrong too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from broadcast_core import Generation
from broadcast_core.capture import Recorder
from broadcast_core.capture.clock import Clock
from tests.capture.conftest import Offers
from tests.capture.openrouter import END, ID, WORDS, OpenRouter
from tests.capture.posting import ASK, COMPLETION, EVENTS, answering, post


def _failing(error: BaseException) -> Callable[[httpx2.Request], bytes]:
    def fail(_: httpx2.Request) -> bytes:
        raise error

    return fail


def test_times_are_those_of_the_clock(offers: Offers) -> None:
    """Start by the wall; the rest by ticks, though the wall was set back meanwhile."""
    start = datetime(2026, 11, 23, 10, tzinfo=UTC)
    ticks = iter(range(0, 10_000_000_000, 1_000_000_000))
    walls = iter([start, start - timedelta(days=1)])
    recorder = Recorder(offers, clock=Clock(lambda: next(walls), lambda: next(ticks)))

    post(recorder, answering(iter([*WORDS, *END]), headers=EVENTS))
    recorder.close()

    timing = offers.generations[0].timing
    assert (start, 3000.0) == (timing.start, timing.first_token_ms)
    assert start + timedelta(seconds=8) == timing.end


def test_a_failed_connection_is_an_error(offers: Offers) -> None:
    """There is no response; the caller gets the error of its library."""
    recorder = Recorder(offers)

    with pytest.raises(httpx2.ConnectTimeout):
        post(recorder, answering(_failing(httpx2.ConnectTimeout("too slow"))))
    recorder.close()

    (found,) = offers.generations
    assert found.failure is not None
    assert ("error", "ConnectTimeout", "too slow") == (
        found.status,
        found.failure.type,
        found.failure.message,
    )


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_key_that_cannot_be_sent_is_in_no_generation(
    offers: Offers, server: OpenRouter, library: str
) -> None:
    """The error of a header that is none quotes it, as that of a key from a file with its newline."""
    http = pytest.importorskip(library)
    recorder = Recorder(offers, base_urls=[server.url])
    transport = recorder.transport(http.HTTPTransport())
    url = f"{server.url}/chat/completions"

    with http.Client(transport=transport) as client, pytest.raises(http.LocalProtocolError, match="k3y"):
        client.post(url, json=ASK, headers={"Authorization": "Bearer k3y-canary-9c\n"})
    recorder.close()

    (found,) = offers.generations
    assert found.failure is not None
    assert "LocalProtocolError" == found.failure.type
    assert "k3y" not in repr(found) + str(found.failure.message)


def test_a_caller_that_is_interrupted_has_cancelled(offers: Offers) -> None:
    """By Ctrl-C, while it waits."""
    recorder = Recorder(offers)

    with pytest.raises(KeyboardInterrupt):
        post(recorder, answering(_failing(KeyboardInterrupt())))
    recorder.close()

    assert ["cancelled"] == [found.status for found in offers.generations]


def test_a_response_that_was_read_before_is_captured(offers: Offers) -> None:
    """As one from a cache; it has no stream."""
    recorder = Recorder(offers)

    response = post(recorder, answering(COMPLETION))
    recorder.close()

    assert (COMPLETION, [ID]) == (response.content, [found.id for found in offers.generations])


def test_what_the_reader_cannot_use_is_counted(offers: Offers) -> None:
    """With why, and without a word of it."""
    recorder = Recorder(offers)

    post(recorder, answering(COMPLETION), content=b"secret words")
    counts = recorder.close()

    assert ([], 1) == (offers.generations, counts.unread)
    assert counts.problem is not None
    assert "the body that was sent is no JSON" in counts.problem
    assert "secret" not in counts.problem


@pytest.mark.parametrize("status", [200, 204])
def test_a_response_that_is_no_json_is_no_generation(status: int, offers: Offers) -> None:
    """As the page of a login in between; a word of it is nowhere."""
    recorder = Recorder(offers)
    response = httpx2.Response(status, headers={"content-type": "text/html"}, content=b"<html>secret")

    post(recorder, httpx2.MockTransport(lambda _: response))
    counts = recorder.close()

    assert ([], 1) == (offers.generations, counts.unread)
    assert f"the response of status {status} is no JSON object @ $.response" == counts.problem


def test_an_error_that_is_no_json_is_a_failure_of_its_status(offers: Offers) -> None:
    """As the page of a proxy that is down."""
    recorder = Recorder(offers)
    response = httpx2.Response(502, headers={"content-type": "text/html"}, content=b"<html>secret")

    post(recorder, httpx2.MockTransport(lambda _: response))
    recorder.close()

    (found,) = offers.generations
    assert found.failure is not None
    assert ("error", "HTTPError", "502") == (found.status, found.failure.type, found.failure.code)
    assert "secret" not in repr(found)


def test_an_error_of_the_queue_harms_nobody(offers: Offers) -> None:
    """It is counted, and the next generation is offered."""

    class Moody(Offers):
        """Fails once."""

        def offer(self, generation: Generation) -> bool:
            if not self.is_full:
                self.is_full = True
                raise OSError("secret")
            self.is_full = False
            return super().offer(generation)

    recorder = Recorder(moody := Moody())

    post(recorder, answering(COMPLETION))
    post(recorder, answering(COMPLETION))
    counts = recorder.close()

    assert (1, 1, 1) == (counts.unread, counts.offered, len(moody.generations))
    assert "secret" not in str(counts)
