"""Calls by LiteLLM with the callback of the example, in a process of its own: its import takes seconds.

Prints the records that each call brought, as JSON by the name of the call.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from time import sleep
from types import ModuleType
from typing import Any

import litellm

from broadcast_core.record.codec import encode
from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel
from tests.capture.conftest import Offers, load_example
from tests.capture.openrouter import (
    BROKEN,
    CALL,
    DONE,
    MODEL,
    WORDS,
    OpenRouter,
    completion,
    error,
    serving,
    stream,
)

OFFERS = Offers()
FOUND: dict[str, list[Any]] = {}


def main() -> None:
    """Make every call, and print what was offered."""
    example = load_example("litellm_callback")
    logger = example.Broadcast(OFFERS)
    litellm.callbacks = [logger]
    litellm.suppress_debug_info = True
    with serving() as server:
        ask: Any = {
            "model": f"openrouter/{MODEL}",
            "messages": [{"role": "user", "content": "hi"}],
            "api_base": server.url,
            "api_key": "sk-or-v1-secret",
            "user": "user-1",
            "metadata": {"tags": ["mine"], "session_id": "session-1"},
            "temperature": 0.5,
            "max_retries": 0,
        }
        _sync_calls(server, ask)
        asyncio.run(_async_calls(server, ask))
        _program(server, example)
    FOUND["unread"] = [logger.unread]
    json.dump(FOUND, sys.stdout)


def _sync_calls(server: OpenRouter, ask: Any) -> None:
    streamed = {**ask, "stream": True, "stream_options": {"include_usage": True}}
    server.script(completion())
    _call("completion", lambda: litellm.completion(**ask))
    server.script(completion(content=None, tool_calls=[CALL]))
    _call("tool calls", lambda: litellm.completion(**ask))
    server.script(stream(gap=0.005))
    _call("stream", lambda: list(litellm.completion(**streamed)))
    server.script(error(402, "no credits are left"))
    _call("error", lambda: litellm.completion(**ask))
    server.script(stream(*WORDS, BROKEN, DONE))
    _call("error in a stream", lambda: list(litellm.completion(**streamed)))
    server.script(completion())
    litellm.turn_off_message_logging = True
    _call("redacted", lambda: litellm.completion(**ask))
    litellm.turn_off_message_logging = False


async def _async_calls(server: OpenRouter, ask: Any) -> None:
    server.script(completion())
    await litellm.acompletion(**ask)
    await _arrived("async completion")
    server.script(error(402, "no credits are left"))
    try:
        await litellm.acompletion(**ask)
    except litellm.APIError:
        await _arrived("async error")
    server.script(stream())
    async for _ in await litellm.acompletion(stream=True, **ask):
        pass
    await _arrived("async stream")


def _program(server: OpenRouter, example: ModuleType) -> None:
    """Run the example as a program: what it asks is in Opik."""
    server.script(completion())
    model = OpikModel()
    os.environ.update(OPENROUTER_API_BASE=server.url, OPENROUTER_API_KEY="sk-or-v1-secret")
    sys.argv = ["litellm_callback.py", "hi"]
    litellm.logging_callback_manager._reset_all_callbacks()  # it takes one logger of a class
    with served(model) as url, redirect_stdout(StringIO()):
        os.environ.update(OPIK_URL=url)
        example.main()
        for _ in range(2_000):
            if model.spans("litellm"):
                break
            sleep(0.005)
    FOUND["program"] = [span["metadata"]["openrouter_observation_id"] for span in model.spans("litellm")]


def _call(name: str, call: Callable[[], Any]) -> None:
    """Make a call, and keep what was offered by its name."""
    try:
        call()
    except litellm.APIError:
        pass
    except litellm.exceptions.MidStreamFallbackError:
        pass
    for _ in range(400):
        if OFFERS.generations:
            break
        sleep(0.005)
    sleep(0.03)  # for what would come twice
    _keep(name)


async def _arrived(name: str) -> None:
    for _ in range(400):
        if OFFERS.generations:
            break
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.03)
    _keep(name)


def _keep(name: str) -> None:
    FOUND[name] = [encode(generation) for generation in OFFERS.generations]
    OFFERS.generations.clear()
