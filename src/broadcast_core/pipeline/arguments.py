"""What a program gives to `plan` and `Route`, checked: each error says what was given and what to give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from broadcast_core.destinations.contract import Destination
from broadcast_core.errors import ArgumentTypeError

T = TypeVar("T")


def list_of(values: object, of: type[T], expected: str, how: str) -> list[T]:
    """Return values of a class as a list; `how` tells how to get them to one who gives anything else."""
    several = isinstance(values, Iterable) and not isinstance(values, str | bytes | bytearray | Mapping)
    found: list[Any] = list(values) if several else [values]  # type: ignore[call-overload]
    wrong = [value for value in found if not several or not isinstance(value, of)]
    if wrong:
        raise ArgumentTypeError(f"expected {expected}, got {_describe(wrong[0])}: {how}")
    return found


def check_name(value: object) -> None:
    """Raise `ArgumentTypeError` unless a value can be the name of a route."""
    if not isinstance(value, str) or not value.strip():
        raise ArgumentTypeError(
            f"expected a text that is not blank as the name of a route, got {_describe(value)}"
        )


def check_destination(value: object) -> None:
    """Raise `ArgumentTypeError` unless a value is the object of a plugin."""
    if isinstance(value, type) or not isinstance(value, Destination):
        how = "give the object of a plugin, as broadcast_core.plugins.destination(name) returns it"
        raise ArgumentTypeError(f"expected a destination, got {_describe(value)}: {how}")


def check_options(value: object) -> None:
    """Raise `ArgumentTypeError` unless a value holds options by name."""
    if not isinstance(value, Mapping):
        raise ArgumentTypeError(f"expected options by name, got {_describe(value)}: give a dict")


def _describe(value: object) -> str:
    """Describe what was given instead; a text is not quoted, since it may be what a user said."""
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__} and no object of it"
    return "a text" if isinstance(value, str | bytes) else f"a value of type {type(value).__name__}"
