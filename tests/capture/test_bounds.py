"""What is kept is bounded, and what is missing is said and counted."""

from __future__ import annotations

import json
from threading import Event

import httpx2
import pytest

from broadcast_core import Generation
from broadcast_core.capture import Recorder
from tests.capture.conftest import Offers
from tests.capture.openrouter import END, ID, MODEL, WORDS, completion, delta
from tests.capture.posting import ASK, BASE, COMPLETION, EVENTS, answering, post


def test_a_body_that_is_a_stream_passes(offers: Offers) -> None:
    """It can be read but once, by who sends it."""
    recorder = Recorder(offers)
    sent = json.dumps(ASK).encode()

    response = post(recorder, answering(lambda request: request.read()), content=iter([sent]))

    assert (sent, 1) == (response.content, recorder.close().passed)


def test_a_long_stream_keeps_its_beginning_and_its_end(offers: Offers) -> None:
    """So tokens and cost are known; what lacks is said."""
    recorder = Recorder(offers, max_body_bytes=100_000)
    long = [delta("x" * 1000) for _ in range(300)]

    response = post(recorder, answering(iter([*WORDS, *long, *END]), headers=EVENTS))
    counts = recorder.close()

    (found,) = offers.generations
    words = found.content.output["choices"][0]["message"]["content"]
    assert len(response.content) > 300_000
    assert (1, 1) == (counts.offered, counts.cut)
    assert ("ok", 12, "stop") == (found.status, found.usage.input_tokens, found.finish_reason)
    assert ("span.output",) == found.truncated
    assert words.startswith("Hello there")
    assert 100_000 < len(words) < 165_000


def test_a_document_too_large_has_no_output(offers: Offers) -> None:
    """The id of its head is known, and that it was served."""
    recorder = Recorder(offers, max_body_bytes=1000)
    headers = {"content-type": "application/json", "x-generation-id": ID}
    body = b"".join(completion(content="x" * 5000).parts)

    post(recorder, answering(body, headers=headers))
    counts = recorder.close()

    (found,) = offers.generations
    assert (ID, "ok", None, ("span.output",)) == (
        found.id,
        found.status,
        found.content.output,
        found.truncated,
    )
    assert ({"note": "the body is too large to be kept"}, 1) == (found.extra["http"], counts.cut)


def test_a_request_too_large_has_no_input(offers: Offers) -> None:
    """A picture may be megabytes."""
    recorder = Recorder(offers, max_body_bytes=1000)
    large = {**ASK, "messages": [{"role": "user", "content": "x" * 5000}]}

    post(recorder, answering(COMPLETION), json=large)
    recorder.close()

    (found,) = offers.generations
    assert (None, ("span.input",)) == (found.content.input, found.truncated)
    assert found.served_model == f"{MODEL}-2026-08-07"


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("secret", "no module is installed that reads the content encoding of another name"),
        ("gzip", "the body is not what its content encoding gzip says"),
    ],
)
def test_a_body_that_cannot_be_decoded_is_said(encoding: str, note: str, offers: Offers) -> None:
    """It came; what it says is not known. The caller gets its bytes."""
    recorder = Recorder(offers)
    headers = {"content-type": "application/json", "content-encoding": encoding}

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers=headers, content=iter([b"what is this"]))

    with (
        httpx2.Client(transport=recorder.transport(httpx2.MockTransport(answer))) as client,
        client.stream("POST", f"{BASE}/chat/completions", json=ASK) as response,
    ):
        got = b"".join(response.iter_raw())
    recorder.close()

    (found,) = offers.generations
    assert b"what is this" == got
    assert ("ok", None, {"note": note}) == (found.status, found.content.output, found.extra["http"])


def test_a_full_queue_is_counted(offers: Offers) -> None:
    """And nothing else comes of it."""
    offers.is_full = True
    recorder = Recorder(offers)

    post(recorder, answering(COMPLETION))

    assert (0, 1) == ((counts := recorder.close()).offered, counts.refused)


def test_what_waits_is_bounded() -> None:
    """What finds too much waiting is dropped and counted, and its caller does not wait."""
    taken, go_on = Event(), Event()

    class Slow(Offers):
        """Waits until it is let go on."""

        def offer(self, generation: Generation) -> bool:
            taken.set()
            return go_on.wait(5) and super().offer(generation)

    recorder = Recorder(Slow(), max_waiting_bytes=2 * len(COMPLETION))

    post(recorder, answering(COMPLETION))
    assert taken.wait(5)
    assert 1 == recorder.counts.waiting
    post(recorder, answering(COMPLETION))
    go_on.set()
    counts = recorder.close()

    assert (1, 1, 0) == (counts.offered, counts.dropped, counts.waiting)


def test_an_answer_that_outlasts_the_recorder_is_dropped(offers: Offers) -> None:
    """It is counted; its caller reads on."""
    recorder = Recorder(offers)
    transport = recorder.transport(answering(lambda _: iter([*WORDS, *END]), headers=EVENTS))

    with (
        httpx2.Client(transport=transport) as client,
        client.stream("POST", f"{BASE}/chat/completions", json=ASK) as response,
    ):
        recorder.close()
        body = response.read()

    assert (b"".join([*WORDS, *END]), 1) == (body, recorder.counts.dropped)


def test_closing_waits_no_longer_than_it_may(offers: Offers) -> None:
    """What is not read by then is still waiting."""
    go_on = Event()

    class Stuck(Offers):
        """Waits."""

        def offer(self, generation: Generation) -> bool:
            return go_on.wait(5)

    recorder = Recorder(Stuck())
    post(recorder, answering(COMPLETION))

    assert 1 == recorder.close(0.05).waiting
    go_on.set()
