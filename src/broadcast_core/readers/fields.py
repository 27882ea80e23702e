"""Taking known keys out of a foreign object, whatever way its numbers are spelled.

`Fields` hands out values by key and remembers what nobody took, so that a reader keeps unknown keys
without listing them. A value that cannot be what its key promises is a problem when the record would be
wrong without it (`must=True`: ids, times, tokens, money), else it stays with the unknown keys and is noted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from broadcast_core.diagnostic import Diagnostic, Problem
from broadcast_core.field_kinds import EARLIEST, is_figures, wrong_count, wrong_instant, wrong_number
from broadcast_core.jsontext import MAX_DEPTH, Json, JsonError, deeper_than, loads_lenient

T = TypeVar("T")

MENDED = "lone surrogates became U+FFFD: they are no text"

_EMBEDDED_DEPTH = MAX_DEPTH - 14
"""What stands in a text must be written again, a few levels down in the record."""


class Fields:
    """The keys of one foreign object: taken by name, with problems and diagnostics collected on the way."""

    def __init__(self, values: Mapping[str, Json], path: str, *, quoted: bool = False) -> None:
        self.left = dict(values)
        self.path = path
        self.problems: list[Problem] = []
        self.diagnostics: list[Diagnostic] = []
        self._quoted = quoted

    def at(self, key: str) -> str:
        """Return the JSON path of a key."""
        return f'{self.path}["{key}"]' if self._quoted else f"{self.path}.{key}"

    def take(self, key: str, convert: Callable[[Json], T], *, must: bool = False) -> T | None:
        """Return the converted value and forget the key; None when absent or null."""
        value = self.left.pop(key, None)
        if value is None:
            return None
        try:
            return convert(value)
        except ValueError as error:
            if must:
                self.problems.append(Problem(str(error), self.at(key)))
            else:
                self.left[key] = value
                self.diagnostics.append(
                    Diagnostic("moved", self.at(key), f"{error}; kept with the unknown keys")
                )
            return None

    def first(self, keys: tuple[str, ...], convert: Callable[[Json], T], *, must: bool = False) -> T | None:
        """Return the first of several spellings that is there; the others are forgotten when they agree."""
        found: T | None = None
        for key in keys:
            if key in self.left:
                value = self.left[key]
                taken = self.take(key, convert, must=must and found is None)
                if found is None:
                    found = taken
                elif taken is not None and taken != found:
                    self.left[key] = value
        return found

    def text(self, *keys: str) -> str | None:
        """Take a text; blank counts as absent."""
        return self.first(keys, as_text)

    def count(self, *keys: str) -> int | None:
        """Take a token count: at least 0, else a problem."""
        return self.first(keys, as_count, must=True)

    def money(self, *keys: str) -> Decimal | None:
        """Take an amount of US dollars, exact as it was written."""
        return self.first(keys, as_decimal, must=True)

    def number(self, *keys: str) -> float | None:
        """Take a number that the record can do without."""
        return self.first(keys, as_float)

    def flag(self, *keys: str) -> bool | None:
        """Take true or false, also spelled as text."""
        return self.first(keys, as_flag)

    def json(self, key: str) -> Json:
        """Take a JSON value that may be spelled as JSON text."""
        return self.spelled_out(key, self.left.pop(key, None))

    def array_or_object(self, key: str) -> Json:
        """Take a value whose JSON text is meant when it is an array or an object; other texts stay texts."""
        value = self.left.pop(key, None)
        return self.spelled_out(key, value) if is_array_or_object(value) else value

    def spelled_out(self, key: str, value: Json) -> Json:
        """Return the JSON value that a text spells, else the value itself; mended texts are noted."""
        if not isinstance(value, str):
            return value
        result, mended = from_json_text(value)
        if mended:
            self.diagnostics.append(Diagnostic("coerced", self.at(key), MENDED))
        return result

    def take_over(self, part: Fields) -> None:
        """Add the problems and diagnostics of a part of this object."""
        self.problems += part.problems
        self.diagnostics += part.diagnostics

    def drop_copies(self, keys: Iterable[str], original: Json) -> None:
        """Forget keys that repeat a value already taken; a differing one stays."""
        for key in keys:
            if key in self.left and self.left[key] == original:
                del self.left[key]


def is_array_or_object(value: Json) -> bool:
    """Tell whether a text looks like the JSON of an array or an object."""
    return isinstance(value, str) and value.lstrip().startswith(("{", "["))


def from_json_text(text: str) -> tuple[Json, bool]:
    """Return the JSON value a text spells, or the text itself; the flag tells of mended surrogates.

    What our rule refuses for another reason, as a key given twice, stays a text, as does what is very deep.
    """
    if not text.lstrip().startswith(("{", "[", '"')):
        return text, False
    try:
        value, mended = loads_lenient(text)
    except JsonError:
        return text, False
    return (text, False) if deeper_than(value, _EMBEDDED_DEPTH) else (value, mended)


def as_text(value: Json) -> str | None:
    """Return text; numbers are written out, blank is absent."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    raise ValueError("expected text")


def as_object(value: Json) -> dict[str, Json]:
    """Return an object."""
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, got {_shown(value)}")
    return value


def as_array(value: Json) -> list[Json]:
    """Return an array."""
    if not isinstance(value, list):
        raise ValueError(f"expected an array, got {_shown(value)}")
    return value


def as_float(value: Json) -> float:
    """Return a finite number from an int, a double or a numeric text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"expected a number, got {_shown(value)}")
    try:
        number = float(_digits(value) if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        raise ValueError(f"expected a number, got {_shown(value)}") from None
    if what := wrong_number(number):
        raise ValueError(what)
    return number


def as_count(value: Json) -> int:
    """Return a whole number of at least 0 from an int, a whole double or a numeric text."""
    number = _exact(value)
    if number != math.floor(number):
        raise ValueError(f"expected a whole number, got {_shown(value)}")
    if what := wrong_count(int(number)):
        raise ValueError(what)
    return int(number)


def _exact(value: Json) -> float:
    """Return a number; whole numbers keep every digit."""
    if isinstance(value, str) and len(text := value.strip()) < 20 and text.removeprefix("-").isdecimal():
        return int(text)
    return value if type(value) is int else as_float(value)


def as_decimal(value: Json) -> Decimal:
    """Return an exact decimal from an int, a double (its shortest spelling) or a numeric text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"expected a number, got {_shown(value)}")
    try:
        number = Decimal(_digits(value) if isinstance(value, str) else repr(value))
    except (ValueError, InvalidOperation):
        raise ValueError(f"expected a number, got {_shown(value)}") from None
    if not number.is_finite():
        raise ValueError(f"expected a finite number, got {number}")
    if what := wrong_number(number):
        raise ValueError(what)
    return number


def _digits(text: str) -> str:
    if "_" in text:
        raise ValueError("an underscore is no digit")
    return text.strip()


def as_flag(value: Json) -> bool:
    """Return true or false from a boolean or its text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError(f"expected true or false, got {_shown(value)}")


def as_instant(value: Json) -> datetime:
    """Return a time from ISO 8601 text with a zone."""
    if not isinstance(value, str):
        raise ValueError(f"expected a time such as 2026-11-23T10:00:00.000Z, got {_shown(value)}")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"expected a time such as 2026-11-23T10:00:00.000Z, got {_shown(value)}") from None
    if what := wrong_instant(moment):
        raise ValueError(what)
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
        raise ValueError(what)
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
    if isinstance(value, list | dict | str) and not (isinstance(value, str) and is_figures(value)):
        return {list: "an array", dict: "an object"}.get(type(value), "text")
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
