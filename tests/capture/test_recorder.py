"""What a recorder does whatever happens: what passes is not changed, and everything is counted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import httpx2
import pytest

from broadcast_core import ArgumentError, Generation
from broadcast_core.capture import Counts, Recorder
from broadcast_core.capture.clock import Clock
from tests.capture.conftest import Offers
from tests.capture.openrouter import DONE, END, ID, MODEL, WORDS, OpenRouter, completion, delta, stream

BASE = "https://openrouter.ai/api/v1"
ASK = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}]}
WHOLE = b"".join(stream().parts)


def _answering(content: Any = None, **options: Any) -> httpx2.MockTransport:
    """Return a transport that answers at once; a function, parts of a body, or a whole body."""
    headers = options.pop("headers", {"content-type": "application/json"})

    def answer(request: httpx2.Request) -> httpx2.Response:
        body = content(request) if callable(content) else content
        return httpx2.Response(200, headers=headers, content=body, **options)

    return httpx2.MockTransport(answer)


def _post(
    recorder: Recorder, transport: Any, url: str = f"{BASE}/chat/completions", **options: Any
) -> httpx2.Response:
    with httpx2.Client(transport=recorder.transport(transport)) as client:
        return client.post(url, **(options or {"json": ASK}))


COMPLETION = b"".join(completion().parts)
EVENTS = {"content-type": "text/event-stream; charset=utf-8"}


def _failing(error: BaseException) -> Callable[[httpx2.Request], bytes]:
    def fail(_: httpx2.Request) -> bytes:
        raise error

    return fail


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{BASE}/chat/completions", (1, 0)),
        ("https://eu.openrouter.ai/api/v1/chat/completions?x=1", (1, 0)),
        (f"{BASE}/completions", (1, 0)),
        (f"{BASE}/responses", (0, 1)),
        (f"{BASE}/messages", (0, 1)),
        ("https://gateway.test:8443/v1/chat/completions", (1, 0)),
        ("https://gateway.test:8443/v1/images/generations", (0, 1)),
        ("https://gateway.test/v1/chat/completions", (0, 0)),
        ("https://gateway.test:8443/v11/chat/completions", (0, 0)),
        ("https://openrouter.ai.test/api/v1/chat/completions", (0, 0)),
        ("https://notopenrouter.ai/api/v1/chat/completions", (0, 0)),
    ],
)
def test_known_hosts_and_kinds_are_captured(url: str, expected: tuple[int, int], offers: Offers) -> None:
    """Offered, or passed and counted, or none of ours."""
    recorder = Recorder(offers, base_urls=["https://gateway.test:8443/v1/"])

    _post(recorder, _answering(COMPLETION), url)
    counts = recorder.close()

    assert expected == (counts.offered, counts.passed)


@pytest.mark.parametrize("url", ["openrouter.ai", "ftp://a/b", "https://", "https://a:b/c"])
def test_a_base_that_is_no_url_is_refused(url: str, offers: Offers) -> None:
    """With what to give."""
    with pytest.raises(ArgumentError, match="base_urls: expected an http or https URL"):
        Recorder(offers, base_urls=[url])


def test_what_is_no_transport_is_refused(offers: Offers) -> None:
    """A client, for one."""
    with pytest.raises(ArgumentError, match="transport: expected a transport of httpx or httpx2"):
        Recorder(offers).transport(httpx2.Client())


def test_times_are_those_of_the_clock(offers: Offers) -> None:
    """Start by the wall; the rest by ticks, though the wall was set back meanwhile."""
    start = datetime(2026, 11, 23, 10, tzinfo=UTC)
    ticks = iter(range(0, 10_000_000_000, 1_000_000_000))
    walls = iter([start, start - timedelta(days=1)])
    recorder = Recorder(offers, clock=Clock(lambda: next(walls), lambda: next(ticks)))

    _post(recorder, _answering(iter([*WORDS, *END]), headers=EVENTS))
    recorder.close()

    timing = offers.generations[0].timing
    assert (start, 3000.0) == (timing.start, timing.first_token_ms)
    assert start + timedelta(seconds=8) == timing.end


def test_a_failed_connection_is_an_error(offers: Offers) -> None:
    """There is no response; the caller gets the error of its library."""
    recorder = Recorder(offers)

    with pytest.raises(httpx2.ConnectTimeout):
        _post(recorder, _answering(_failing(httpx2.ConnectTimeout("too slow"))))
    recorder.close()

    (found,) = offers.generations
    assert found.failure is not None
    assert ("error", "ConnectTimeout", "too slow") == (
        found.status,
        found.failure.type,
        found.failure.message,
    )


def test_a_caller_that_is_interrupted_has_cancelled(offers: Offers) -> None:
    """By Ctrl-C, while it waits."""
    recorder = Recorder(offers)

    with pytest.raises(KeyboardInterrupt):
        _post(recorder, _answering(_failing(KeyboardInterrupt())))
    recorder.close()

    assert ["cancelled"] == [found.status for found in offers.generations]


def test_a_response_that_was_read_before_is_captured(offers: Offers) -> None:
    """As one from a cache; it has no stream."""
    recorder = Recorder(offers)

    response = _post(recorder, _answering(COMPLETION))
    recorder.close()

    assert (COMPLETION, [ID]) == (response.content, [found.id for found in offers.generations])


def test_a_body_that_is_a_stream_passes(offers: Offers) -> None:
    """It can be read but once, by who sends it."""
    recorder = Recorder(offers)
    sent = json.dumps(ASK).encode()

    response = _post(recorder, _answering(lambda request: request.read()), content=iter([sent]))

    assert (sent, 1) == (response.content, recorder.close().passed)


def test_a_long_stream_keeps_its_beginning_and_its_end(offers: Offers) -> None:
    """So tokens and cost are known; what lacks is said."""
    recorder = Recorder(offers, max_body_bytes=100_000)
    long = [delta("x" * 1000) for _ in range(300)]

    response = _post(recorder, _answering(iter([*WORDS, *long, *END]), headers=EVENTS))
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

    _post(recorder, _answering(body, headers=headers))
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

    _post(recorder, _answering(COMPLETION), json=large)
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


def test_what_the_reader_cannot_use_is_counted(offers: Offers) -> None:
    """With why, and without a word of it."""
    recorder = Recorder(offers)

    _post(recorder, _answering(COMPLETION), content=b"secret words")
    counts = recorder.close()

    assert ([], 1) == (offers.generations, counts.unread)
    assert counts.problem is not None
    assert "the body that was sent is no JSON" in counts.problem
    assert "secret" not in counts.problem


def test_a_full_queue_is_counted(offers: Offers) -> None:
    """And nothing else comes of it."""
    offers.is_full = True
    recorder = Recorder(offers)

    _post(recorder, _answering(COMPLETION))

    assert (0, 1) == ((counts := recorder.close()).offered, counts.refused)


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

    _post(recorder, _answering(COMPLETION))
    _post(recorder, _answering(COMPLETION))
    counts = recorder.close()

    assert (1, 1, 1) == (counts.unread, counts.offered, len(moody.generations))
    assert "secret" not in str(counts)


def test_what_waits_is_bounded() -> None:
    """What finds too much waiting is dropped and counted, and its caller does not wait."""
    taken, go_on = Event(), Event()

    class Slow(Offers):
        """Waits until it is let go on."""

        def offer(self, generation: Generation) -> bool:
            taken.set()
            return go_on.wait(5) and super().offer(generation)

    recorder = Recorder(Slow(), max_waiting_bytes=2 * len(COMPLETION))

    _post(recorder, _answering(COMPLETION))
    assert taken.wait(5)
    _post(recorder, _answering(COMPLETION))
    go_on.set()
    counts = recorder.close()

    assert (1, 1) == (counts.offered, counts.dropped)


def test_after_its_close_a_recorder_captures_nothing(offers: Offers) -> None:
    """Its clients go on."""
    recorder = Recorder(offers)
    recorder.close()

    response = _post(recorder, _answering(COMPLETION))

    assert (200, Counts()) == (response.status_code, recorder.counts)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_captures_its_own(offers: Offers, server: OpenRouter) -> None:
    """The exchange that was on its way at the fork is the parent's, whoever closes a copy of it."""
    server.script(stream(*WORDS, *END), completion())
    recorder = Recorder(offers, base_urls=[server.url])
    transport = recorder.transport(httpx2.HTTPTransport())
    with (
        httpx2.Client(transport=transport) as client,
        client.stream("POST", f"{server.url}/chat/completions", json=ASK) as response,
    ):
        passed = response.iter_raw()
        next(passed)
        child = os.fork()
        if child == 0:
            _exit_of_child(recorder, offers, server, passed)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert b"".join(passed).endswith(DONE)
    recorder.close()

    assert 0 == status
    assert [("ok", True)] == [(found.status, found.streamed) for found in offers.generations]


