"""What was said in a conversation as one text, for rules that look into input and output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from broadcast_core.errors import BroadcastError
from broadcast_core.jsontext import Json

MOST_LEVELS = 1000
"""Nothing deeper is judged: no reader and no platform takes it, and what cannot be judged does not leave."""

_STRUCTURE = frozenset(
    {"role", "type", "id", "tool_call_id", "call_id", "finish_reason", "native_finish_reason"}
)


class Unjudgeable(BroadcastError, ValueError):
    """A value that no rule can be asked about: what is wrong with it, in words that quote nothing of it."""


def spoken(value: Json) -> str | None:
    """Return every text in a value, a line each, without those that only name a role, a type or an id.

    Raise `Unjudgeable` for a value that holds itself, or is nested deeper than `MOST_LEVELS`.
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
        raise Unjudgeable("it holds itself: give each place a value of its own")
    if len(open_ones) >= MOST_LEVELS:
        raise Unjudgeable(f"it is nested deeper than {MOST_LEVELS} levels: give it flatter, or as text")
