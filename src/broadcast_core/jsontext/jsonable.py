"""Any value of a program as the nearest one that JSON carries."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from broadcast_core.jsontext.rule import CONTAINERS, INT64_MIN, MAX_DEPTH, UINT64_MAX, Json, JsonPath
from broadcast_core.jsontext.stackless import Call, run
from broadcast_core.jsontext.texts import free_name, without_lone_surrogates

_CUT = "[truncated]"
MAX_BITS = 10_000
"""Whole numbers with more are cut: Python itself stops writing them at a few thousand digits."""


def to_jsonable(value: object) -> tuple[Json, tuple[JsonPath, ...]]:
    """Return the nearest value that JSON carries, and the path of each place where it differs.

    A value that contains itself is cut where it does; one that is only shared is whole in each place.
    """
    conversion = _Conversion()
    return run(conversion.convert(value, ())), tuple(conversion.changed)


class _Conversion:
    """One conversion: the changed paths, the containers around a value, and those that contain themselves."""

    def __init__(self) -> None:
        self.changed: list[JsonPath] = []
        self._around: dict[int, object] = {}
        self._endless: dict[int, object] = {}

    def convert(self, value: object, path: JsonPath) -> Call:
        """Return the JSON for a value, given its path."""
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, int):
            return self._whole(value, path)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else self._replace(None, path)
        if isinstance(value, Enum):
            return (yield self.convert(value.value, path))
        if isinstance(value, UUID | datetime):
            return value.isoformat() if isinstance(value, datetime) else str(value)
        if not isinstance(value, Mapping | Sequence) or isinstance(value, bytes | bytearray | memoryview):
            return self._replace(f"[{type(value).__name__}]", path)
        if self._is_too_much(value):
            return self._replace(_CUT, path)
        self._around[id(value)] = value
        result = yield self._object(value, path) if isinstance(value, Mapping) else self._array(value, path)
        del self._around[id(value)]
        return result

    def _replace(self, value: Json, path: JsonPath) -> Json:
        self.changed.append(path)
        return value

    def _text(self, value: str, path: JsonPath) -> str:
        mended = str(without_lone_surrogates(str.__str__(value)))  # an enum of texts spells its name else
        return mended if mended == value else str(self._replace(mended, path))

    def _whole(self, value: int, path: JsonPath) -> Json:
        if INT64_MIN <= value <= UINT64_MAX:
            return int(value)
        return self._replace(str(value) if value.bit_length() < MAX_BITS else _CUT, path)

    def _is_too_much(self, value: object) -> bool:
        """Tell whether a container is too deep, or one of those that hold themselves and was met before."""
        if id(value) in self._around:
            names = list(self._around)
            ring = names[names.index(id(value)) :]
            self._endless.update({name: self._around[name] for name in ring})
        return len(self._around) >= MAX_DEPTH or id(value) in self._endless

    def _array(self, value: Sequence[object], path: JsonPath) -> Call:
        result = []
        for place, item in enumerate(value):
            result.append((yield self.convert(item, (*path, place))))
        return result

    def _object(self, value: Mapping[Any, object], path: JsonPath) -> Call:
        result: dict[str, Json] = {}
        for key, item in value.items():
            name = str(without_lone_surrogates(_key_name(key)))
            if type(key) is not str or name != key:
                self.changed.append((*path, name))
            if name in result:
                name = free_name(result, name)
            result[name] = yield self.convert(item, (*path, name))
        return result


def storable(value: object) -> Json:
    """Return a value as it is where Python's own JSON keeps it, else the nearest that JSON carries.

    NaN, halves of surrogate pairs and whole numbers beyond 64 bits stay: a request would have to change them.
    """
    if value is None or value.__class__ in (str, bool, float) or _is_kept(value):
        return value
    return to_jsonable(value)[0]


def _is_kept(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):  # what is no JSON, holds itself, has too many digits
        return False
    left: list[tuple[object, int]] = [(value, 0)]
    for one, depth in left:
        if isinstance(one, CONTAINERS):
            if depth >= MAX_DEPTH or (isinstance(one, dict) and not all(type(key) is str for key in one)):
                return False
            left += [(item, depth + 1) for item in (one.values() if isinstance(one, dict) else one)]
        elif isinstance(one, int) and one.bit_length() >= MAX_BITS:
            return False
    return True


def _key_name(key: object) -> str:
    """Return the name of a key as JSON spells it."""
    if key is None or isinstance(key, bool):
        return "null" if key is None else str(key).lower()
    return str.__str__(key) if isinstance(key, str) else str(key)
