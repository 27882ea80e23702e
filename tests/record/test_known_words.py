"""What is a known word, a name or a quantity: to the last character that it may have."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from broadcast_core.record.known_words import (
    is_error,
    is_finish_reason,
    is_name,
    is_operation,
    is_quantity,
    is_title,
)

KNOWN: dict[Callable[[str], bool], list[str]] = {
    is_finish_reason: [
        "stop", "STOP", "tool_calls", "tool-calls", "tool calls", "ToolCalls", "toolCalls", "max_tokens",
        "image_prohibited_content", "model_context_window_exceeded",
    ],
    is_error: [
        "error", "Error", "RateLimitError", "RATE-LIMIT-ERROR", "rate_limit_exceeded", "rate limit",
        "APIConnectionError", "BadRequestException", "connection_failure", "timeout_error_exception",
        "openai.RateLimitError", "asyncio.exceptions.CancelledError", "httpx._exceptions.ReadTimeout",
        "404", "-1", "HTTP 502", "http-502", "Status_429", "code500", "Error 503", "error-123456",
        "unsupported_country_region_territory", "UNSUPPORTED_COUNTRY_REGION_TERRITORY_FAILURE" + "_ERROR" * 6,
    ],
    is_operation: ["chat", "Chat", "text_completion", "TextCompletion", "image-generation"],
    is_name: ["a", "gpt-5", "~auto", "@cf/meta", "openai/gpt-4.1:free", "x+y_z", "0" * 128],
    is_title: [
        "xAI", "Amazon Bedrock", "Google Vertex (Global)", "A B C D", "A" * 24 + " B", "a" * 128, "01.AI Yi",
    ],
    is_quantity: [
        "0", "-1", "+1.5", "1e5", "1.5E-10", "1" * 20, "0." + "1" * 20, "1e100",
        "2026-11-23", "2026-11-23T10:00", "2026-11-23 10:00:00.123456789", "2026-11-23T10:00:00Z",
        "2026-11-23T10:00:00+01:00", "2026-11-23T10:00:00-0130",
    ],
}  # fmt: skip
KELVIN = "\u212a"  # the sign of a unit; in lower case it is the letter k
UNKNOWN: dict[Callable[[str], bool], list[str]] = {
    is_finish_reason: ["", "stopp", "stop\n", "s top", "finish", "ſtop", f"to{KELVIN}en_limit"],
    is_error: [
        "", "errors of mine", f"to{KELVIN}ens", "my.RateLimitError", "openai.my.RateLimitError", "openai.",
        ".error", "MineError", "1234567", "Code", "HTTP  502", "502 Bad", "HTTP 502\n", "Mine 502",
        "error_" * 20,
        "openai.UNSUPPORTED_COUNTRY_REGION_TERRITORY_FAILURE" + "_ERROR" * 5,
    ],
    is_operation: ["", "chats", "chat\n", "сhat", "my chat"],
    is_name: ["", " a", "a b", "-a", "a\n", "é", "0" * 129],
    is_title: ["", "A B C D E", "amazon Bedrock of", "A" * 25 + " B", "A  B", "I am, here", "É A", "A B\n"],
    is_quantity: [
        "", "one", "1.", ".5", "1e", "1e1000", "1" * 21, "0." + "1" * 21, "1 2", "1\n", "１",
        "2026-11-2", "26-11-23", "2026-11-23T", "2026-11-23T10", "2026-11-23X10:00:00",
        "2026-11-23T10:00:00z", "2026-11-23T10:00:00+1",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("asked", "text"), [(asked, text) for asked, some in KNOWN.items() for text in some])
def test_it_is_known(asked: Callable[[str], bool], text: str) -> None:
    """In any case, and however its words are joined."""
    assert asked(text)


@pytest.mark.parametrize(
    ("asked", "text"), [(asked, text) for asked, some in UNKNOWN.items() for text in some]
)
def test_it_is_not_known(asked: Callable[[str], bool], text: str) -> None:
    """Whatever else it is, somebody may have said it."""
    assert not asked(text)
