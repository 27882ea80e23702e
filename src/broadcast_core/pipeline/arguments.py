"""What a program gives to `plan` and `Route`, checked: each error says what was given and what to give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from broadcast_core.destinations.contract import Destination

T = TypeVar("T")


def listed(values: object, of: type[T], expected: str, how: str) -> list[T]:
    """Return several values of a class as a list; raise `TypeError` for what is not, with how to make it."""
    several = isinstance(values, Iterable) and not isinstance(values, str | bytes | bytearray | Mapping)
    found: list[Any] = list(values) if several else [values]  # type: ignore[call-overload]
    wrong = [one for one in found if not several or not isinstance(one, of)]
    if wrong:
        raise TypeError(f"expected {expected}, got {_named(wrong[0])}: {how}")
    return found


def check_name(value: object) -> None:
    """Raise `TypeError` unless a value can be the name of a route."""
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"expected a text that is not blank as the name of a route, got {_named(value)}")


def check_destination(value: object) -> None:
    """Raise `TypeError` unless a value is the object of a plugin."""
    if isinstance(value, type) or not isinstance(value, Destination):
        how = "give the object of a plugin, as broadcast_core.plugins.destination(name) returns it"
        raise TypeError(f"expected a destination, got {_named(value)}: {how}")


def check_options(value: object) -> None:
    """Raise `TypeError` unless a value holds options by name."""
    if not isinstance(value, Mapping):
        raise TypeError(f"expected options by name, got {_named(value)}: give a dict")


def _named(value: object) -> str:
    """Name what was given instead; a text is not quoted, since it may be what a user said."""
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__} and no object of it"
    return "a text" if isinstance(value, str | bytes) else f"a value of type {type(value).__name__}"
