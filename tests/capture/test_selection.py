"""Which requests a recorder captures, and through which transports."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from broadcast_core import ArgumentError
from broadcast_core.capture import Counts, Recorder
from tests.capture.conftest import Offers
from tests.capture.openrouter import ID, OpenRouter, stream
from tests.capture.posting import ASK, BASE, COMPLETION, answering, post

WHOLE = b"".join(stream().parts)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{BASE}/chat/completions", (1, 0)),
        ("https://eu.openrouter.ai/api/v1/chat/completions?x=1", (1, 0)),
        (f"{BASE}/completions", (1, 0)),
        (f"{BASE}/responses", (1, 0)),
        (f"{BASE}/messages?beta=true", (1, 0)),
        (f"{BASE}/videos", (0, 1)),
        (f"{BASE}/models", (0, 1)),
        ("https://gateway.test:8443/v1/chat/completions", (1, 0)),
        ("https://gateway.test:8443/v1/images/generations", (1, 0)),
        ("https://gateway.test/v1/chat/completions", (0, 0)),
        ("https://gateway.test:8443/v11/chat/completions", (0, 0)),
        ("https://openrouter.ai.test/api/v1/chat/completions", (0, 0)),
        ("https://notopenrouter.ai/api/v1/chat/completions", (0, 0)),
    ],
)
def test_known_hosts_and_kinds_are_captured(url: str, expected: tuple[int, int], offers: Offers) -> None:
    """Offered, or passed and counted, or none of ours."""
    recorder = Recorder(offers, base_urls=["https://gateway.test:8443/v1/"])

    post(recorder, answering(COMPLETION), url)
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


def test_after_its_close_a_recorder_captures_nothing(offers: Offers) -> None:
    """Its clients go on."""
    recorder = Recorder(offers)
    recorder.close()

    response = post(recorder, answering(COMPLETION))

    assert (200, Counts()) == (response.status_code, recorder.counts)


def test_a_redirection_is_counted(offers: Offers) -> None:
    """The answer is that of the request that follows it."""
    recorder = Recorder(offers)
    response = httpx2.Response(307, headers={"location": "https://openrouter.ai/"}, content=b"")

    post(recorder, httpx2.MockTransport(lambda _: response))

    assert (1, 0) == ((counts := recorder.close()).passed, counts.offered)


def test_the_client_may_be_httpx(offers: Offers, server: OpenRouter) -> None:
    """Its stream is then of its own library, as it asks for."""
    httpx = pytest.importorskip("httpx", reason="httpx is in the environment of developers alone")
    server.script(stream())
    recorder = Recorder(offers, base_urls=[server.url])

    with httpx.Client(transport=recorder.transport(httpx.HTTPTransport())) as client:
        response = client.post(f"{server.url}/chat/completions", json=ASK)
    recorder.close()

    assert (WHOLE, [ID]) == (response.content, [found.id for found in offers.generations])


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_the_client_may_be_awaited(library: str, offers: Offers, server: OpenRouter) -> None:
    """Of either library."""
    http = pytest.importorskip(library, reason="httpx is in the environment of developers alone")
    server.script(stream())
    recorder = Recorder(offers, base_urls=[server.url])

    async def ask() -> bytes:
        async with http.AsyncClient(transport=recorder.transport(http.AsyncHTTPTransport())) as client:
            response = await client.post(f"{server.url}/chat/completions", json=ASK)
            return bytes(response.content)

    content = asyncio.run(ask())
    recorder.close()

    assert (WHOLE, [ID]) == (content, [found.id for found in offers.generations])


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
