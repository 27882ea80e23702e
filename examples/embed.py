"""A service that asks models by the OpenAI SDK, and has each generation captured as it passes.

    pip install 'broadcast-core[send]' openai
    OPENROUTER_API_KEY=... python examples/embed.py "What is a broadcast?" > generations.ndjson

Here the queue writes each generation as a line; a service gives a queue that delivers (docs/embed.md).
"""

from __future__ import annotations

import os
import sys
from typing import Any

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI

from broadcast_core import Generation
from broadcast_core.capture import Recorder
from broadcast_core.record.codec import encode_line

URL = "https://openrouter.ai/api/v1"


def client(recorder: Recorder, **options: Any) -> OpenAI:
    """Return a client of the SDK whose exchanges are captured."""
    transport = recorder.transport(httpx2.HTTPTransport())
    return OpenAI(http_client=DefaultHttpxClient(transport=transport), **options)


def async_client(recorder: Recorder, **options: Any) -> AsyncOpenAI:
    """Return the same for async code."""
    transport = recorder.transport(httpx2.AsyncHTTPTransport())
    return AsyncOpenAI(http_client=DefaultAsyncHttpxClient(transport=transport), **options)


class Lines:
    """A queue that writes each generation at once."""

    def offer(self, generation: Generation) -> bool:
        """Write a generation as a line of our own record."""
        sys.stdout.buffer.write(encode_line(generation))
        sys.stdout.buffer.flush()
        return True


def main() -> None:
    """Ask one question, streamed."""
    recorder = Recorder(Lines(), base_urls=[URL])
    openai = client(recorder, base_url=URL, api_key=os.environ["OPENROUTER_API_KEY"])
    question = {"role": "user", "content": sys.argv[1]}
    for chunk in openai.chat.completions.create(model="openai/gpt-5-mini", messages=[question], stream=True):
        print(chunk.choices[0].delta.content or "" if chunk.choices else "", end="", file=sys.stderr)
    recorder.close()


if __name__ == "__main__":
    main()
