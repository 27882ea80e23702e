"""Documents to records, fast: each field is read and checked once, and no constructor checks it again.

The first mistake ends it. Whoever wants all of them, in words, asks `explaining`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json
from broadcast_core.record.codec.forms import read_array, read_object
from broadcast_core.record.codec.tables import TABLES
from broadcast_core.record.generation import Generation

Unknown = list[tuple[str, str, Json]]
"""Keys that no field knows: the path of the record, with its dot, the key, and what stands there."""

_MISSING = attrs.NOTHING


class _Reader:
    """Reads the records of one class."""

    def __init__(self, cls: type, readers: Mapping[type, _Reader]) -> None:
        fields = TABLES[cls]
        self._cls = cls
        self._leaves = {one.name: one.form.read for one in fields if one.holds is None}
        self._records = {
            one.name: _many(readers[one.holds]) if one.is_many else readers[one.holds].read
            for one in fields
            if one.holds is not None
        }
        self._optional = frozenset(one.name for one in fields if one.is_optional)
        self._required = tuple(one.name for one in fields if one.is_required)
        self._defaults = {one.name: None if one.make_default else one.default for one in fields}
        self._made = {one.name: one.make_default for one in fields if one.make_default}
        self._setters = tuple(vars(cls)[one.name].__set__ for one in fields)
        self._own_checks = tuple(one.own_check for one in fields if one.own_check)

    def read(self, document: Json, path: str, unknown: Unknown) -> Any:
        """Return the record of an object at a path; unknown keys are added to a list."""
        leaves, records = self._leaves, self._records
        values = self._defaults.copy()
        for key, value in read_object(document).items():
            if value is None and key in self._optional:
                continue
            if key in leaves:
                values[key] = leaves[key](value)
            elif key in records:
                values[key] = records[key](value, f"{path}{key}.", unknown)
            else:
                unknown.append((path, key, value))
        for name, make in self._made.items():
            if name not in document:
                values[name] = make()
        return self._built(values)

    def _built(self, values: dict[str, Any]) -> Any:
        for name in self._required:
            if values[name] is _MISSING:
                raise FieldError(f"missing: {name}")
        record: Any = object.__new__(self._cls)
        for set_value, value in zip(self._setters, values.values(), strict=True):
            set_value(record, value)
        for check in self._own_checks:
            check(record)
        return record


def _many(reader: _Reader) -> Callable[[Json, str, Unknown], Any]:
    """Return what reads an array of records."""

    def read(value: Json, path: str, unknown: Unknown) -> Any:
        return tuple(
            reader.read(one, f"{path[:-1]}[{n}].", unknown) for n, one in enumerate(read_array(value))
        )

    return read


def _readers() -> Mapping[type, _Reader]:
    readers: dict[type, _Reader] = {}
    for cls in TABLES:
        readers[cls] = _Reader(cls, readers)
    return readers


_READ = _readers()[Generation].read


def read_generation(document: Json) -> tuple[Generation, Unknown]:
    """Return the generation of a document, and what no field knows; raise `FieldError` for a mistake."""
    unknown: Unknown = []
    return _READ(document, "", unknown), unknown
