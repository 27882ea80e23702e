"""JSON cut to a size: still valid, with a marker wherever something is missing.

The markers are OpenRouter's own: a text ends in `[truncated]`, an array or an object that lacks parts holds
`{"openrouter_truncated": {"omitted_items": n}}` or `{"omitted_keys": n}`, beside what has that name already.
Long parts are cut first: every part keeps what it needs up to one common share. Where there
are too many parts, a few that say something stay: the first of an array, the shorter keys of an object.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from broadcast_core.errors import ArgumentError
from broadcast_core.jsontext import Json, dumps, keep
from broadcast_core.jsontext.stackless import Call, run

MARKER = "openrouter_truncated"
CUT = "[truncated]"
LEAST = 64
"""Bytes in which every value fits once it is shortened."""
_TELLING = 1024  # bytes in which a part still says something, if it may have as many
_ALIKE = 2048  # bytes up to which no part is longer than another: the first stay


def truncate(value: Json, max_bytes: int) -> Json:
    """Return a JSON value whose compact text has at most `max_bytes` bytes; `LEAST` is the smallest bound."""
    if max_bytes < LEAST:
        raise ArgumentError(f"a value cannot be shortened to fewer than {LEAST} bytes, got {max_bytes}")
    return run(_Truncation().fit(value, max_bytes))


def is_marker(value: Json) -> bool:
    """Tell whether an element of an array only says how many others are missing."""
    return isinstance(value, dict) and value.keys() == {MARKER}


class _Truncation:
    """One call: the size of each container is measured once."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}

    def fit(self, value: Json, max_bytes: int) -> Call:
        """Return the value within a size."""
        if (yield self._size(value)) <= max_bytes:
            return value
        if isinstance(value, str):
            return _cut(value, max_bytes)
        if isinstance(value, dict):
            return (yield self._object(value, max_bytes))
        return (yield self._array(value, max_bytes))

    def _array(self, items: list[Json], max_bytes: int) -> Call:
        sizes = yield self._each(items)
        min_part = _min_part(max_bytes)
        needs = [min(size, min_part) + 1 for size in sizes]
        count, room = len(items), max_bytes - 2
        if sum(needs) > room:
            room = max_bytes - LEAST
            count = sum(total <= room for total in accumulate(needs))
        level = _level(sizes[:count], room - count)
        kept = []
        for item, size in zip(items, sizes[:count], strict=False):
            kept.append((yield self.fit(item, min(size, level))))
        omitted = len(items) - count
        return [*kept, {MARKER: {"omitted_items": omitted}}] if omitted else kept

    def _object(self, value: dict[str, Json], max_bytes: int) -> Call:
        names = [len(dumps(key)) + 2 for key in value]
        sizes = yield self._each(value.values())
        min_part = _min_part(max_bytes)
        needs = [name + min(size, min_part) for name, size in zip(names, sizes, strict=True)]
        stay, room = set(range(len(needs))), max_bytes - 2
        if sum(needs) > room:
            room = max_bytes - LEAST
            stay = _shorter(needs, room)
        level = _level([sizes[n] for n in stay], room - sum(names[n] for n in stay))
        kept: dict[str, Json] = {}
        for n, (key, item) in enumerate(value.items()):
            if n in stay:
                kept[key] = yield self.fit(item, min(sizes[n], level))
        if len(stay) < len(value):
            keep(kept, MARKER, {"omitted_keys": len(value) - len(stay)})
        return kept

    def _each(self, items: Iterable[Json]) -> Call:
        sizes = []
        for item in items:
            sizes.append((yield self._size(item)))
        return sizes

    def _size(self, value: Json) -> Call:
        if not isinstance(value, dict | list):
            return len(dumps(value))
        if id(value) not in self._sizes:
            parts = yield self._each(value.values() if isinstance(value, dict) else value)
            names = [len(dumps(key)) + 1 for key in value] if isinstance(value, dict) else []
            self._sizes[id(value)] = max(2, 1 + sum(parts) + len(parts) + sum(names))
        return self._sizes[id(value)]


def _min_part(max_bytes: int) -> int:
    """Return what a longer part gets at least: enough to say something, where there is room for a few."""
    return min(_TELLING, max(LEAST, max_bytes // 16))


def _shorter(needs: Sequence[int], room: int) -> set[int]:
    """Return the indexes of the parts that have room: shorter ones first, the earlier of similar ones."""
    stay = set()
    for n in sorted(range(len(needs)), key=lambda n: (needs[n] // _ALIKE).bit_length()):
        if needs[n] <= room:
            room -= needs[n]
            stay.add(n)
    return stay


def _level(sizes: Sequence[int], room: int) -> int:
    """Return the size to which parts are cut so that all have room; smaller ones leave room to others."""
    left = len(sizes)
    for size in sorted(sizes):
        if size * left > room:
            return room // left
        room -= size
        left -= 1
    return max(sizes, default=0)


def _cut(text: str, max_bytes: int) -> str:
    room = max_bytes - len(dumps(CUT))
    kept = text[:room]
    while (size := len(dumps(kept)) - 2) > room:
        kept = kept[: min(len(kept) - 1, len(kept) * room // size)]
    return kept + CUT
