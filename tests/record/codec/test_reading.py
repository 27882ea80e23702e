"""The fast reader and writer do what the explaining reader and the constructors do."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Generation
from broadcast_core.errors import FieldError
from broadcast_core.record.codec import encode
from broadcast_core.record.codec.explaining import mistakes
from broadcast_core.record.codec.reading import read_generation
from broadcast_core.record.codec.tables import fields_of
from broadcast_core.record.field_checks import written_time, wrong_fields
from broadcast_core.testing.strategies import generations
from tests.readers.mutation import changed, json_values, places


@st.composite
def _documents(draw: st.DrawFn) -> Any:
    """Documents of records, up to two places of them deleted or replaced."""
    document: Any = encode(draw(generations()))
    for _ in range(draw(st.integers(0, 2))):
        path = draw(st.sampled_from([place for place in places(document) if place]))
        value = draw(st.just(...) | json_values())
        document = changed(document, path, lambda _, value=value: value)
    return document


@given(document=_documents())
def test_the_fast_reader_takes_what_the_explaining_reader_takes(document: Any) -> None:
    """And what it builds without a constructor, each check of the record takes."""
    found = mistakes(document)
    try:
        generation, _ = read_generation(document)
    except FieldError:
        assert found
        return

    assert () == found
    assert [] == list(wrong_fields(generation))
    assert generation == _rebuilt(generation)
    assert repr(generation) == repr(_rebuilt(generation))


def _rebuilt(record: Any) -> Any:
    """Return a record as its constructors make it of the same values."""
    values = {field.name: getattr(record, field.name) for field in attrs.fields(type(record))}
    return type(record)(
        **{
            name: _rebuilt(value)
            if attrs.has(type(value))
            else tuple(map(_rebuilt, value))
            if isinstance(value, tuple) and value and attrs.has(type(value[0]))
            else value
            for name, value in values.items()
        }
    )


@given(generation=generations())
def test_the_fast_writer_writes_what_differs_from_the_default(generation: Generation) -> None:
    """Money as text, times in UTC; what a record needs, its status and its version always."""
    assert _written(generation) == encode(generation)


def _written(value: Any) -> Any:
    if attrs.has(type(value)):
        return {
            field.name: _written(getattr(value, field.name))
            for field in attrs.fields(type(value))
            if field.name in ("status", "schema_version") or getattr(value, field.name) != _default(field)
        }
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    return written_time(value) if isinstance(value, datetime) else value


def _default(field: attrs.Attribute[Any]) -> Any:
    factory = getattr(field.default, "factory", None)
    return factory() if factory else field.default


def test_two_records_share_no_default_that_can_be_changed() -> None:
    """Metadata of one is not that of another."""
    first, second = (read_generation({"id": name, "timing": {"start": START}})[0] for name in "ab")
    first.extra["a"] = 1  # type: ignore[index]
    first.trace.metadata["b"] = 2  # type: ignore[index]

    assert ({}, {}) == (second.extra, second.trace.metadata)


START = "2026-11-23T10:00:00Z"


def test_a_field_of_a_kind_without_a_form_is_found_where_the_tables_are_made() -> None:
    """No field of the record can be forgotten by the reader."""

    @attrs.frozen
    class Odd:
        place: complex = 0j

    with pytest.raises(FieldError, match="no form in JSON is known for complex"):
        list(fields_of(Odd))
