"""Documents to records, fast: each field is read and checked once, and no constructor checks it again.

The first mistake ends it. Whoever wants all of them, in words, asks `explaining`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import attrs

from broadcast_core.compiled import function_of
from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json
from broadcast_core.record.codec.forms import read_array, read_object, read_text
from broadcast_core.record.codec.tables import TABLES, Field
from broadcast_core.record.generation import Generation

Unknown = list[tuple[str, str, Json]]
"""Keys that no field knows: the path of the record, with its dot, the key, and what stands there."""

_MISSING = attrs.NOTHING


Read = Callable[[Json, str, Unknown], Any]
"""Reads the record of an object at a path; unknown keys are added to a list."""


def _reader(cls: type, readers: Mapping[type, Read]) -> Read:
    """Return what reads the records of a class."""
    fields = TABLES[cls]
    names: dict[str, Any] = {
        "blank": partial(object.__new__, cls),
        "names": frozenset(one.name for one in fields),
        "read_object": read_object,
        "MISSING": _MISSING,
        "missing": _missing,
        "add_unknown": _add_unknown,
    }
    lines = [
        "if document.__class__ is not dict:",
        "    read_object(document)",
        "record, get = blank(), document.get",
    ]
    for one in fields:
        names |= {
            f"set_{one.name}": vars(cls)[one.name].__set__,
            f"read_{one.name}": _read_of(one, readers),
            f"default_{one.name}": one.make_default or one.default,
        }
        lines += _lines(one)
    for n, check in enumerate(one.own_check for one in fields if one.own_check):
        names[f"check_{n}"] = check
        lines.append(f"check_{n}(record)")
    lines += [
        "if not names.issuperset(document):",
        "    add_unknown(document, names, path, unknown)",
        "return record",
    ]
    read: Read = function_of(f"read_{cls.__name__}(document, path, unknown)", lines, names)
    return read


def _lines(field: Field) -> Iterator[str]:
    """Yield what reads one field: its value is set where it is there, else its default."""
    name, default = field.name, f"default_{field.name}" + ("()" if field.make_default else "")
    read = f"read_{name}(value)" if field.holds is None else f'read_{name}(value, path + "{name}.", unknown)'
    yield f'value = get("{name}", MISSING)'
    is_absent = "value is None or value is MISSING" if field.is_optional else "value is MISSING"
    if field.form.read is read_text and field.holds is None:
        yield "if value.__class__ is str:"  # as most are: one call less
        yield f"    set_{name}(record, value)"
        yield f"elif {is_absent}:"
    else:
        yield f"if {is_absent}:"
    yield f'    missing("{name}")' if field.is_required else f"    set_{name}(record, {default})"
    yield "else:"
    yield f"    set_{name}(record, {read})"


def _read_of(field: Field, readers: Mapping[type, Read]) -> Any:
    if field.holds is None:
        return field.form.read
    return _many(readers[field.holds]) if field.is_many else readers[field.holds]


def _missing(name: str) -> None:
    raise FieldError(f"missing: {name}")


def _add_unknown(document: dict[str, Json], names: frozenset[str], path: str, unknown: Unknown) -> None:
    unknown += [(path, key, value) for key, value in document.items() if key not in names]


def _many(read: Read) -> Read:
    """Return what reads an array of records."""

    def read_many(value: Json, path: str, unknown: Unknown) -> Any:
        return tuple(read(one, f"{path[:-1]}[{n}].", unknown) for n, one in enumerate(read_array(value)))

    return read_many


def _readers() -> Mapping[type, Read]:
    readers: dict[type, Read] = {}
    for cls in TABLES:
        readers[cls] = _reader(cls, readers)
    return readers


_READ = _readers()[Generation]


def read_generation(document: Json) -> tuple[Generation, Unknown]:
    """Return the generation of a document, and what no field knows; raise `FieldError` for a mistake."""
    unknown: Unknown = []
    return _READ(document, "", unknown), unknown