def _exit_of_child(recorder: Recorder, offers: Offers, server: OpenRouter, passed: Any) -> None:
    """Leave the process with 0 if it captured one request of its own and nothing else."""
    try:
        passed.close()
        _post(recorder, httpx2.HTTPTransport(), f"{server.url}/chat/completions")
        counts = recorder.close()
        os._exit(0 if (1, 1) == (counts.offered, len(offers.generations)) else 1)
    finally:
        os._exit(2)


def test_the_client_may_be_httpx(offers: Offers, server: OpenRouter) -> None:
    """Its stream is then of its own library, as it asks for."""
    httpx = pytest.importorskip("httpx", reason="httpx is in the environment of developers alone")
    server.script(stream())
    recorder = Recorder(offers, base_urls=[server.url])

    with httpx.Client(transport=recorder.transport(httpx.HTTPTransport())) as client:
        response = client.post(f"{server.url}/chat/completions", json=ASK)
    recorder.close()

    assert (WHOLE, [ID]) == (response.content, [found.id for found in offers.generations])


def test_a_transport_is_entered_and_closed_as_before(offers: Offers) -> None:
    """By the client that has it."""

    class Noting(httpx2.MockTransport):
        """Keeps what is done with it."""

        def __init__(self) -> None:
            super().__init__(lambda _: httpx2.Response(200))
            self.calls: list[str] = []

        def __enter__(self) -> Noting:
            self.calls.append("enter")
            return self

        def __exit__(self, *_: object) -> None:
            self.calls.append("exit")

        def close(self) -> None:
            self.calls.append("close")

    inner = Noting()

    with httpx2.Client(transport=Recorder(offers).transport(inner)):
        pass
    httpx2.Client(transport=Recorder(offers).transport(inner)).close()

    assert ["enter", "exit", "close"] == [call for call in inner.calls if call != "close"] + ["close"]
