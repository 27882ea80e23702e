"""What both engines agree on: the values, the depth, and the errors."""

from __future__ import annotations

from typing import Any, TypeAlias

from broadcast_core.errors import BroadcastError

Json: TypeAlias = Any
"""A JSON value as Python has it: None, bool, int, float, str, list or dict with text keys."""

JsonPath: TypeAlias = tuple[str | int, ...]
"""The keys and indexes on the way to a place."""

CONTAINERS = (dict, list, tuple)  # as a tuple, which is asked in half the time of a union
ARRAYS = (list, tuple)
MAX_DEPTH = 254  # the deepest nesting that orjson writes
INT64_MIN, UINT64_MAX = -(2**63), 2**64 - 1

TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
NO_TEXT = "a lone surrogate is no text"


class JsonError(BroadcastError, ValueError):
    """Text that is no JSON by our rule, or a value that JSON cannot carry.

    `reason` says what is wrong; `path` is a JSON path (`$.a[0]`) when the place is known.
    """

    def __init__(self, reason: str, path: str | None = None) -> None:
        self.reason = reason
        self.path = path
        super().__init__(f"{reason} @ {path}" if path else reason)


class RepeatedKey(JsonError):
    """A key that is given twice; it may be content."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__("a key is given twice in one object")


class LoneSurrogate(JsonError):
    """Half a character, and the keys and indexes on the way to it; keys may be content."""

    def __init__(self, steps: JsonPath) -> None:
        self.steps = steps
        super().__init__(NO_TEXT)


def may_be_deep(data: bytes) -> bool:
    """Tell whether a text has brackets enough to be nested too deep."""
    return data.count(b"[") + data.count(b"{") > MAX_DEPTH


def deeper_than(value: Json, levels: int) -> bool:
    """Tell whether arrays and objects are nested deeper than some levels."""
    layer = [value] if isinstance(value, CONTAINERS) else []
    for _ in range(levels):
        layer = [
            item
            for parent in layer
            for item in (parent.values() if isinstance(parent, dict) else parent)
            if item.__class__ is not str and isinstance(item, CONTAINERS)
        ]
        if not layer:
            return False
    return True
