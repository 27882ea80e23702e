"""Transports that answer by themselves, and one post through a recorder."""

from __future__ import annotations

from typing import Any

import httpx2

from broadcast_core.capture import Recorder
from tests.capture.openrouter import MODEL, completion

BASE = "https://openrouter.ai/api/v1"
ASK = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}]}


def answering(content: Any = None, **options: Any) -> httpx2.MockTransport:
    """Return a transport that answers at once; a function, parts of a body, or a whole body."""
    headers = options.pop("headers", {"content-type": "application/json"})

    def answer(request: httpx2.Request) -> httpx2.Response:
        body = content(request) if callable(content) else content
        return httpx2.Response(200, headers=headers, content=body, **options)

    return httpx2.MockTransport(answer)


def post(
    recorder: Recorder, transport: Any, url: str = f"{BASE}/chat/completions", **options: Any
) -> httpx2.Response:
    """Post a chat request, or what the options say, through a recorder."""
    with httpx2.Client(transport=recorder.transport(transport)) as client:
        return client.post(url, **(options or {"json": ASK}))


COMPLETION = b"".join(completion().parts)
EVENTS = {"content-type": "text/event-stream; charset=utf-8"}
