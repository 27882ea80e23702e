"""Any value of a program as the nearest one that JSON carries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from broadcast_core.jsontext.rule import INT64_MIN, MAX_DEPTH, UINT64_MAX, Json
from broadcast_core.jsontext.texts import free_name, without_lone_surrogates

MOST_BITS = 10_000
"""Whole numbers with more are cut: Python itself stops writing them at a few thousand digits."""


def carriable(value: object, path: str, depth: int, changed: list[str]) -> Json:
    """Return the nearest value that JSON carries; note each path where it differs."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        mended = without_lone_surrogates(str(value))
        if mended != value:
            changed.append(path)
        return mended
    if isinstance(value, int):
        if INT64_MIN <= value <= UINT64_MAX:
            return int(value)
        changed.append(path)
        return str(value) if value.bit_length() < MOST_BITS else "[truncated]"
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        changed.append(path)
        return None
    if depth >= MAX_DEPTH:
        changed.append(path)
        return "[truncated]"
    if isinstance(value, Mapping):
        return _carriable_object(value, path, depth, changed)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [carriable(item, f"{path}[{n}]", depth + 1, changed) for n, item in enumerate(value)]
    if isinstance(value, Enum):
        return carriable(value.value, path, depth, changed)
    if isinstance(value, UUID | datetime):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    changed.append(path)
    return f"[{type(value).__name__}]"


def storable(value: object, depth: int = 0) -> Json:
    """Return a value as it is where Python's own JSON keeps it, and the nearest that JSON carries elsewhere.

    NaN, halves of surrogate pairs and whole numbers beyond 64 bits stay: a request would have to change them.
    """
    kind = type(value)
    if value is None or kind is bool or kind is str or kind is float:
        return value
    if isinstance(value, int) and kind is int and value.bit_length() < MOST_BITS:
        return value
    if depth < MAX_DEPTH:
        if isinstance(value, list | tuple):
            return [storable(item, depth + 1) for item in value]
        if isinstance(value, dict) and all(type(key) is str for key in value):
            return {key: storable(item, depth + 1) for key, item in value.items()}
    return carriable(value, "$", depth, [])


def _named(key: object) -> str:
    """Return the name of a key as JSON spells it."""
    if key is None or isinstance(key, bool):
        return "null" if key is None else str(key).lower()
    return str(key)


def _carriable_object(value: Mapping[Any, object], path: str, depth: int, changed: list[str]) -> Json:
    result: dict[str, Json] = {}
    for key, item in value.items():
        name = without_lone_surrogates(_named(key))
        if type(key) is not str or name != key:
            changed.append(f"{path}.{name}")
        if name in result:
            name = free_name(result, name)
        result[name] = carriable(item, f"{path}.{name}", depth + 1, changed)
    return result
