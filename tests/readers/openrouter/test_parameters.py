"""Model parameters: an allowlist, and whatever it does not name stays with the content."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers.fields import Fields
from broadcast_core.readers.openrouter.parameters import take_parameters
from broadcast_core.record.parameters import is_operational, known_parameters
from tests.readers.deliveries import of

OPERATIONAL: dict[str, Any] = {
    "temperature": 0.2,
    "max_tokens": 400,
    "seed": 7,
    "stream": True,
    "service_tier": "flex",
    "verbosity": None,
    "modalities": ["text", "audio"],
    "tool_choice": "auto",
    "reasoning": {"effort": "high", "max_tokens": 1024, "exclude": False},
    "thinking": {"type": "enabled", "budget_tokens": 2000},
}
CONTENT: dict[str, Any] = {
    "messages": [{"role": "user", "content": "hello"}],
    "stop": ["secret"],
    "logit_bias": {"1": 2},
    "tools": [{"type": "function"}],
    "response_format": {"type": "json_object"},
    "metadata": {"a": 1},
    "brand_new": 1,
    "service_tier": "a sentence, which may quote anything",
    "truncation": "x" * 41,
    "temperature": {"a": 1},
    "modalities": ["a sentence, which may quote"],
    "tool_choice": {"type": "function", "function": {"name": "secret"}},
    "reasoning": {"effort": "high", "note": "secret"},
    "thinking": "hard",
}


@pytest.mark.parametrize(("key", "value"), OPERATIONAL.items(), ids=OPERATIONAL)
def test_a_known_name_with_a_plain_value_is_a_parameter(key: str, value: Any) -> None:
    """It may leave in privacy mode."""
    assert is_operational(key, value)
    assert ({key: value}, {}) == known_parameters({key: value})


@pytest.mark.parametrize(("key", "value"), CONTENT.items(), ids=CONTENT)
def test_anything_else_stays_with_the_content(key: str, value: Any) -> None:
    """A name that is not known, or a value that can hold words."""
    assert not is_operational(key, value)
    assert ({}, {key: value}) == known_parameters({key: value})


@pytest.mark.parametrize("request_", [None, "cut [truncated]", ["a"], 5], ids=repr)
def test_a_request_that_is_no_object_has_no_parameters(request_: Any) -> None:
    """It stays as it is."""
    assert ({}, request_) == known_parameters(request_)


def _taken(attributes: dict[str, Any], request: Any = None) -> tuple[dict[str, Any], Any]:
    fields = Fields({f"gen_ai.request.{key}": value for key, value in attributes.items()}, "$")
    return take_parameters(request, fields)


SPELLED: dict[str, tuple[str, Any, Any]] = {
    "a double": ("temperature", 0.7, 0.7),
    "a double as text": ("temperature", "0.7", 0.7),
    "a whole double as text": ("temperature", "1.0", 1.0),
    "an int as text": ("max_tokens", "150", 150),
    "a negative int as text": ("presence_penalty", "-2", -2),
    "an exponent": ("top_p", "1e-3", 0.001),
    "every digit of a large int": ("seed", "9007199254740993", 9_007_199_254_740_993),
    "the largest int": ("seed", "9223372036854775807", 2**63 - 1),
    "an int beyond 63 bits": ("seed", "9223372036854775808", float(2**63)),
    "an int beyond 64 bits": ("seed", "1" + "0" * 30, 1e30),
    "true as text": ("stream", "true", True),
    "false as text": ("parallel_tool_calls", "false", False),
    "a word": ("service_tier", "flex", "flex"),
    "not a number": ("temperature", "NaN", "NaN"),
    "an array as JSON text": ("modalities", '["text"]', ["text"]),
    "an unknown name keeps its text": ("user_code", "0042", "0042"),
    "an unknown name keeps true": ("stop", "true", "true"),
    "an unknown name with JSON text": ("stop", '["a"]', ["a"]),
}


@pytest.mark.parametrize(("key", "spelled", "expected"), SPELLED.values(), ids=SPELLED)
def test_an_attribute_is_unspelled(key: str, spelled: Any, expected: Any) -> None:
    """Numbers, true and false of parameters that are known; every other text stays text."""
    ((name, value),) = _taken({key: spelled})[0].items()

    assert (key, type(expected), expected) == (name, type(value), value)


def test_the_model_is_no_parameter() -> None:
    """The record has a field for it."""
    assert {"top_k": 1} == _taken({"model": "openai/gpt-4.1-mini", "top_k": 1})[0]


def test_attributes_complete_the_request() -> None:
    """Each parameter once."""
    request = {"temperature": 0.7, "stream": True, "tools": []}

    assert ({"temperature": 0.7, "stream": True, "top_k": 5}, {"tools": []}) == _taken(
        {"temperature": "0.7", "top_k": 5}, request
    )


def test_an_attribute_wins_over_the_request_whose_own_value_is_kept() -> None:
    """The gateway may have lowered what the caller asked for."""
    assert ({"max_tokens": 64}, {"max_tokens": 100_000}) == _taken(
        {"max_tokens": 64}, {"max_tokens": 100_000}
    )


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63) + 1])
def test_the_largest_whole_numbers_stay_whole(number: int) -> None:
    """As text too."""
    assert repr(number) == repr(of({"gen_ai.request.seed": str(number)}).parameters["seed"])
