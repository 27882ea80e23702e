"""What was asked last and what was answered, from each shape of content."""

from __future__ import annotations

import pytest

from broadcast_core import Content
from broadcast_core.jsontext import Json
from broadcast_core.record.messages import ConversationPreview, preview_of

HELLO = {"role": "user", "content": "hello"}
PARTS = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {}}, "this", 5]
CALLS = [{"function": {"name": "stock"}}, {"function": {"name": "ship"}}, 5, {"function": None}]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, None),
        ("plain", "plain"),
        ({"messages": [HELLO, {"role": "user", "content": "again"}, {"role": "assistant"}]}, "again"),
        ({"messages": [{"role": "system", "content": "be brief"}]}, None),
        ({"messages": [{"role": "user", "content": PARTS}]}, "see [image_url] this"),
        ({"messages": "odd"}, "odd"),
        ({"prompt": "once upon"}, "once upon"),
        ({"prompt": ["once", "upon"]}, "once upon"),
        ({"input": "a question"}, "a question"),
        ({"input": ["bench", "stool"]}, "bench stool"),
        ({"input": [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}]}, "hi"),
        ({"messages": [5, None, HELLO]}, "hello"),
        ({}, None),
        (5, None),
    ],
)
def test_the_last_question_is_found(asked: Json, expected: str | None) -> None:
    """In messages, prompts and inputs."""
    assert ConversationPreview(expected, None) == preview_of(Content(input=asked), 100)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (None, None),
        ("plain", "plain"),
        ({"choices": [{"message": {"content": "yes\nindeed"}}]}, "yes indeed"),
        ({"choices": [{"message": {"content": PARTS}}]}, "see [image_url] this"),
        ({"choices": [{"message": {"content": None, "tool_calls": CALLS}}]}, "[calls stock, ship]"),
        ({"choices": [{"text": "completed"}]}, "completed"),
        ({"choices": []}, None),
        ({"choices": [None]}, None),
        ({"choices": [{"message": 5}]}, None),
        ({"output": [{"type": "message", "content": [{"type": "output_text", "text": "fine"}]}]}, "fine"),
        ({"text": "spoken"}, "spoken"),
        (5, None),
    ],
)
def test_the_answer_is_found(answered: Json, expected: str | None) -> None:
    """In choices, outputs and texts."""
    assert ConversationPreview(None, expected) == preview_of(Content(output=answered), 100)
