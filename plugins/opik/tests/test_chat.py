"""Content in the shapes that Opik renders."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_opik.chat import shown_input, shown_output

USER = {"role": "user", "content": "hi"}

INPUTS = [
    ({"messages": [USER]}, {"messages": [USER]}),
    ([USER], {"messages": [USER]}),
    ("hi", {"messages": [USER]}),
    ({"prompt": "hi"}, {"messages": [USER]}),
    ({"input": [USER]}, {"messages": [USER]}),
    ({"input": ["a", "b"]}, {"input": ["a", "b"]}),
    ({"prompt": "hi", "messages": 3}, {"prompt": "hi", "messages": 3}),
    ({"messages": []}, {"messages": []}),
    ([1], {"input": [1]}),
    (4, {"input": 4}),
    (
        {"messages": [{"role": "developer", "content": "be brief"}, USER]},
        {"messages": [{"role": "system", "content": "be brief", "original_role": "developer"}, USER]},
    ),
]


@pytest.mark.parametrize(("value", "expected"), INPUTS, ids=[str(value)[:40] for value, _ in INPUTS])
def test_input(value: Any, expected: Any) -> None:
    """Messages where it can be read so; anything else as it is."""
    assert expected == shown_input(value)


OUTPUTS = [
    ("hi", {"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]}),
    ({"choices": []}, {"choices": []}),
    ([1], {"output": [1]}),
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
