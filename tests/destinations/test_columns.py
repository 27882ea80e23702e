"""Tables of columns: the function that a table becomes does what one would do column by column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Attempt, Generation
from broadcast_core.destinations import (
    ATTEMPT_COLUMNS,
    GENERATION_COLUMNS,
    Columns,
    Constant,
    Diagnostic,
    Fit,
    Fitted,
    Made,
    Text,
    attempt_metadata,
    fit_text,
    generation_metadata,
    known_of,
    row_of,
)
from broadcast_core.testing.strategies import generations, json_values, large_texts, texts

ODD_TEXTS = (
    "",
    "  ",
    " a ",
    *("x" * n for n in (39, 40, 41, 80, 81)),
    '"' * 40,
    '"' * 41,
    "é" * 41,
    "a\x00",
    "\ud800",
)
CUT = Diagnostic("truncated", "$.x", "cut")


@frozen
class Thing:
    """A record with a field of every kind."""

    text: str | None = None
    number: Any = None
    several: Any = ()

    __hash__ = None  # type: ignore[assignment]


def _fit(value: Any) -> Fitted[Any] | None:
    """Return nothing, nothing with a diagnostic, or a value, as what is given decides."""
    if value is None or value == 0:
        return None
    return Fitted(None, (CUT,)) if value == "" else Fitted([value], (CUT,) if isinstance(value, str) else ())


COLUMNS: Columns = {
    "plain": "thing.number",
    "constant": Constant("always"),
    "made": Made("thing.number", lambda value: value),
    "several": Made("thing.several or None", list),
    "fitted": Fit("thing.number", _fit),
    "fitted unless empty": Fit("thing.several or None", _fit),
    "text": Text("thing.text", "$.text", 80),
    "text with a default": Text("thing.text", "$.again", 80, default="a name"),
    "text that is made": Text("thing.text", "$.upper", 80, make=str.upper),
}


def _by_hand(columns: Columns, values: dict[str, Any]) -> Fitted[dict[str, Any]]:
    """Fill columns one by one."""
    found: dict[str, Any] = {}
    told: tuple[Diagnostic, ...] = ()
    for name, column in columns.items():
        path = column if isinstance(column, str) else getattr(column, "path", "")
        value = eval(path, dict(values)) if path else None
        if isinstance(column, Constant):
            value = column.value
        elif isinstance(column, Text):
            value, more = fit_text(value, column.told_at, column.max_bytes, column.default)
            told += more
            value = column.make(value) if column.make and value is not None else value
        elif isinstance(column, Fit):
            value, more = (_none_or(column.fit, value)) or Fitted(None)
            told += more
        elif isinstance(column, Made):
            value = _none_or(column.make, value)
            value = None if value in ({}, []) else value
        if value is not None:
            found[name] = value
    return Fitted(found, told)


def _none_or(make: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else make(value)


@given(
    text=st.none() | texts() | large_texts() | st.sampled_from(ODD_TEXTS),
    number=json_values() | st.sampled_from((0, 0.0, False, "", None)),
    several=st.lists(st.integers(), max_size=2) | st.frozensets(st.text(), max_size=2),
)
def test_a_table_fills_what_each_of_its_columns_fills(text: str | None, number: Any, several: Any) -> None:
    """In their order, with what was changed for them in the same."""
    thing = Thing(text, number, several)
    filled = row_of(COLUMNS, "thing")(thing)

    assert repr(_by_hand(COLUMNS, {"thing": thing})) == repr(filled)
    assert isinstance(filled, Fitted)


@given(generation=generations())
def test_metadata_is_filled_as_its_tables_say(generation: Generation) -> None:
    """Of a generation, and of its attempts."""
    assert repr(_by_hand(GENERATION_COLUMNS, {"generation": generation}).value) == repr(
        generation_metadata(generation)
    )
    for attempt in generation.attempts:
        assert _by_hand(ATTEMPT_COLUMNS, {"attempt": attempt}).value == attempt_metadata(attempt)


def test_a_value_that_says_something_stands_however_small_it_is() -> None:
    """Zero, False and a blank text do; null and what is empty do not."""
    fill = known_of({"a": "value", "b": Made("value", lambda value: value)}, "value")

    assert [{"a": one, "b": one} for one in (0, False, "")] == [fill(one) for one in (0, False, "")]
    assert [{}, {"a": []}, {"a": {}}] == [fill(one) for one in (None, [], {})]


def test_a_fault_in_a_table_names_the_function() -> None:
    """A traceback says which table it was."""
    with pytest.raises(AttributeError) as raised:
        row_of({"a": "thing.nothing"}, "thing")(Attempt(index=0))

    assert "<broadcast_core: fill(thing)>" == raised.traceback[-1].frame.code.raw.co_filename
