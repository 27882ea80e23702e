"""How each kind of field stands in our JSON: the value that is read there, and what is written for one.

Nothing is coerced: a number in a text field is a mistake, not a text. Money is text (`"0.0125"`), times are
ISO 8601 with a zone (`2026-11-23T10:00:00.123Z`). Each function that reads raises `FieldError` in words that
quote no text, which may be what a user said, but for numbers and times.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from attrs import frozen

from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json
from broadcast_core.record.field_checks import (
    DOUBLE_DIGITS,
    MOST,
    is_number_text,
    to_utc,
    written_time,
    wrong_count,
    wrong_identifier,
    wrong_instant,
    wrong_number,
)

_MOST_FLOAT = math.nextafter(math.inf, 0.0)
Read = Callable[[Json], Any]
Write = Callable[[Any], Json]

DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_TIME = re.compile(  # of the many forms of ISO 8601 the one that every program reads: dashes, colons, a T
    r"\d\d\d\d-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII
)


def _exactly(kind: type, name: str) -> Read:
    """Return what reads values of one type, and none of a type below it: true is no whole number."""

    def read(value: Json) -> Any:
        if value.__class__ is kind:
            return value
        raise FieldError(f"expected {name}, got {shown(value)}")

    return read


read_text = _exactly(str, "text")
read_whole = _exactly(int, "a whole number")
read_flag = _exactly(bool, "true or false")
read_object = _exactly(dict, "an object")
read_array = _exactly(list, "an array")


def read_count(value: Json) -> Any:
    """Read a whole number of at least 0."""
    if value.__class__ is int and 0 <= value <= MOST:
        return value
    raise FieldError(wrong_count(read_whole(value)) or "expected a count")


def read_float(value: Json) -> Any:
    """Read a number; a double holds it, and zero has no sign."""
    if value.__class__ is not float and value.__class__ is not int:
        raise FieldError(f"expected a number, got {shown(value)}")
    if not -_MOST_FLOAT <= value <= _MOST_FLOAT and (what := wrong_number(value)):
        raise FieldError(what)
    return float(value) + 0.0


def read_decimal(value: Json) -> Any:
    """Read an exact amount, which stands as text."""
    if value.__class__ is not str or not DECIMAL.fullmatch(value):
        expected = 'expected a decimal number as text, for example "0.0125"'
        raise FieldError(f"{expected}, got {_word(value)}")
    number = Decimal(value)
    if number.adjusted() >= DOUBLE_DIGITS and (what := wrong_number(number)):
        raise FieldError(what)
    return number


def read_instant(value: Json) -> Any:
    """Read a time with a zone; it is in UTC then."""
    moment = _moment(value) if value.__class__ is str else None
    if moment is None:
        raise FieldError(f"expected a time such as 2026-11-23T10:00:00.000Z, got {_word(value)}")
    if what := wrong_instant(moment):
        raise FieldError(what)
    return moment


@lru_cache(maxsize=1024)  # an attempt begins when its generation does, or ends with it
def _moment(text: str) -> datetime | None:
    """Return the time that a text spells, in UTC where it has a zone; None for any other text."""
    try:
        return to_utc(datetime.fromisoformat(text)) if _TIME.fullmatch(text) else None
    except ValueError:
        return None


def read_identifier(value: Json) -> Any:
    """Read an id."""
    text = read_text(value)
    if what := wrong_identifier(text):
        raise FieldError(what)
    return text


def read_texts(value: Json) -> tuple[str, ...]:
    """Read an array of texts."""
    return tuple(map(read_text, read_array(value)))


def read_anything(value: Json) -> Json:
    """Read any JSON."""
    return value


def reads_one_of(words: tuple[str, ...]) -> Read:
    """Return what reads one of some words."""

    def read(value: Json) -> Any:
        if value.__class__ is str and value in words:
            return value
        raise FieldError(f"expected one of {', '.join(words)}, got {_word(value)}")

    return read


def as_it_is(value: Any) -> Json:
    """Write a value that is JSON."""
    return value


@frozen
class Form:
    """How a kind of value is read from JSON, and written."""

    read: Read
    write: Write = as_it_is


FORMS: Mapping[str, Form] = {
    "str": Form(read_text),
    "bool": Form(read_flag),
    "int": Form(read_whole),
    "Count": Form(read_count),
    "Money": Form(read_decimal, str),
    "Milliseconds": Form(read_float),
    "Instant": Form(read_instant, written_time),
    "Identifier": Form(read_identifier),
    "JsonObject": Form(read_object),
    "Json": Form(read_anything),
    "tuple[str, ...]": Form(read_texts, list),
}
"""By the annotation of a field: how it is read, and written."""


def shown(value: object) -> str:
    """Name a value that is of the wrong kind; texts are not quoted, since they may be what a user said."""
    if value is None:
        return "null"
    names = {dict: "an object", list: "an array", bool: "true or false", str: "text"}
    return names.get(type(value)) or f"number {value!r}"[:40]


def _word(value: object) -> str:
    """Name a value that stands where a time, an amount or a known word should; numbers are quoted."""
    return f"text {value!r}" if isinstance(value, str) and is_number_text(value) else shown(value)
