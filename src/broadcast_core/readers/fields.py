"""Taking known keys out of a foreign object, whatever way its numbers are spelled.

`Fields` hands out values by key and remembers what nobody took, so that a reader keeps unknown keys
without listing them. A value that cannot be what its key promises is a problem when the record would be
wrong without it (`must=True`: ids, times, tokens, money), else it stays with the unknown keys and is noted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from broadcast_core.diagnostic import Diagnostic, Problem
from broadcast_core.generation import EARLIEST, wrong_count, wrong_instant, wrong_number
from broadcast_core.jsontext import Json, loads_lenient

T = TypeVar("T")


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
                self.diagnostics.append(Diagnostic("moved", self.at(key), f"{error}; kept in extra"))
            return None

    def first(self, keys: tuple[str, ...], convert: Callable[[Json], T], *, must: bool = False) -> T | None:
        """Return the first of several spellings that is there; the others are forgotten when they agree."""
        found: T | None = None
        for key in keys:
            if key in self.left:
                value = self.left[key]
                taken = self.take(key, convert, must=must)
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
        """Take a JSON value that may be spelled as JSON text; mended texts are noted."""
        value = self.left.pop(key, None)
        if not isinstance(value, str):
            return value
        result, mended = from_json_text(value)
        if mended:
            self.diagnostics.append(
                Diagnostic("coerced", self.at(key), "lone surrogates became U+FFFD: they are no text")
            )
        return result

    def drop_copies(self, keys: tuple[str, ...], original: Json) -> None:
        """Forget keys that repeat a value already taken; a differing one stays."""
        for key in keys:
            if key in self.left and self.left[key] == original:
                del self.left[key]


def from_json_text(text: str) -> tuple[Json, bool]:
    """Return the JSON value a text spells, or the text itself; the flag tells of mended surrogates."""
    if not text.lstrip().startswith(("{", "[", '"')):
        return text, False
    try:
        return loads_lenient(text)
    except (ValueError, RecursionError):
        return text, False


def as_text(value: Json) -> str | None:
    """Return text; numbers are written out, blank is absent."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    raise ValueError("expected text")


def as_float(value: Json) -> float:
    """Return a finite number from an int, a double or a numeric text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"expected a number, got {_shown(value)}")
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"expected a number, got {_shown(value)}") from None
    if what := wrong_number(number):
        raise ValueError(what)
    return number


def as_count(value: Json) -> int:
    """Return a whole number of at least 0 from an int, a whole double or a numeric text."""
    if isinstance(value, str):
        text = value.strip()
        number: float = int(text) if text.removeprefix("-").isdecimal() and len(text) < 20 else as_float(text)
    else:
        number = value if type(value) is int else as_float(value)
    if number != math.floor(number):
        raise ValueError(f"expected a whole number, got {_shown(value)}")
    if what := wrong_count(int(number)):
        raise ValueError(what)
    return int(number)


def as_decimal(value: Json) -> Decimal:
    """Return an exact decimal from an int, a double (its shortest spelling) or a numeric text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"expected a number, got {_shown(value)}")
    try:
        number = Decimal(value.strip() if isinstance(value, str) else repr(value))
    except InvalidOperation:
        raise ValueError(f"expected a number, got {_shown(value)}") from None
    if what := wrong_number(number):
        raise ValueError(what)
    return number


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


def as_unix_nanoseconds(value: Json) -> datetime:
    """Return a time from nanoseconds since 1970, a number or its text; less than a microsecond is cut."""
    nanoseconds = as_count(value)
    try:
        moment = EARLIEST + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        raise ValueError(f"expected a time before 2262, got {_shown(value)}") from None
    if what := wrong_instant(moment):
        raise ValueError(what)
    return moment


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
