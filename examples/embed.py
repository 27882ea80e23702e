"""A service that asks models by the OpenAI SDK: each generation is captured as it passes, and sent to Opik.

    pip install 'broadcast-core[send]' broadcast-opik openai
    export OPENROUTER_API_KEY=... OPIK_URL=http://localhost:5173/api
    python examples/embed.py "What is a broadcast?"

docs/embed.md says what happens when the queue is full, at a fork, and at the end.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI

from broadcast_core import Route
from broadcast_core.capture import Recorder
from broadcast_core.plugins import destination
from broadcast_core.sending.queue import DeliveryQueue

URL = "https://openrouter.ai/api/v1"


def client(recorder: Recorder, **options: Any) -> OpenAI:
    """Return a client of the SDK whose exchanges are captured."""
    transport = recorder.transport(httpx2.HTTPTransport())
    return OpenAI(http_client=DefaultHttpxClient(transport=transport), **options)


def async_client(recorder: Recorder, **options: Any) -> AsyncOpenAI:
    """Return the same for async code."""
    transport = recorder.transport(httpx2.AsyncHTTPTransport())
    return AsyncOpenAI(http_client=DefaultAsyncHttpxClient(transport=transport), **options)


def queue_to_opik() -> DeliveryQueue:
    """Return a queue that delivers to Opik; a service makes one, once."""
    options = {"base_url": os.environ["OPIK_URL"], "project_name": "embed"}
    secrets = {"api_key": os.environ.get("OPIK_API_KEY", "")}
    return DeliveryQueue([Route.to(destination("opik"), options)], {"opik": secrets})


def main() -> None:
    """Ask one question, streamed; show the answer, and what became of its generation."""
    queue = queue_to_opik()
    recorder = Recorder(queue, base_urls=[URL])
    openai = client(recorder, base_url=URL, api_key=os.environ["OPENROUTER_API_KEY"])
    question = {"role": "user", "content": sys.argv[1]}
    for chunk in openai.chat.completions.create(model="openai/gpt-5-mini", messages=[question], stream=True):
        print(chunk.choices[0].delta.content or "" if chunk.choices else "", end="")
    recorder.close()
    found = queue.close(deadline=10)
    print(f"\n{found.delivered} of {found.offered} generations were delivered", file=sys.stderr)


if __name__ == "__main__":
    main()
