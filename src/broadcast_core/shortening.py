"""JSON cut to a size: still valid, with a marker wherever something is missing.

The markers are OpenRouter's own: a text ends in `[truncated]`, an array or an object that lacks parts holds
`{"openrouter_truncated": {"omitted_items": n}}` or `{"omitted_keys": n}`. What is long gives way to what is
short: every part keeps what it needs up to one common share.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from broadcast_core.jsontext import Json, dumps

MARKER = "openrouter_truncated"
CUT = "[truncated]"
LEAST = 64
"""Bytes in which every value fits once it is shortened."""


def shortened(value: Json, most: int) -> Json:
    """Return a JSON value whose compact text has at most some bytes, of which there must be `LEAST`."""
    if most < LEAST:
        raise ValueError(f"a value cannot be shortened to fewer than {LEAST} bytes, got {most}")
    return _Shortening().fitted(value, most)


class _Shortening:
    """One call: the size of each container is measured once."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}

    def fitted(self, value: Json, most: int) -> Json:
        if self._size(value) <= most:
            return value
        if isinstance(value, str):
            return _cut(value, most)
        if isinstance(value, dict):
            return self._object(value, most)
        return self._array(value, most)

    def _array(self, items: list[Json], most: int) -> Json:
        sizes = [self._size(item) for item in items]
        count, room = _how_many([min(size, LEAST) + 1 for size in sizes], most)
        level = _level(sizes[:count], room - count)
        kept = [self.fitted(item, min(size, level)) for item, size in zip(items, sizes[:count], strict=False)]
        omitted = len(items) - count
        return [*kept, {MARKER: {"omitted_items": omitted}}] if omitted else kept

    def _object(self, value: dict[str, Json], most: int) -> Json:
        keys = list(value)
        names = [len(dumps(key)) + 2 for key in keys]
        sizes = [self._size(item) for item in value.values()]
        least = [name + min(size, LEAST) for name, size in zip(names, sizes, strict=True)]
        count, room = _how_many(least, most)
        level = _level(sizes[:count], room - sum(names[:count]))
        kept = {
            key: self.fitted(value[key], min(size, level))
            for key, size in zip(keys[:count], sizes, strict=False)
        }
        omitted = len(keys) - count
        return {**kept, MARKER: {"omitted_keys": omitted}} if omitted else kept

    def _size(self, value: Json) -> int:
        if not isinstance(value, dict | list):
            return len(dumps(value))
        if id(value) not in self._sizes:
            parts = [self._size(item) + 1 for item in (value.values() if isinstance(value, dict) else value)]
            names = [len(dumps(key)) + 1 for key in value] if isinstance(value, dict) else []
            self._sizes[id(value)] = max(2, 1 + sum(parts) + sum(names))
        return self._sizes[id(value)]


def _how_many(costs: Sequence[int], most: int) -> tuple[int, int]:
    """Return how many parts, from the first on, have room, and how much is left for them beside a marker."""
    if sum(costs) <= most - 2:
        return len(costs), most - 2
    room = most - LEAST
    return sum(total <= room for total in accumulate(costs)), room


def _level(sizes: Sequence[int], room: int) -> int:
    """Return the share to which parts are cut so that all have room; smaller ones leave theirs to others."""
    left = len(sizes)
    for size in sorted(sizes):
        if size * left > room:
            return room // left
        room -= size
        left -= 1
    return max(sizes, default=0)


def _cut(text: str, most: int) -> str:
    room = most - len(dumps(CUT))
    kept = text[:room]
    while (size := len(dumps(kept)) - 2) > room:
        kept = kept[: min(len(kept) - 1, len(kept) * room // size)]
    return kept + CUT
