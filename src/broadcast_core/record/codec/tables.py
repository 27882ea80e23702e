"""One table of the fields of each class of the record, from which it is read, written and described.

It is made of the classes themselves: the annotation of a field names its kind, or the class that it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import attrs
from attrs import frozen

from broadcast_core.errors import FieldError
from broadcast_core.record import generation as record
from broadcast_core.record.codec.forms import FORMS, Form, as_it_is, read_anything, reads_one_of
from broadcast_core.record.field_checks import OWN_CHECK
from broadcast_core.record.generation import Generation

CLASSES: tuple[type, ...] = (
    record.Content,
    record.Usage,
    record.Cost,
    record.Timing,
    record.TraceContext,
    record.Identity,
    record.Attempt,
    record.Failure,
    Generation,
)
"""The classes of the record, each behind those that it holds."""

_WORDS = {
    name: Form(reads_one_of(get_args(getattr(record, name))))
    for name in ("Status", "CacheBasis", "CostSource")
}
_ALWAYS_WRITTEN = ("status", "schema_version")
_OR_NONE = " | None"


@frozen(kw_only=True)
class Field:
    """A field: its form in JSON, or the class of the record that it holds one of, or many.

    `own_check` checks in a whole record what its kind does not know; None for most.
    """

    name: str
    form: Form
    holds: type | None
    is_many: bool
    is_optional: bool
    is_always_written: bool
    default: Any
    own_check: Callable[[Any], None] | None

    __hash__ = None  # type: ignore[assignment]

    @property
    def is_required(self) -> bool:
        """Tell whether a record without it is none."""
        return self.default is attrs.NOTHING

    @property
    def make_default(self) -> Any:
        """What makes a new default, for one that must not be shared; None for any other."""
        return getattr(self.default, "factory", None)

    def new_default(self) -> Any:
        """Return the value of the field in a record that does not have it."""
        return self.make_default() if self.make_default else self.default


def fields_of(cls: type) -> Iterator[Field]:
    """Yield the fields of a class in their order; raise `FieldError` for one of a kind without a form."""
    for attribute in attrs.fields(cls):
        annotation = cls.__annotations__[attribute.name]  # as it is written, whoever has resolved the types
        kind = annotation.removesuffix(_OR_NONE)
        inner = kind.removeprefix("tuple[").removesuffix(", ...]")
        holds = next((one for one in CLASSES if one.__name__ == inner), None)
        form = _WORDS.get(kind) or FORMS.get(kind) or Form(read_anything, as_it_is)
        if holds is None and kind not in {**FORMS, **_WORDS}:
            raise FieldError(f"{cls.__name__}.{attribute.name}: no form in JSON is known for {annotation}")
        yield Field(
            name=attribute.name,
            form=form,
            holds=holds,
            is_many=holds is not None and kind != inner,
            is_optional=kind != annotation,
            is_always_written=attribute.default is attrs.NOTHING or attribute.name in _ALWAYS_WRITTEN,
            default=attribute.default,
            own_check=_own_check(attribute),
        )


def _own_check(attribute: attrs.Attribute[Any]) -> Callable[[Any], None] | None:
    validator = attribute.metadata.get(OWN_CHECK)
    if validator is None:
        return None
    return lambda one: validator(one, attribute, getattr(one, attribute.name))


TABLES: Mapping[type, tuple[Field, ...]] = {cls: tuple(fields_of(cls)) for cls in CLASSES}
FIELDS = frozenset(field.name for fields in TABLES.values() for field in fields)
"""The names of all fields of the record: the keys that a message may quote."""
