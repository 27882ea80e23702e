"""Values of foreign JSON as the values of the record, whatever way their numbers are spelled.

Each function raises `ValueError` for a value that cannot be what it returns, in words that quote numbers and
times alone: any other text may be what a user said.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json
from broadcast_core.record.field_checks import (
    EARLIEST,
    is_number_text,
    wrong_count,
    wrong_instant,
    wrong_number,
)

T = TypeVar("T")
_NUMBERS = (int, float)
_NUMBERS_OR_TEXTS = (*_NUMBERS, str)


def as_text(value: Json) -> str | None:
    """Return text; numbers are written out, blank is absent."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, _NUMBERS):
        return str(value).lower() if isinstance(value, bool) else str(value)
    raise FieldError("expected text")


def as_object(value: Json) -> dict[str, Json]:
    """Return an object."""
    if not isinstance(value, dict):
        raise FieldError(f"expected an object, got {_shown(value)}")
    return value


def as_array(value: Json) -> list[Json]:
    """Return an array."""
    if not isinstance(value, list):
        raise FieldError(f"expected an array, got {_shown(value)}")
    return value


def as_float(value: Json) -> float:
    """Return a finite number from an int, a double or a numeric text."""
    if isinstance(value, bool) or not isinstance(value, _NUMBERS_OR_TEXTS):
        raise FieldError(f"expected a number, got {_shown(value)}")
    try:
        number = float(_digits(value) if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        raise FieldError(f"expected a number, got {_shown(value)}") from None
    if what := wrong_number(number):
        raise FieldError(what)
    return number


def as_count(value: Json) -> int:
    """Return a whole number of at least 0 from an int, a whole double or a numeric text."""
    number = _exact(value)
    if number != math.floor(number):
        raise FieldError(f"expected a whole number, got {_shown(value)}")
    if what := wrong_count(int(number)):
        raise FieldError(what)
    return int(number)


def _exact(value: Json) -> float:
    """Return a number; whole numbers keep every digit."""
    if isinstance(value, str) and len(text := value.strip()) < 20 and text.removeprefix("-").isdecimal():
        return int(text)
    return value if type(value) is int else as_float(value)


def as_decimal(value: Json) -> Decimal:
    """Return an exact decimal from an int, a double (its shortest spelling) or a numeric text."""
    if isinstance(value, bool) or not isinstance(value, _NUMBERS_OR_TEXTS):
        raise FieldError(f"expected a number, got {_shown(value)}")
    try:
        number = Decimal(_digits(value) if isinstance(value, str) else repr(value))
    except (ValueError, InvalidOperation):
        raise FieldError(f"expected a number, got {_shown(value)}") from None
    if not number.is_finite():
        raise FieldError(f"expected a finite number, got {number}")
    if what := wrong_number(number):
        raise FieldError(what)
    return number


def _digits(text: str) -> str:
    if "_" in text:
        raise FieldError("an underscore is no digit")
    return text.strip()


def as_flag(value: Json) -> bool:
    """Return true or false from a boolean or its text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise FieldError(f"expected true or false, got {_shown(value)}")


def as_instant(value: Json) -> datetime:
    """Return a time from ISO 8601 text with a zone."""
    if not isinstance(value, str):
        raise FieldError(f"expected a time such as 2026-11-23T10:00:00.000Z, got {_shown(value)}")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise FieldError(f"expected a time such as 2026-11-23T10:00:00.000Z, got {_shown(value)}") from None
    if what := wrong_instant(moment):
        raise FieldError(what)
    return moment


def as_unix_nanoseconds(value: Json) -> datetime | None:
    """Return a time from nanoseconds since 1970, a number or its text; 0 is absent, as OTLP has it.

    What is less than a microsecond is cut.
    """
    nanoseconds = as_count(value)
    if nanoseconds == 0:
        return None
    moment = EARLIEST + timedelta(microseconds=nanoseconds // 1000)
    if what := wrong_instant(moment):
        raise FieldError(what)
    return moment


def or_none(convert: Callable[[Json], T], value: Json) -> T | None:
    """Return the converted value, or None where it cannot be converted."""
    try:
        return None if value is None else convert(value)
    except ValueError:
        return None


def _shown(value: Json) -> str:
    """Name a value of the wrong kind; only numbers and times are quoted, words may be what a user said."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict | str) and not (isinstance(value, str) and is_number_text(value)):
        return {list: "an array", dict: "an object"}.get(type(value), "text")
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
