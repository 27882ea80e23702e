"""Taking known keys: every spelling of a number, and what becomes of the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from broadcast_core.jsontext import keep
from broadcast_core.readers.fields import Fields, from_json_text
from broadcast_core.record.conversions import (
    as_array,
    as_count,
    as_decimal,
    as_flag,
    as_float,
    as_instant,
    as_object,
    as_text,
    as_unix_nanoseconds,
    or_none,
)
from broadcast_core.record.field_checks import MOST

Convert = Callable[[Any], Any]

MANY = "expected a count of at most 64 bits"

GOOD: dict[str, tuple[Convert, Any, Any]] = {
    "count: int": (as_count, 47, 47),
    "count: zero": (as_count, 0, 0),
    "count: whole double": (as_count, 47.0, 47),
    "count: text": (as_count, "47", 47),
    "count: text of a double": (as_count, "47.0", 47),
    "count: text with blanks": (as_count, " 47 ", 47),
    "count: exponent": (as_count, "1e3", 1000),
    "count: the largest": (as_count, MOST, MOST),
    "count: the largest as text": (as_count, str(MOST), MOST),
    "number: int": (as_float, 121, 121.0),
    "number: double": (as_float, 6.18, 6.18),
    "number: text": (as_float, "6.18", 6.18),
    "number: negative": (as_float, "-1", -1.0),
    "money: int": (as_decimal, 0, Decimal("0")),
    "money: double": (as_decimal, 0.06507625, Decimal("0.06507625")),
    "money: small double": (as_decimal, 9.6e-06, Decimal("0.0000096")),
    "money: text": (as_decimal, "0.06507625", Decimal("0.06507625")),
    "money: exponent": (as_decimal, "2.4e-06", Decimal("0.0000024")),
    "money: more digits than a double": (
        as_decimal,
        "0.12345678901234567890123",
        Decimal("0.12345678901234567890123"),
    ),
    "money: negative": (as_decimal, -0.0003168, Decimal("-0.0003168")),
    "flag: true": (as_flag, True, True),
    "flag: text": (as_flag, "false", False),
    "flag: capitals": (as_flag, "True", True),
    "text: text": (as_text, " a ", " a "),
    "text: blank": (as_text, "  ", None),
    "text: int": (as_text, 429, "429"),
    "text: boolean": (as_text, True, "true"),
    "time: text": (as_instant, "2026-11-23T10:00:00.5Z", datetime(2026, 11, 23, 10, 0, 0, 500_000, UTC)),
    "time: offset": (
        as_instant,
        "2026-11-23T10:00:00+02:00",
        datetime(2026, 11, 23, 10, tzinfo=timezone(timedelta(hours=2))),
    ),
    "nanoseconds: int": (
        as_unix_nanoseconds,
        1_795_255_200_214_000_000,
        datetime(2026, 11, 21, 10, 0, 0, 214_000, UTC),
    ),
    "nanoseconds: text": (
        as_unix_nanoseconds,
        "1795255200214000000",
        datetime(2026, 11, 21, 10, 0, 0, 214_000, UTC),
    ),
    "nanoseconds: less than a microsecond": (
        as_unix_nanoseconds,
        "1795255200000000999",
        datetime(2026, 11, 21, 10, tzinfo=UTC),
    ),
    "nanoseconds: zero is absent": (as_unix_nanoseconds, "0", None),
    "object": (as_object, {"a": 1}, {"a": 1}),
    "array": (as_array, [1], [1]),
}
BAD: dict[str, tuple[Convert, Any, str]] = {
    "count: negative": (as_count, -1, "expected at least 0, got -1"),
    "count: negative text": (as_count, "-1", "expected at least 0, got -1"),
    "count: fraction": (as_count, 3.7, "expected a whole number, got 3.7"),
    "count: words": (as_count, "abc", "expected a number, got text"),
    "count: an underscore": (as_count, "1_000", "expected a number, got '1_000'"),
    "count: empty": (as_count, "", "expected a number, got ''"),
    "count: boolean": (as_count, True, "expected a number, got true"),
    "count: array": (as_count, [1], "expected a number, got an array"),
    "count: not a number": (as_count, float("nan"), "expected a finite number, got nan"),
    "count: infinity": (as_count, "inf", "expected a finite number, got inf"),
    "count: beyond 64 bits": (as_count, 10**30, MANY),
    "count: a double beyond 64 bits": (as_count, 1e30, MANY),
    "number: words": (as_float, "fast", "expected a number, got text"),
    "number: not a number": (as_float, "NaN", "expected a finite number, got nan"),
    "number: beyond a double": (as_float, 10**400, "expected a number, got " + str(10**400)[:37] + "..."),
    "number: boolean": (as_float, False, "expected a number, got false"),
    "number: true": (as_float, True, "expected a number, got true"),
    "money: true": (as_decimal, True, "expected a number, got true"),
    "money: false": (as_decimal, False, "expected a number, got false"),
    "count: false": (as_count, False, "expected a number, got false"),
    "time: true": (as_instant, True, "expected a time such as 2026-11-23T10:00:00.000Z, got true"),
    "nanoseconds: true": (as_unix_nanoseconds, True, "expected a number, got true"),
    "money: words": (as_decimal, "0.01 USD", "expected a number, got text"),
    "money: not a number": (as_decimal, "NaN", "expected a finite number, got NaN"),
    "money: a signalling NaN": (as_decimal, "sNaN", "expected a finite number, got sNaN"),
    "money: infinity": (as_decimal, float("inf"), "expected a finite number, got Infinity"),
    "money: beyond a double": (as_decimal, "1e999", "expected a number that a double can hold"),
    "money: object": (as_decimal, {}, "expected a number, got an object"),
    "flag: number": (as_flag, 1, "expected true or false, got 1"),
    "flag: words": (as_flag, "yes", "expected true or false, got text"),
    "text: object": (as_text, {}, "expected text"),
    "time: number": (as_instant, 5, "expected a time such as 2026-11-23T10:00:00.000Z, got 5"),
    "time: words": (as_instant, "now", "expected a time such as 2026-11-23T10:00:00.000Z, got text"),
    "time: without a zone": (
        as_instant,
        "2026-11-23T10:00:00",
        "expected a time with a time zone, for example 2026-11-23T10:00:00Z",
    ),
    "time: too early": (
        as_instant,
        "0001-01-01T00:00:00+23:59",
        "expected a time between 1970 and 2262, got 0001-01-01T00:00:00+23:59",
    ),
    "nanoseconds: negative": (as_unix_nanoseconds, "-5", "expected at least 0, got -5"),
    "nanoseconds: words": (as_unix_nanoseconds, "soon", "expected a number, got text"),
    "nanoseconds: the last moment": (
        as_unix_nanoseconds,
        MOST,
        "expected a time between 1970 and 2262, got 2262-04-11T23:47:16.854775+00:00",
    ),
    "object": (as_object, [1], "expected an object, got an array"),
    "array": (as_array, "a", "expected an array, got text"),
}


@pytest.mark.parametrize(("convert", "value", "expected"), GOOD.values(), ids=GOOD)
def test_a_value_is_read_in_every_spelling(convert: Convert, value: Any, expected: Any) -> None:
    """The same value of the same type, whatever the sender made of it."""
    found = convert(value)

    assert (type(expected), expected) == (type(found), found)


@pytest.mark.parametrize(("convert", "value", "expected"), BAD.values(), ids=BAD)
def test_a_value_that_cannot_be_meant_is_refused_in_words(
    convert: Convert, value: Any, expected: str
) -> None:
    """What was expected, and what came."""
    with pytest.raises(ValueError, match="expected") as caught:
        convert(value)

    assert expected == str(caught.value)


@pytest.mark.parametrize(
    "convert",
    [as_count, as_decimal, as_flag, as_float, as_instant, as_unix_nanoseconds, as_array],
    ids=lambda convert: convert.__name__,
)
def test_words_are_not_quoted(convert: Convert) -> None:
    """They may be what a user said."""
    with pytest.raises(ValueError, match="got") as caught:
        convert("my secret")

    assert str(caught.value).endswith("got text")


def test_whole_numbers_keep_every_digit() -> None:
    """A double has no room for them."""
    assert 9_007_199_254_740_993 == as_count("9007199254740993")


def test_a_wrong_value_that_must_be_right_is_a_problem() -> None:
    """With its path, and the key is gone."""
    fields = Fields({"tokens": "abc"}, "$.usage")

    assert fields.count("tokens") is None
    assert ["expected a number, got text @ $.usage.tokens"] == [str(problem) for problem in fields.problems]


def test_a_wrong_value_that_the_record_can_do_without_stays() -> None:
    """It is noted, and kept where it was."""
    fields = Fields({"latency": "fast"}, "$.a", quoted=True)

    assert fields.number("latency") is None
    assert {"latency": "fast"} == fields.left
    assert ['moved $.a["latency"]: expected a number, got text; kept with the unknown keys'] == [
        str(diagnostic) for diagnostic in fields.diagnostics
    ]


FIRST: dict[str, tuple[dict[str, Any], int | None, dict[str, Any]]] = {
    "the first": ({"new": 5}, 5, {}),
    "the second": ({"old": 5}, 5, {}),
    "both alike": ({"new": 5, "old": "5"}, 5, {}),
    "both, and they differ": ({"new": 5, "old": 6}, 5, {"old": 6}),
    "both, and the second is wrong": ({"new": 5, "old": "abc"}, 5, {"old": "abc"}),
    "the first is null": ({"new": None, "old": 6}, 6, {}),
    "neither": ({"other": 6}, None, {"other": 6}),
}


@pytest.mark.parametrize(("values", "expected", "left"), FIRST.values(), ids=FIRST)
def test_the_first_spelling_that_is_there_counts(
    values: dict[str, Any], expected: int | None, left: dict[str, Any]
) -> None:
    """What agrees with it is forgotten, what differs stays."""
    fields = Fields(values, "$")

    assert (expected, left, []) == (fields.count("new", "old"), fields.left, fields.problems)


JSON_TEXTS: dict[str, tuple[str, Any, bool]] = {
    "an object": ('{"a": 1}', {"a": 1}, False),
    "an array with blanks in front": (" [1]", [1], False),
    "a quoted text": ('"a"', "a", False),
    "a plain text": ("a", "a", False),
    "a number": ("5", "5", False),
    "a text that only begins like JSON": ("[Beta] notes", "[Beta] notes", False),
    "an object that was cut": ('{"a": "b', '{"a": "b', False),
    "NUL": ('{"a": "\\u0000"}', {"a": "\x00"}, False),
    "a pair of surrogates": ('"\\ud83d\\ude00"', "\U0001f600", False),
    "a lone surrogate": ('{"a": "x\\ud83d"}', {"a": "x\ufffd"}, True),
    "a lone surrogate in a key": ('{"\\udc00": 1}', {"\ufffd": 1}, True),
    "NaN": ('{"a": NaN}', '{"a": NaN}', False),
    "a number beyond 64 bits": ("[1" + "0" * 30 + "]", [1e30], False),
    "a number beyond a double": ("[1" + "0" * 400 + "]", "[1" + "0" * 400 + "]", False),
    "very deep": ("[" * 2000 + "]" * 2000, "[" * 2000 + "]" * 2000, False),
    "a key twice": ('{"a": 1, "a": 2}', '{"a": 1, "a": 2}', False),
}


@pytest.mark.parametrize(("text", "expected", "mended"), JSON_TEXTS.values(), ids=JSON_TEXTS)
def test_json_that_stands_in_a_text(text: str, expected: Any, mended: bool) -> None:
    """Read where it is JSON, else left as the text that it is."""
    assert (expected, mended) == from_json_text(text)


def test_mended_texts_are_noted() -> None:
    """With the path of the value."""
    fields = Fields({"prompt": '["\\ud800"]'}, "$")

    assert ["\ufffd"] == fields.json("prompt")
    assert ["coerced $.prompt: lone surrogates became U+FFFD: they are no text"] == [
        str(diagnostic) for diagnostic in fields.diagnostics
    ]


def test_a_quoted_text_stays_quoted_where_only_arrays_and_objects_are_meant() -> None:
    """A title in quotes is a title in quotes."""
    fields = Fields({"title": '"Best"', "weights": "[1, 2]"}, "$")

    assert ('"Best"', [1, 2]) == (fields.array_or_object("title"), fields.array_or_object("weights"))


def test_copies_are_dropped_and_differing_ones_are_not() -> None:
    """Whatever they are copies of."""
    fields = Fields({"a": "x", "b": "y", "c": "x"}, "$")

    fields.drop_copies(["a", "b"], "x")

    assert {"b": "y", "c": "x"} == fields.left


def test_a_taken_name_gets_an_underscore() -> None:
    """So that nothing is written over."""
    kept = {"a": 1, "a_": 2}

    keep(kept, "a", 3)

    assert {"a": 1, "a_": 2, "a__": 3} == kept


@pytest.mark.parametrize(("value", "expected"), [("5", 5), ("abc", None), (None, None)], ids=repr)
def test_a_value_may_be_wished_for(value: Any, expected: int | None) -> None:
    """None where there is none."""
    assert expected == or_none(as_count, value)


@pytest.mark.parametrize(("levels", "is_read"), [(240, True), (241, False)])
def test_json_in_a_text_is_read_as_far_down_as_it_can_be_written_again(levels: int, is_read: bool) -> None:
    """A few levels down in the record; what is deeper stays a text, and nothing of it is mended."""
    text = "[" * levels + '"\\ud83d"' + "]" * levels
    found, mended = from_json_text(text)

    assert (is_read, is_read) == (found != text, mended)


@pytest.mark.parametrize("text", ['{"a": 1}', ' \n{"a": 1}', '{"a": 1} '], ids=repr)
def test_white_space_around_json_in_a_text_says_nothing(text: str) -> None:
    """As JSON has it."""
    assert {"a": 1} == Fields({"k": text}, "$").array_or_object("k")
