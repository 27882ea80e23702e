"""The example of a service, with the real SDK: what fails, breaks or is left."""

from __future__ import annotations

import asyncio
import gc
from types import ModuleType
from typing import Any

import pytest

from broadcast_core import Failure
from broadcast_core.capture import Recorder
from tests.capture.asking import ASK, SAID, STREAMED, message_of, only
from tests.capture.conftest import Offers
from tests.capture.openrouter import (
    BROKEN,
    DONE,
    WORDS,
    OpenRouter,
    completion,
    delta,
    error,
    stream,
)

openai = pytest.importorskip("openai", reason="the SDK is in the environment of developers alone")


def test_a_stream_that_is_left_early_is_cancelled(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """With the words that had come."""
    server.script(stream(*WORDS[:3], *([delta(".")] * 200), gap=0.005))

    with client.chat.completions.create(**STREAMED) as chunks:
        for chunk in chunks:
            if chunk.choices[0].delta.content:
                break
    found = only(recorder, offers)

    assert ("cancelled", "Cancelled") == (found.status, found.failure and found.failure.type)
    assert message_of(found)["content"].startswith("Hello")


def test_a_stream_that_is_dropped_is_cancelled(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """Once it is collected; nobody closed it."""
    server.script(stream(*WORDS[:3], *([delta(".")] * 200), gap=0.005))

    chunks = client.chat.completions.create(**STREAMED)
    next(iter(chunks))
    del chunks
    gc.collect()

    assert "cancelled" == only(recorder, offers).status


def test_a_stream_that_loses_its_connection_is_an_error(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """With the words that had come; the SDK raises as ever."""
    server.script(stream(*WORDS, breaks=True))

    with pytest.raises(openai.APIConnectionError):
        list(client.chat.completions.create(**STREAMED))
    found = only(recorder, offers)

    assert ("error", "RemoteProtocolError") == (found.status, found.failure and found.failure.type)
    assert SAID == message_of(found)


def test_an_error_within_a_stream_is_the_generations(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """It is OpenRouter's own word, whatever the SDK makes of it."""
    server.script(stream(*WORDS, BROKEN, DONE))

    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(**STREAMED))
    found = only(recorder, offers)

    assert found.status == "error"
    assert found.failure == Failure(type="Error", code="502", message="provider went away")


def test_each_try_is_a_generation(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """Two that failed, and the one that the caller sees."""
    server.script(error(503, "busy"), error(503, "busy"), completion())

    client.chat.completions.create(**ASK)
    recorder.close()

    assert ["error", "error", "ok"] == [found.status for found in offers.generations]
    assert [None, 1, 2] == [found.extra["http"].get("retry") for found in offers.generations]
    assert 3 == len({found.id for found in offers.generations})
    assert "503" == (offers.generations[0].failure or Failure()).code


def test_an_error_that_is_not_tried_again_is_one_generation(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """By its type, code and words."""
    server.script(error(402, "no credits are left"))

    with pytest.raises(openai.APIStatusError):
        client.chat.completions.create(**ASK)
    failure = only(recorder, offers).failure

    assert failure is not None
    assert ("provider_error", "402", "no credits are left") == (failure.type, failure.code, failure.message)


async def _read_all(client: Any) -> None:
    async for _ in await client.chat.completions.create(**STREAMED):
        pass


async def _ask(embed: ModuleType, server: OpenRouter, recorder: Recorder) -> None:
    async with embed.async_client(recorder, base_url=server.url, api_key="sk-or-v1-secret") as client:
        server.script(completion())
        await client.chat.completions.create(**ASK)
        server.script(stream())
        async for _ in await client.chat.completions.create(**STREAMED):
            pass
        server.script(stream(*WORDS, breaks=True))
        with pytest.raises(openai.APIConnectionError):
            async for _ in await client.chat.completions.create(**STREAMED):
                pass
        server.script(stream(*WORDS[:3], *([delta(".")] * 200), gap=0.005))
        async with await client.chat.completions.create(**STREAMED) as chunks:
            async for _ in chunks:
                break
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_read_all(client), 0.1)


def test_an_async_client_is_captured_alike(
    embed: ModuleType, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """Whole, streamed, broken, left early, and a task that is cancelled."""
    asyncio.run(_ask(embed, server, recorder))
    recorder.close()

    assert ["ok", "ok", "error", "cancelled", "cancelled"] == [found.status for found in offers.generations]
    assert [SAID, SAID, SAID] == [message_of(found) for found in offers.generations[:3]]
