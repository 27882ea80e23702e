"""Records to documents: what is unknown, or says nothing new, is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from broadcast_core.jsontext import Json
from broadcast_core.record.codec.tables import TABLES, Field
from broadcast_core.record.generation import Generation

Write = Callable[[Any], Json]


class _Writer:
    """Writes the records of one class."""

    def __init__(self, cls: type, writers: Mapping[type, _Writer]) -> None:
        fields = sorted(TABLES[cls], key=lambda one: not one.is_always_written)
        self._values = attrgetter(*(one.name for one in fields))
        self._fields = tuple(
            (one.name, _MUST if one.is_always_written else one.new_default(), _write(one, writers))
            for one in fields
        )

    def write(self, record: Any) -> dict[str, Json]:
        document: dict[str, Json] = {}
        for (name, default, write), value in zip(self._fields, self._values(record), strict=True):
            if value is not default and value != default:
                document[name] = None if value is None else write(value)
        return document


_MUST: Any = object()
"""The default of a field that is always written: no value is it."""


def _write(field: Field, writers: Mapping[type, _Writer]) -> Write:
    if field.holds is None:
        return field.form.write
    write = writers[field.holds].write
    return (lambda records: [write(one) for one in records]) if field.is_many else write


def _writers() -> Mapping[type, _Writer]:
    writers: dict[type, _Writer] = {}
    for cls in TABLES:
        writers[cls] = _Writer(cls, writers)
    return writers


write_generation: Callable[[Generation], dict[str, Json]] = _writers()[Generation].write
"""Return the document of a generation."""
