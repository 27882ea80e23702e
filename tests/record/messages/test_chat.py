"""Input and output as chat messages, whatever shape they had."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadcast_core.destinations import chat_input, chat_output
from broadcast_core.jsontext import dumps_lossy
from broadcast_core.testing.strategies import json_values

USER = {"role": "user", "content": "hi"}

PARTS = [
    {"type": "output_text", "text": "a"},
    {"type": "input_image", "image_url": {"url": "u"}},
    {"type": "input_file", "image_url": "u"},
]

RETURNED = {
    "type": "function_call_output",
    "call_id": "c",
    "role": "tool",
    "tool_call_id": "c",
    "content": "o",
}

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
    (
        {"messages": [USER, {"openrouter_truncated": {"omitted_items": 3}}], "openrouter_truncated": 2},
        {"messages": [USER], "openrouter_truncated": 2, "openrouter_truncated_": {"omitted_items": 3}},
    ),
    (
        ["a", {"openrouter_truncated": 1}],
        {
            "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}],
            "openrouter_truncated": 1,
        },
    ),
    (
        {"messages": [{"role": "developer", "content": "x", "original_role": "mine"}]},
        {
            "messages": [
                {"role": "system", "content": "x", "original_role": "mine", "original_role_": "developer"}
            ]
        },
    ),
    (
        {"input": [{"type": "function_call", "call_id": "c", "content": "mine", "tool_calls": 7, "role": 3}]},
        {
            "messages": [
                {
                    "type": "function_call",
                    "call_id": "c",
                    "role": "assistant",
                    "content": "mine",
                    "tool_calls": [
                        {"id": "c", "type": "function", "function": {"name": None, "arguments": None}}
                    ],
                    "tool_calls_": 7,
                    "role_": 3,
                }
            ]
        },
    ),
    (
        {
            "input": [
                {"type": "function_call_output", "call_id": "c", "output": "o", "content": "mine"},
                {"type": "function_call_output", "call_id": "c", "tool_call_id": "c", "output": "o"},
                {"type": "function_call_output", "call_id": "c", "tool_call_id": "d", "output": "o"},
            ]
        },
        {
            "messages": [
                {**RETURNED, "content_": "mine"},
                RETURNED,
                {**RETURNED, "tool_call_id_": "d"},
            ]
        },
    ),
    ({"messages": None, "prompt": "hi"}, {"messages": [USER]}),
    (
        {"input": [{"type": "reasoning", "content": ["a"]}]},
        {"messages": [{"role": "assistant", "content": ["a"], "type": "reasoning"}]},
    ),
    (
        {"input": [{"type": "function_call", "name": "f", "arguments": "{}", "content": ["a"]}]},
        {
            "messages": [
                {
                    "role": "assistant",
                    "content": ["a"],
                    "tool_calls": [
                        {"id": None, "type": "function", "function": {"name": "f", "arguments": "{}"}}
                    ],
                    "type": "function_call",
                }
            ]
        },
    ),
    ({"input": [{"type": "made up"}]}, {"input": [{"type": "made up"}]}),
    ({"input": [USER, {"type": 5}]}, {"input": [USER, {"type": 5}]}),
    (
        {"input": [USER, {"type": "web_search_call", "status": "completed"}]},
        {
            "messages": [
                USER,
                {"role": "assistant", "content": None, "type": "web_search_call", "status": "completed"},
            ]
        },
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
    assert expected == chat_input(value)


ANSWER = [
    {"type": "reasoning", "summary": []},
    {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}, 3, {"type": "x", "text": "y"}]},
    {"role": "assistant", "content": [{"type": "text", "text": 3}, {"type": "text", "text": "sorry"}]},
    {"role": "assistant", "content": "bye"},
]
ANSWERED = {
    "role": "assistant",
    "content": [
        3,
        {"type": "x", "text": "y"},
        {"type": "text", "text": 3},
        {"type": "text", "text": "sorry"},
        {"type": "text", "text": "bye"},
    ],
    "refusal": "no",
}
LEFT: list[Any] = [{"type": "reasoning"}, *({"role": "assistant"} for _ in range(3))]

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
    (
        {"data": [{"embedding": [0.5]}]},
        {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": None}}],
            "data": [{"embedding": [0.5]}],
        },
    ),
    ({"choices": "none", "data": []}, {"choices": "none", "data": []}),
    (
        {"choices": None, "output": ANSWER},
        {"choices": [{"index": 0, "message": ANSWERED}], "output": LEFT},
    ),
    (
        {"output": [{"type": "web_search_call"}, *ANSWER]},
        {
            "choices": [{"index": 0, "message": ANSWERED}],
            "output": [{"type": "web_search_call"}, *LEFT],
        },
    ),
    *(
        ({"choices": [{"message": said}]}, {"choices": [{"message": {"role": "assistant", **shown}}]})
        for said, shown in (
            ({"content": "", "images": ["a"]}, {"content": ["a"]}),
            ({"content": "a dog", "images": ["a"]}, {"content": "a dog", "images": ["a"]}),
            ({"images": []}, {"images": [], "content": None}),
            ({"images": "a"}, {"images": "a", "content": None}),
            ({"audio": {"transcript": "woof"}}, {"audio": {"transcript": "woof"}, "content": "woof"}),
            ({"audio": {"transcript": ""}}, {"audio": {"transcript": ""}, "content": None}),
            ({"audio": "x", "refusal": "no"}, {"audio": "x", "refusal": "no", "content": "no"}),
        )
    ),
    (
        {
            "output": [
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}
            ]
        },
        {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}],
            "output": [{"type": "message", "role": "assistant"}],
        },
    ),
    ({"output": ANSWER}, {"choices": [{"index": 0, "message": ANSWERED}], "output": LEFT}),
    ({"output": [{"role": "user", "content": "hi"}]}, {"output": [{"role": "user", "content": "hi"}]}),
    ({"output": []}, {"output": []}),
    ({"output": {"text": "hi"}}, {"output": {"text": "hi"}}),
    *(
        (
            {"output": [{"role": "assistant", "content": "x", "tool_calls": calls}]},
            {
                "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}}],
                "output": [{"role": "assistant", "tool_calls": calls}],
            },
        )
        for calls in (7, True, "abc", {"a": 1})
    ),
    (
        {"output": [*ANSWER, {"openrouter_truncated": 1}]},
        {"choices": [{"index": 0, "message": ANSWERED}], "output": [*LEFT, {"openrouter_truncated": 1}]},
    ),
    (
        {"choices": [{"message": {"content": 0, "refusal": "no"}}]},
        {"choices": [{"message": {"role": "assistant", "content": 0, "refusal": "no"}}]},
    ),
    (
        {"choices": [{"index": 0}, {"openrouter_truncated": 1}], "openrouter_truncated": 2},
        {"choices": [{"index": 0}], "openrouter_truncated": 2, "openrouter_truncated_": 1},
    ),
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
            "output": [{"type": "function_call"}],
        },
    ),
]


@pytest.mark.parametrize(("value", "expected"), OUTPUTS, ids=[str(value)[:40] for value, _ in OUTPUTS])
def test_output(value: Any, expected: Any) -> None:
    """Choices where it can be read so; anything else as it is."""
    assert expected == chat_output(value)


def test_the_callers_messages_are_not_changed() -> None:
    """Showing makes a copy."""
    value = {"messages": [{"role": "developer", "content": "x"}]}
    chat_input(value)

    assert {"messages": [{"role": "developer", "content": "x"}]} == value


SAID = [{"role": "user", "content": "asked"}]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"messages": SAID}, {"messages": SAID}),
        ({"messages": SAID, "model": "m"}, {"messages": SAID, "model": "m"}),
        ({"model": "m", "messages": SAID}, {"messages": SAID, "model": "m"}),
        ({"messages": SAID, "system": "s"}, {"messages": [{"role": "system", "content": "s"}, *SAID]}),
        ({"messages": SAID, "instructions": ""}, {"messages": SAID, "instructions": ""}),
        ({"messages": None, "prompt": SAID, "model": "m"}, {"messages": SAID, "model": "m"}),
        ({"messages": [], "input": SAID}, {"messages": [], "input": SAID}),
    ],
    ids=["alone", "first", "second", "a system prompt behind", "a blank one", "a prompt", "no messages"],
)
def test_messages_that_are_shown_as_they_are_stay(value: Any, expected: Any) -> None:
    """In front, whatever stands beside them; what is a chat already is not copied."""
    shown = chat_input(value)

    assert json.dumps(expected) == json.dumps(shown)


@pytest.mark.parametrize("role", [[], {}, None, 3], ids=str)
def test_a_role_may_be_anything(role: Any) -> None:
    """What no chat has is shown under the role that is nearest: in a choice, the model's."""
    message = {"role": role, "content": "x"}
    shown = {"role": "assistant", "content": "x", "original_role": role}

    assert {"messages": [message]} == chat_input({"messages": [message]})
    assert {"choices": [{"message": shown}]} == chat_output({"choices": [{"message": message}]})


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
        assert isinstance(chat_input(one), dict)
    for one in (value, {"choices": value}, {"choices": [value, {"message": value}]}, {"output": [value]}):
        assert isinstance(chat_output(one), dict)


