"""The example of a service, with the real SDK and a server that answers as OpenRouter does."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from broadcast_core import Failure, Generation
from broadcast_core.capture import Recorder
from tests.capture.conftest import Offers, load_example
from tests.capture.openrouter import (
    BROKEN,
    CALL,
    DONE,
    END,
    ID,
    MODEL,
    WORDS,
    OpenRouter,
    Reply,
    completion,
    delta,
    error,
    stream,
)

openai = pytest.importorskip("openai", reason="the SDK is in the environment of developers alone")

ASK: Any = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}]}
STREAMED: Any = {**ASK, "stream": True}
SAID = {"role": "assistant", "content": "Hello there"}


@pytest.fixture(scope="module")
def embed() -> ModuleType:
    """The example."""
    return load_example("embed")


@pytest.fixture
def recorder(server: OpenRouter, offers: Offers) -> Iterator[Recorder]:
    """A recorder for the server."""
    made = Recorder(offers, base_urls=[server.url])
    yield made
    made.close()


@pytest.fixture
def client(embed: ModuleType, server: OpenRouter, recorder: Recorder) -> Iterator[Any]:
    """The SDK's client as the example makes it."""
    with embed.client(recorder, base_url=server.url, api_key="sk-or-v1-secret") as made:
        yield made


def _message(generation: Generation) -> dict[str, Any]:
    message: dict[str, Any] = generation.content.output["choices"][0]["message"]
    return message


def _only(recorder: Recorder, offers: Offers) -> Generation:
    """Return the one generation that was offered."""
    recorder.close()
    (generation,) = offers.generations
    return generation


def test_a_completion_is_offered_with_what_openrouter_says_of_it(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """And the SDK reads it as ever."""
    server.script(completion())

    answer = client.chat.completions.create(**ASK)
    found = _only(recorder, offers)

    assert "Hello there" == answer.choices[0].message.content
    assert (ID, "ok", MODEL, "Azure", False) == (
        found.id,
        found.status,
        found.model,
        found.provider,
        found.streamed,
    )
    assert (12, 3, 4, 1) == (
        found.usage.input_tokens,
        found.usage.output_tokens,
        found.usage.cache_read_tokens,
        found.usage.reasoning_tokens,
    )
    assert (Decimal("0.000321"), "billed") == (found.cost.total, found.cost.source)
    assert {"messages": ASK["messages"]} == found.content.input
    assert SAID == _message(found)
    assert found.timing.end is not None


def test_a_stream_that_is_read_whole_is_one_generation(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """Though the SDK reads no further than its end mark; comments and an empty delta are no first token."""
    server.script(stream(gap=0.02))

    words = [
        chunk.choices[0].delta.content
        for chunk in client.chat.completions.create(**STREAMED)
        if chunk.choices
    ]
    found = _only(recorder, offers)

    assert "Hello there" == "".join(filter(None, words))
    assert (ID, "ok", "stop", True) == (found.id, found.status, found.finish_reason, found.streamed)
    assert (SAID, Decimal("0.000321")) == (_message(found), found.cost.total)
    assert found.timing.first_token_ms is not None
    assert found.timing.end is not None
    whole = (found.timing.end - found.timing.start).total_seconds() * 1000
    assert 40 <= found.timing.first_token_ms <= whole - 60


def test_tool_calls_of_a_stream_are_put_together(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """From their parts."""
    first = {**CALL, "function": {"name": "get_weather", "arguments": '{"city": '}}
    rest = {"index": 0, "function": {"arguments": '"Oslo"}'}}
    server.script(stream(delta(tool_calls=[first]), delta(tool_calls=[rest]), *END))

    list(client.chat.completions.create(**STREAMED))

    (call,) = _message(_only(recorder, offers))["tool_calls"]
    assert CALL == call


def test_a_stream_that_is_left_early_is_cancelled(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """With the words that had come."""
    server.script(stream(*WORDS[:3], *([delta(".")] * 200), gap=0.005))

    with client.chat.completions.create(**STREAMED) as chunks:
        for chunk in chunks:
            if chunk.choices[0].delta.content:
                break
    found = _only(recorder, offers)

    assert ("cancelled", "Cancelled") == (found.status, found.failure and found.failure.type)
    assert _message(found)["content"].startswith("Hello")


def test_a_stream_that_is_dropped_is_cancelled(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """Once it is collected; nobody closed it."""
    server.script(stream(*WORDS[:3], *([delta(".")] * 200), gap=0.005))

    chunks = client.chat.completions.create(**STREAMED)
    next(iter(chunks))
    del chunks
    gc.collect()

    assert "cancelled" == _only(recorder, offers).status


def test_a_stream_that_loses_its_connection_is_an_error(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """With the words that had come; the SDK raises as ever."""
    server.script(stream(*WORDS, breaks=True))

    with pytest.raises(openai.APIConnectionError):
        list(client.chat.completions.create(**STREAMED))
    found = _only(recorder, offers)

    assert ("error", "RemoteProtocolError") == (found.status, found.failure and found.failure.type)
    assert SAID == _message(found)


def test_an_error_within_a_stream_is_the_generations(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """It is OpenRouter's own word, whatever the SDK makes of it."""
    server.script(stream(*WORDS, BROKEN, DONE))

    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(**STREAMED))
    found = _only(recorder, offers)

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
    failure = _only(recorder, offers).failure

    assert failure is not None
    assert ("provider_error", "402", "no credits are left") == (failure.type, failure.code, failure.message)


@pytest.mark.parametrize("reply", [completion(), stream()], ids=["document", "stream"])
def test_what_is_compressed_is_read(
    reply: Reply, client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """From a copy; the SDK gets the bytes that came."""
    server.script(reply.compressed())

    answer = client.chat.completions.create(
        **ASK, stream=reply.headers["Content-Type"] == "text/event-stream"
    )
    if not hasattr(answer, "choices"):
        list(answer)

    assert SAID == _message(_only(recorder, offers))


@pytest.mark.parametrize("kind", ["with_raw_response", "with_streaming_response"])
def test_raw_responses_are_captured_once(
    kind: str, client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """However a caller asks for them."""
    server.script(completion())

    found = getattr(client.chat.completions, kind).create(**ASK)
    if kind == "with_streaming_response":
        with found as response:
            response.parse()
    else:
        found.parse()

    assert (ID, "ok") == (_only(recorder, offers).id, offers.generations[0].status)


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
    assert [SAID, SAID, SAID] == [_message(found) for found in offers.generations[:3]]


def test_no_key_is_in_what_is_offered(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """Of headers none but those of the response and the number of the try are kept."""
    server.script(completion())

    client.chat.completions.create(**ASK)

    assert "secret" not in repr(_only(recorder, offers))
    assert "secret" not in repr(vars(recorder))


def test_what_no_reader_reads_yet_passes_and_is_counted(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """The Responses API, and lists that are no exchange at all."""
    server.script(completion())

    client.responses.create(model=MODEL, input="hi")
    client.models.list()

    assert [] == offers.generations
    assert (1, 0) == (recorder.close().passed, recorder.counts.unread)
