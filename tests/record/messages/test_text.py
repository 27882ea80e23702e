"""What was said as one text, whatever shape it has, and what cannot be looked into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from broadcast_core.record.messages.text import MAX_LEVELS, UnreadableContent, text_of

SPOKEN = [
    (None, None),
    ("hi", "hi"),
    ({"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]}, "hi\nho"),
    (
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
            ]
        },
        "a\nb",
    ),
    (
        {
            "choices": [
                {"finish_reason": "stop", "message": {"tool_calls": [{"id": "c", "function": {"name": "f"}}]}}
            ]
        },
        "f",
    ),
    ({"role": {"content": "odd"}, "n": 3}, "odd"),
    ([], ""),
]


@pytest.mark.parametrize(("value", "expected"), SPOKEN, ids=[str(value)[:50] for value, _ in SPOKEN])
def test_what_rules_on_input_and_output_look_at(value: Any, expected: str | None) -> None:
    """The texts, a line each, without the words of the structure."""
    assert expected == text_of(value)


def _endless() -> Any:
    inner: dict[str, Any] = {"content": []}
    inner["content"].append(inner)
    return inner


def _deep(levels: int) -> Any:
    value: Any = "hi"
    for level in range(levels):
        value = [value] if level % 2 else {"content": value}
    return value


UNJUDGEABLE = {
    "holds itself": (_endless(), "it holds itself: give each place a value of its own"),
    "one level too deep": (
        _deep(MAX_LEVELS + 1),
        "it is nested deeper than 1000 levels: give it flatter, or as text",
    ),
}


@pytest.mark.parametrize(("value", "why"), UNJUDGEABLE.values(), ids=UNJUDGEABLE)
def test_what_cannot_be_looked_into_is_told(value: Any, why: str) -> None:
    """With what to give instead; nothing of it is quoted."""
    with pytest.raises(UnreadableContent) as caught:
        text_of(value)

    assert why == str(caught.value)


def test_the_deepest_level_is_looked_into() -> None:
    """And what stands beside it, on the way back."""
    assert "hi\nho" == text_of([_deep(MAX_LEVELS - 1), "ho"])


def test_a_value_in_two_places_does_not_hold_itself() -> None:
    """It is read in each."""
    shared = {"content": ["hi"]}

    assert "hi\nhi\nhi" == text_of([shared, [shared], {"a": shared}])


class _Made(Sequence[Any]):
    """Makes what it holds when that is asked for, and forgets it."""

    def __init__(self, levels: int) -> None:
        self.levels = levels

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        return (_Made(level - 1) if level else "hi" for level in range(self.levels, self.levels + 1))


def test_a_value_that_is_made_while_it_is_read_does_not_hold_itself() -> None:
    """One may stand in memory where another stood that is still being read."""
    assert "hi" == text_of(_Made(100))


NO_TEXTS = {
    "bytes": b"said",
    "changing bytes": bytearray(b"said"),
    "memory": memoryview(b"said"),
    "a number": 3,
}


@pytest.mark.parametrize("value", NO_TEXTS.values(), ids=NO_TEXTS)
def test_bytes_and_numbers_are_no_texts(value: Any) -> None:
    """Nor are the numbers in them."""
    assert "hi" == text_of([value, "hi"])


def test_a_role_that_is_no_word_may_be_what_was_said() -> None:
    """Only a word that names a role, a type or an id is left out."""
    named = {"role": "user", "type": "text", "id": "1", "tool_call_id": "2", "call_id": "3"}
    ended = {"finish_reason": "stop", "native_finish_reason": "STOP"}

    assert "a\nb\nc" == text_of([{**named, **ended, "text": "a"}, {"role": ["b"], "Role": "c"}])
