"""What the SDK is asked for, and what of the generation that was offered."""

from __future__ import annotations

from typing import Any

from broadcast_core import Generation
from broadcast_core.capture import Recorder
from tests.capture.conftest import Offers
from tests.capture.openrouter import MODEL

ASK: Any = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}]}
STREAMED: Any = {**ASK, "stream": True}
SAID = {"role": "assistant", "content": "Hello there"}


def message_of(generation: Generation) -> dict[str, Any]:
    """Return the message of the answer."""
    message: dict[str, Any] = generation.content.output["choices"][0]["message"]
    return message


def only(recorder: Recorder, offers: Offers) -> Generation:
    """Return the one generation that was offered."""
    recorder.close()
    (generation,) = offers.generations
    return generation
