"""Documents to records, in detail: every mistake of a record at once, each with its path.

The only module that imports cattrs, when the first mistake is met. It reads by the same forms as `reading`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import GenericAlias
from typing import Any

from cattrs import BaseValidationError, Converter, transform_error
from cattrs.gen import make_dict_structure_fn, override

from broadcast_core.diagnostics import Problem
from broadcast_core.jsontext import Json
from broadcast_core.record.codec.forms import read_array, read_object, read_text, read_texts
from broadcast_core.record.codec.tables import TABLES, Field
from broadcast_core.record.generation import Generation


def mistakes(document: dict[str, Json]) -> tuple[Problem, ...]:
    """Return every mistake of the document of a generation."""
    try:
        _converter().structure(document, Generation)
    except BaseValidationError as error:
        lines = transform_error(error, path="$", format_exception=lambda exc, _type: _in_words(exc))
        return tuple(Problem(what, path) for what, _, path in (line.rpartition(" @ ") for line in lines))
    return ()


def _in_words(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return f"missing: the record needs {error.args[0]!r}"
    return str(error)


@cache
def _converter() -> Converter:
    converter = Converter(detailed_validation=True)
    converter.register_structure_hook(str, lambda value, _: read_text(value))
    for cls, fields in TABLES.items():
        hooks: dict[str, Any] = {one.name: override(struct_hook=_hook(one, converter)) for one in fields}
        read: Any = make_dict_structure_fn(cls, converter, **hooks)
        converter.register_structure_hook(cls, _of_object(read))
    return converter


def _of_object(read: Any) -> Callable[[Any, Any], Any]:
    return lambda value, kind: read(read_object(value), kind)


def _hook(field: Field, converter: Converter) -> Callable[[Any, Any], Any]:
    """Return what reads a field; cattrs knows the place of what is wrong in an array."""

    def structure(value: Any, _type: Any) -> Any:
        if value is None and field.is_optional:
            return None
        if field.is_many or field.form.read is read_texts:
            items: Any = GenericAlias(list, (field.holds or str,))
            return tuple(converter.structure(read_array(value), items))
        return field.form.read(value) if field.holds is None else converter.structure(value, field.holds)

    return structure
