"""What passes is not held up: neither by reading nor by the queue."""

from __future__ import annotations

from tests.capture.latency import delay
from tests.capture.openrouter import END, WORDS, OpenRouter, delta, stream


def test_bytes_pass_at_once(server: OpenRouter) -> None:
    """A few pairs on a busy machine; `python -m bench.capture` measures 200, and asks for 1 ms."""
    server.script(stream(*WORDS, *(delta("word ") for _ in range(10)), *END))

    found = (delay(server.url, 5) for _ in range(5))

    assert any(max(one.first, one.last) < 10 for one in found)


def test_reading_holds_up_no_caller(server: OpenRouter) -> None:
    """To read this answer takes several times as long as to pass it on."""
    server.script(stream(*WORDS, b"".join(delta("word ") for _ in range(3_000)), *END))

    found = (delay(server.url, 2).last for _ in range(5))  # the machine may be busy at one of them

    assert any(last < 60 for last in found)
