"""The operators of filter rules: what each compares, and which value each can take.

Regular expressions come from the configuration and meet texts of strangers, so they run in RE2, whose time
grows with the length of the text and nothing else (extra `filters`; syntax: https://github.com/google/re2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from broadcast_core.jsontext import without_lone_surrogates

MISSING_ENGINE = "a regex rule needs the package google-re2: pip install 'broadcast-core[filters]'"
_MOST_PATTERN = 2_000

_Known = Callable[[Any, Any], bool]
_SAME: Mapping[str, _Known] = {
    "equals": lambda found, value: bool(found == value),
    "not_equals": lambda found, value: bool(found != value),
}
_TEXT: Mapping[str, _Known] = {
    "contains": lambda found, value: value in found,
    "not_contains": lambda found, value: value not in found,
    "regex": lambda found, value: _found(value, found),
    "starts_with": lambda found, value: bool(found.startswith(value)),
    "ends_with": lambda found, value: bool(found.endswith(value)),
}
_NUMBER: Mapping[str, _Known] = {
    "gt": lambda found, value: bool(found > value),
    "lt": lambda found, value: bool(found < value),
    "gte": lambda found, value: bool(found >= value),
    "lte": lambda found, value: bool(found <= value),
}
PRESENCE_OPERATORS = ("exists", "not_exists")
_OPERATORS = {**_SAME, **_TEXT, **_NUMBER}

TEXT_OPERATORS = (*_SAME, *_TEXT, *PRESENCE_OPERATORS)
NUMBER_OPERATORS = (*_SAME, *_NUMBER, *PRESENCE_OPERATORS)


def compare(operator: str, found: str | Decimal | None, value: Any) -> bool:
    """Tell whether an operator holds between what was found, None for unknown, and a rule's value."""
    if operator in PRESENCE_OPERATORS:
        return (found is not None) == (operator == "exists")
    if found is None:
        return operator in ("not_equals", "not_contains")
    return _OPERATORS[operator](found, as_number(value) if isinstance(found, Decimal) else str(value))


def wrong_value(operator: str, value: Any, *, is_number: bool) -> str | None:
    """Say what is wrong with the value of a rule, or None; `is_number` tells what its field holds."""
    takes = NUMBER_OPERATORS if is_number else TEXT_OPERATORS
    if operator not in takes:
        kind = "a number" if is_number else "a text"
        return (
            f"the field holds {kind}, which {operator} does not compare; expected one of {', '.join(takes)}"
        )
    if operator in PRESENCE_OPERATORS:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return "expected a value, a text or a number"
    if is_number:
        return None if as_number(value) is not None else "expected a number as the value"
    return _wrong_pattern(str(value)) if operator == "regex" else None


def as_number(value: Any) -> Decimal | None:
    """Return the finite number that a rule's value spells, or None."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _wrong_pattern(pattern: str) -> str | None:
    if len(pattern) > _MOST_PATTERN:
        return f"expected a pattern of at most {_MOST_PATTERN} characters"
    if without_lone_surrogates(pattern) != pattern:
        return "expected a pattern without lone surrogates: no text that is searched has any"
    try:
        import re2
    except ImportError:
        return MISSING_ENGINE
    try:
        _compiled(pattern)
    except re2.error as error:
        return f"RE2 does not take the pattern: {error.args[0].decode()}"
    return None


def _found(pattern: str, text: str) -> bool:
    return _compiled(pattern).search(without_lone_surrogates(text)) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
