"""The text of a conversation, for rules that look into input and output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from broadcast_core.errors import BroadcastError
from broadcast_core.jsontext import Json

MAX_LEVELS = 1000
"""Nothing deeper is read: no reader and no platform takes it, and what a rule cannot read does not leave."""

_STRUCTURE = frozenset(
    {"role", "type", "id", "tool_call_id", "call_id", "finish_reason", "native_finish_reason"}
)


class UnreadableContent(BroadcastError, ValueError):
    """A value whose texts cannot be read: what is wrong with it, in words that quote nothing of it."""


def text_of(value: Json) -> str | None:
    """Return every text in a value, a line each, without those that only name a role, a type or an id.

    Raise `UnreadableContent` for a value that holds itself, or is nested deeper than `MAX_LEVELS`.
    """
    if value is None:
        return None
    return "\n".join(_texts(value))


def _texts(value: Json) -> Iterator[str]:
    """Yield the texts in their order, with a stack of our own: Python's ends before the content may."""
    open_ones: dict[int, Json] = {}
    levels: list[tuple[int, Iterator[Json]]] = [(0, iter((value,)))]
    while levels:
        owner, items = levels[-1]
        for item in items:
            if isinstance(item, str):
                yield item
            elif (inner := _items(item)) is not None:
                _refuse_endless(item, open_ones)
                open_ones[id(item)] = item
                levels.append((id(item), inner))
                break
        else:
            levels.pop()
            open_ones.pop(owner, None)


def _items(value: Json) -> Iterator[Json] | None:
    """Return the values in an object or an array that may be texts or hold some; None for anything else."""
    if isinstance(value, Mapping):
        return (item for key, item in value.items() if not (key in _STRUCTURE and isinstance(item, str)))
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return iter(value)
    return None


def _refuse_endless(item: Json, open_ones: Mapping[int, Json]) -> None:
    if id(item) in open_ones:
        raise UnreadableContent("it holds itself: give each place a value of its own")
    if len(open_ones) >= MAX_LEVELS:
        raise UnreadableContent(f"it is nested deeper than {MAX_LEVELS} levels: give it flatter, or as text")
