"""Where each field of the record goes: the paths of rows that change when the field alone is changed.

A generation is filled with a value in every field that is found nowhere else. So no mapping is believed, and
a new field of the record is there by itself.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

import attrs

from broadcast_core.jsontext import Json
from broadcast_core.policy import Policy
from broadcast_core.record.generation import Generation

EPOCH = datetime(2026, 11, 20, tzinfo=UTC)
CONTENT: dict[str, Json] = {
    "$.content.input": {"messages": [{"role": "user", "content": "asked"}]},
    "$.content.output": {"choices": [{"message": {"role": "assistant", "content": "answered"}}]},
    "$.content.request": {"tools": ["tooled"]},
}
_CHOSEN = {"$.usage.cache_basis": "inclusive", "$.cost.source": "billed", "$.status": "error"}
EVERYTHING = Policy(
    broadcast_generation_cost=True,
    broadcast_generation_identity=True,
    broadcast_generation_request_context=True,
)
"""A policy that lets every field out."""
Lineage = Mapping[str, frozenset[str]]
"""Where one field goes: paths by the name of the row."""
RowsOf = Callable[[Generation], Mapping[str, Json]]
"""Plans one generation and returns its rows by name, the same names each time."""


class Filler:
    """Fills a record; `markers` tells what it put where, `twist` is the path that gets another value."""

    def __init__(self, twist: str | None = None) -> None:
        self.markers: dict[str, Any] = {}
        self._twist = twist
        self._next = 100_003

    def record(self, cls: Any, path: str = "$") -> Any:
        """Return a record of a class with every field filled."""
        fields = attrs.fields(attrs.resolve_types(cls))
        return cls(**{field.name: self._value(field.type, f"{path}.{field.name}") for field in fields})

    def _value(self, kind: Any, path: str) -> Any:
        if types.NoneType in get_args(kind):
            kind = next(option for option in get_args(kind) if option is not types.NoneType)
        if hasattr(kind, "__metadata__"):
            kind = get_args(kind)[0]
        if attrs.has(kind):
            return self.record(kind, path)
        if get_origin(kind) is tuple:
            return (self._value(get_args(kind)[0], path + "[]"),)
        value, other = self._choices(kind, path)
        self.markers[path] = other if path == self._twist else value
        return self.markers[path]

    def _choices(self, kind: Any, path: str) -> tuple[Any, Any]:
        """Return the value of a field and another one."""
        self._next += 7
        if path in CONTENT:
            return CONTENT[path], json.loads(json.dumps(CONTENT[path]).replace("ed", "ed otherwise"))
        if get_origin(kind) is Literal:
            value = _CHOSEN.get(path, get_args(kind)[0])
            return value, next(option for option in get_args(kind) if option != value)
        if path == "$.schema_version":
            return 1, 2
        return _leaf(kind, self._next, path), _leaf(kind, self._next + 1_000_003, path)


def _leaf(kind: Any, number: int, path: str) -> Any:
    if kind is bool:
        return number < 1_000_000
    if kind is datetime:
        step = timedelta(microseconds=number)
        return EPOCH + step if not path.endswith("start") or number < 1_000_000 else EPOCH - step
    plain = {int: number, float: number + 0.5, Decimal: Decimal(number) / 1000, str: f"m{number}"}
    return plain.get(kind, {f"k{number}": f"v{number}"})


def field_lineage(rows_of: RowsOf) -> dict[str, Lineage]:
    """Return where every field of the record goes; `rows_of` plans one generation and names its rows."""
    base = Filler()
    before = _paths(rows_of(base.record(Generation)))
    return {path: _changed(before, _paths(rows_of(Filler(path).record(Generation)))) for path in base.markers}


def _changed(before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]]) -> Lineage:
    return {
        row: frozenset(
            path
            for path in before[row].keys() | after[row].keys()
            if before[row].get(path) != after[row].get(path)
        )
        for row in before
    }


def _paths(rows: Mapping[str, Json]) -> dict[str, dict[str, Any]]:
    """Return the leaves of each row by their path."""
    return {name: dict(_leaves(row, "")) for name, row in rows.items()}


def _leaves(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{'*' if _is_made_up(key) else key}" if path else key)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, path + "[]")
    else:
        yield path, value


def _is_made_up(key: str) -> bool:
    return key[0] == "k" and key[1:].isdigit()
