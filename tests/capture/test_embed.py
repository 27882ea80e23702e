"""The example of a service, with the real SDK: what is answered."""

from __future__ import annotations

import json
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from broadcast_core.capture import Recorder
from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel
from tests.capture.asking import ASK, SAID, STREAMED, message_of, only
from tests.capture.conftest import Offers
from tests.capture.openrouter import (
    CALL,
    DONE,
    END,
    ID,
    MODEL,
    OpenRouter,
    Reply,
    completion,
    delta,
    document,
    stream,
)
from tests.paths import ROOT

CASES = ROOT / "tests" / "readers" / "exchange" / "cases"


def test_a_completion_is_offered_with_what_openrouter_says_of_it(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """And the SDK reads it as ever."""
    server.script(completion())

    answer = client.chat.completions.create(**ASK)
    found = only(recorder, offers)

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
    assert SAID == message_of(found)
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
    found = only(recorder, offers)

    assert "Hello there" == "".join(filter(None, words))
    assert (ID, "ok", "stop", True) == (found.id, found.status, found.finish_reason, found.streamed)
    assert (SAID, Decimal("0.000321")) == (message_of(found), found.cost.total)
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

    (call,) = message_of(only(recorder, offers))["tool_calls"]
    assert CALL == call


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

    assert SAID == message_of(only(recorder, offers))


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

    assert (ID, "ok") == (only(recorder, offers).id, offers.generations[0].status)


def test_no_key_is_in_what_is_offered(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """Of headers none but those of the response and the number of the try are kept."""
    server.script(completion())

    client.chat.completions.create(**ASK)

    assert "secret" not in repr(only(recorder, offers))
    assert "secret" not in repr(vars(recorder))


def test_the_responses_api_is_captured(
    client: Any, server: OpenRouter, recorder: Recorder, offers: Offers
) -> None:
    """Streamed or not, by the same client; a list of models is no exchange at all."""
    case = json.loads((CASES / "responses" / "stream.json").read_text("utf-8"))["document"]
    whole = {**case["chunks"][-1]["response"], "created_at": 1, "model": MODEL, "object": "response"}
    lines = [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in case["chunks"]]
    server.script(document(whole), stream(*lines, DONE), document({"object": "list", "data": []}))

    client.responses.create(model=MODEL, input="hi")
    for _ in client.responses.create(model=MODEL, input="hi", stream=True):
        pass
    client.models.list()
    counts = recorder.close()

    assert (2, 0, 0) == (counts.offered, counts.passed, counts.unread)
    first, second = offers.generations
    assert ("responses", "stop", 49) == (first.operation, first.finish_reason, first.usage.input_tokens)
    assert (True, "stop", 49) == (second.streamed, second.finish_reason, second.usage.input_tokens)
    assert "Four locks." in repr(second.content.output)
    assert second.timing.first_token_ms is not None


def test_the_program_sends_its_generation_to_opik(
    embed: ModuleType,
    server: OpenRouter,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And shows the answer as it comes, and what became of it."""
    server.script(stream())
    model = OpikModel()
    monkeypatch.setattr(embed, "URL", server.url)
    monkeypatch.setattr("sys.argv", ["embed.py", "hi"])
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-secret")
    with served(model) as url:
        monkeypatch.setenv("OPIK_URL", url)
        embed.main()
    shown = capsys.readouterr()

    assert [ID] == [span["metadata"]["openrouter_observation_id"] for span in model.spans("embed")]
    assert ("Hello there", "\n1 of 1 generations were delivered\n") == (shown.out, shown.err)