LABELS = ("input_text", "output_text", "input_image")  # types of parts, which have another name in chats
NAMES = (
    "messages", "prompt", "input", "choices", "message", "output", "text", "role", "content", "type", "name",
    "arguments", "call_id", "tool_calls", "tool_call_id", "original_role", "refusal", "image_url", "index",
    "openrouter_truncated", "content_",
)  # fmt: skip
WORDS = st.sampled_from(
    (
        "user",
        "developer",
        "assistant",
        "function_call",
        "function_call_output",
        "reasoning",
        "message",
        *LABELS,
    )
)


def _with(
    name: str, values: st.SearchStrategy[Any], others: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    rest = st.dictionaries(st.sampled_from(NAMES), others, max_size=5)
    return st.builds(lambda value, beside: {**beside, name: value}, values, rest)


CHATTY = st.recursive(
    st.one_of(WORDS, json_values(1)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
        _with("type", WORDS, inner),
        _with("role", st.one_of(WORDS, inner), inner),
        inner.map(lambda value: {"openrouter_truncated": value}),
    ),
    max_leaves=15,
)
SOME = st.lists(CHATTY, max_size=4)


def _leaves(value: Any) -> Iterator[bytes]:
    """Yield each number, truth and text that says something, as JSON."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    elif value is not None and value != "" and value not in LABELS:
        yield dumps_lossy(value)[0]


@given(st.one_of(CHATTY, json_values(12), *(st.fixed_dictionaries({name: SOME}) for name in NAMES[:6])))
@example({"messages": [{"role": None, "content": 0, "refusal": "no", "original_role": 1}]})
@example({"output": [{"type": "function_call", "role": [3], "content": [2], "tool_calls": {"a": 1}}]})
@example(
    {"input": [{"type": "function_call_output", "role": 1, "output": 2, "content": 3, "tool_call_id": 4}]}
)
@example({"input": [{"type": "reasoning", "role": 1, "role_": 2, "content": 3, "content_": 4}]})
@example([{"openrouter_truncated": 3}, {"role": "user"}])
def test_nothing_that_was_said_is_lost(value: Any) -> None:
    """Every leaf of a value is in what is shown, as often at least."""
    for show in (chat_input, chat_output):
        assert Counter(_leaves(value)) <= Counter(_leaves(show(value)))
