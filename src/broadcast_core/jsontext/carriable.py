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
        return str(value) if value.bit_length() < 10_000 else "[truncated]"
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
