"""Taking known keys out of a foreign object, however its numbers are spelled.

`Fields` returns values by key and keeps what nobody took, so that a reader preserves unknown keys
without listing them. A value that cannot be what its key promises is a problem when the record would be
wrong without it (`required=True`: ids, times, tokens, money), else it stays with the unknown keys and a
diagnostic says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TypeVar

from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.jsontext import MAX_DEPTH, Json, JsonError, deeper_than, loads_lenient
from broadcast_core.record.conversions import as_count, as_decimal, as_flag, as_float, as_text

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

    def take(self, key: str, convert: Callable[[Json], T], *, required: bool = False) -> T | None:
        """Return the converted value and remove the key; None when absent or null."""
        value = self.left.pop(key, None)
        if value is None:
            return None
        try:
            return convert(value)
        except ValueError as error:
            if required:
                self.problems.append(Problem(str(error), self.at(key)))
            else:
                self.left[key] = value
                self.diagnostics.append(
                    Diagnostic("moved", self.at(key), f"{error}; kept with the unknown keys")
                )
            return None

    def first(
        self, keys: tuple[str, ...], convert: Callable[[Json], T], *, required: bool = False
    ) -> T | None:
        """Return the first of several spellings that is present, and drop the others where they agree."""
        found: T | None = None
        left = self.left
        for key in keys:
            if key in left:
                value = left[key]
                taken = self.take(key, convert, required=required and found is None)
                if found is None:
                    found = taken
                elif taken is not None and taken != found:
                    left[key] = value
        return found

    def text(self, *keys: str) -> str | None:
        """Take a text; blank counts as absent."""
        return self.first(keys, as_text)

    def count(self, *keys: str) -> int | None:
        """Take a token count: at least 0, else a problem."""
        return self.first(keys, as_count, required=True)

    def money(self, *keys: str) -> Decimal | None:
        """Take an amount of US dollars, exact as it was written."""
        return self.first(keys, as_decimal, required=True)

    def number(self, *keys: str) -> float | None:
        """Take a number that the record can do without."""
        return self.first(keys, as_float)

    def flag(self, *keys: str) -> bool | None:
        """Take true or false, also spelled as text."""
        return self.first(keys, as_flag)

    def json(self, key: str) -> Json:
        """Take a JSON value that may be spelled as JSON text."""
        return self.decode_text(key, self.left.pop(key, None))

    def array_or_object(self, key: str) -> Json:
        """Take a value; text that looks like a JSON array or object is decoded, other text stays text."""
        value = self.left.pop(key, None)
        return self.decode_text(key, value) if is_array_or_object(value) else value

    def decode_text(self, key: str, value: Json) -> Json:
        """Return the JSON value that a text spells, else the value itself; mended texts are noted."""
        if not isinstance(value, str):
            return value
        result, mended = from_json_text(value)
        if mended:
            self.diagnostics.append(Diagnostic("coerced", self.at(key), MENDED))
        return result

    def adopt_reports(self, part: Fields) -> None:
        """Add the problems and diagnostics of a part of this object."""
        self.problems += part.problems
        self.diagnostics += part.diagnostics

    def drop_copies(self, keys: Iterable[str], original: Json) -> None:
        """Remove keys that repeat a value already taken; a differing one stays."""
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
    if text.count("[") + text.count("{") > _EMBEDDED_DEPTH and deeper_than(value, _EMBEDDED_DEPTH):
        return text, False
    return value, mended
