"""Content in the shapes that Opik renders."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from broadcast_core.testing.strategies import json_values
from broadcast_opik.chat import shown_input, shown_output

USER = {"role": "user", "content": "hi"}

PARTS = [
    {"type": "output_text", "text": "a"},
    {"type": "input_image", "image_url": {"url": "u"}},
    {"type": "input_file", "image_url": "u"},
]

INPUTS = [
    ({"messages": [USER]}, {"messages": [USER]}),
    ([USER], {"messages": [USER]}),
    ("hi", {"messages": [USER]}),
    ({"prompt": "hi"}, {"messages": [USER]}),
    ({"input": [USER]}, {"messages": [USER]}),
    (
        {"input": ["a", "b"], "model": "m"},
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
            ],
            "model": "m",
        },
    ),
    ({"input": [[1, 2], [3]]}, {"input": [[1, 2], [3]]}),
    ({"input": "embed me"}, {"messages": [{"role": "user", "content": "embed me"}]}),
    (
        {"messages": [{"role": "model", "content": "x"}, {"role": "critic"}]},
        {
            "messages": [
                {"role": "assistant", "content": "x", "original_role": "model"},
                {"role": "user", "content": None, "original_role": "critic"},
            ]
        },
    ),
    (
        {"messages": [USER, {"role": "tool", "tool_call_id": "c"}]},
        {"messages": [USER, {"role": "tool", "tool_call_id": "c", "content": None}]},
    ),
    (
        {"messages": [USER, {"openrouter_truncated": {"omitted_items": 7}}]},
        {"messages": [USER], "openrouter_truncated": {"omitted_items": 7}},
    ),
    (
        {"messages": [{"openrouter_truncated": 1}, USER, {"openrouter_truncated": 2}]},
        {"messages": [USER], "openrouter_truncated": [1, 2]},
    ),
    (
        {
            "input": [
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
                {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c", "output": "found"},
                {"type": "reasoning", "summary": []},
            ]
        },
        {
            "messages": [
                {"type": "message", "role": "user", "content": [{"type": "text", "text": "hi"}]},
                {
                    "type": "function_call",
                    "call_id": "c",
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}
                    ],
                },
                {
                    "type": "function_call_output",
                    "call_id": "c",
                    "role": "tool",
                    "tool_call_id": "c",
                    "content": "found",
                },
                {"type": "reasoning", "summary": [], "role": "assistant", "content": None},
            ]
        },
    ),
    (
        {
            "input": [
                {
                    "role": "user",
                    "content": [{"type": "input_image", "image_url": "data:image/png;base64,AA"}, 3],
                }
            ]
        },
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}, 3],
                }
            ]
        },
    ),
    (
        {"input": [{"role": "assistant", "content": PARTS}, {"role": "user", "name": "u"}]},
        {
            "messages": [
                {"role": "assistant", "content": [{**PARTS[0], "type": "text"}, *PARTS[1:]]},
                {"role": "user", "name": "u", "content": None},
            ]
        },
    ),
    (
        {"input": [{"type": "reasoning", "content": "because"}]},
        {"messages": [{"type": "reasoning", "content": "because", "role": "assistant"}]},
    ),
    ({"input": [{"type": "web_search_call"}]}, {"input": [{"type": "web_search_call"}]}),
    (
        {"input": [USER, {"type": "web_search_call"}]},
        {"input": [USER, {"type": "web_search_call"}]},
    ),
    ({"prompt": "hi", "messages": 3}, {"prompt": "hi", "messages": 3}),
    ({"messages": []}, {"messages": []}),
    ([1], {"input": [1]}),
    (4, {"input": 4}),
    (
        {"messages": [{"role": "developer", "content": "be brief"}, USER]},
        {"messages": [{"role": "system", "content": "be brief", "original_role": "developer"}, USER]},
    ),
]


@pytest.mark.parametrize(("value", "expected"), INPUTS, ids=[str(value)[:60] for value, _ in INPUTS])
def test_input(value: Any, expected: Any) -> None:
    """Messages where it can be read so; anything else as it is."""
    assert expected == shown_input(value)


ANSWER = [
    {"type": "reasoning", "summary": []},
    {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}, 3, {"type": "x", "text": "y"}]},
    {"role": "assistant", "content": [{"type": "text", "text": 3}, {"type": "text", "text": "sorry"}]},
    {"role": "assistant", "content": "bye"},
]
ANSWERED = {"role": "assistant", "content": "no\nsorry\nbye"}

OUTPUTS = [
    ("hi", {"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]}),
    ({"choices": []}, {"choices": []}),
    ([1], {"output": [1]}),
    (
        {"choices": [{"index": 0, "text": "done", "finish_reason": "stop"}]},
        {
            "choices": [
                {
                    "index": 0,
                    "text": "done",
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": "done"},
                }
            ]
        },
    ),
    (
        {"choices": [{"message": {"content": None, "refusal": "I will not"}}]},
        {"choices": [{"message": {"role": "assistant", "content": "I will not", "refusal": "I will not"}}]},
    ),
    (
        {"choices": [3, {"message": {"role": "assistant", "content": "x", "reasoning": "because"}}]},
        {"choices": [3, {"message": {"role": "assistant", "content": "x", "reasoning": "because"}}]},
    ),
    (
        {"choices": [{"message": {"role": "assistant", "content": "x", "refusal": "no"}}]},
        {"choices": [{"message": {"role": "assistant", "content": "x", "refusal": "no"}}]},
    ),
    (
        {"choices": [{"message": 3, "text": "x"}, {"text": 3}, {"index": 2}]},
        {"choices": [{"message": 3, "text": "x"}, {"text": 3}, {"index": 2}]},
    ),
    (
        {"choices": [{"index": 0}, {"openrouter_truncated": {"omitted_items": 7}}]},
        {"choices": [{"index": 0}], "openrouter_truncated": {"omitted_items": 7}},
    ),
    (
        {"choices": [{"message": {"role": "assistant", "tool_calls": []}}]},
        {"choices": [{"message": {"role": "assistant", "tool_calls": [], "content": None}}]},
    ),
    ({"choices": 3, "output": "x"}, {"choices": 3, "output": "x"}),
    ({"data": [{"embedding": [0.5]}]}, {"data": [{"embedding": [0.5]}]}),
    (
        {
            "output": [
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}
            ]
        },
        {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}],
            "output": [
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}
            ],
        },
    ),
    ({"output": ANSWER}, {"choices": [{"index": 0, "message": ANSWERED}], "output": ANSWER}),
    ({"output": [{"role": "user", "content": "hi"}]}, {"output": [{"role": "user", "content": "hi"}]}),
    ({"output": []}, {"output": []}),
    ({"output": {"text": "hi"}}, {"output": {"text": "hi"}}),
    (
        {"output": [{"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}]},
        {
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "assistant",
                        "content": None,
                        "tool_calls": [
                            {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}
                        ],
                    },
                }
            ],
            "output": [{"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}],
        },
    ),
]


@pytest.mark.parametrize(("value", "expected"), OUTPUTS, ids=[str(value)[:40] for value, _ in OUTPUTS])
def test_output(value: Any, expected: Any) -> None:
    """Choices where it can be read so; anything else as it is."""
    assert expected == shown_output(value)


def test_the_callers_messages_are_not_changed() -> None:
    """Showing makes a copy."""
    value = {"messages": [{"role": "developer", "content": "x"}]}
    shown_input(value)

    assert {"messages": [{"role": "developer", "content": "x"}]} == value


@pytest.mark.parametrize("role", [[], {}, None, 3], ids=str)
def test_a_role_may_be_anything(role: Any) -> None:
    """What no chat has is shown under the role that is nearest."""
    message = {"role": role, "content": "x"}
    shown = {"role": "user", "content": "x", "original_role": role}

    assert {"messages": [message]} == shown_input({"messages": [message]})
    assert {"choices": [{"message": shown}]} == shown_output({"choices": [{"message": message}]})


@given(json_values(12))
def test_anything_can_be_shown(value: Any) -> None:
    """Whatever its shape, also as messages and as choices."""
    for one in (
        value,
        {"messages": value},
        {"messages": [value, value]},
        {"input": [value]},
        {"prompt": value},
    ):
        assert isinstance(shown_input(one), dict)
    for one in (value, {"choices": value}, {"choices": [value, {"message": value}]}, {"output": [value]}):
        assert isinstance(shown_output(one), dict)
