"""What a law says when it does not hold: what was found, in a message that needs no rewriting of asserts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

_MAX_SHOWN = 60
_AROUND = 60


def expect_nothing(found: Iterable[object], what: str) -> None:
    """Raise `AssertionError` with a list, one a line, of what should not be there."""
    lines = [f"  {one if isinstance(one, str) else repr(one)}" for one in found]
    if lines:
        more = [f"  and {len(lines) - _MAX_SHOWN} more"] if len(lines) > _MAX_SHOWN else []
        fail("\n".join((f"{what}:", *lines[:_MAX_SHOWN], *more)))


def expect_same(expected: Any, actual: Any, what: str) -> None:
    """Raise `AssertionError` with the first place where two values differ, as they are written."""
    if expected == actual:
        return
    one, other = repr(expected), repr(actual)
    pairs = zip(one, other, strict=False)
    place = next((n for n, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))
    begin = max(0, place - _AROUND)
    shown = (one[begin : place + _AROUND], other[begin : place + _AROUND])
    fail(f"{what}; at {place}:\n  {shown[0]}\n  {shown[1]}")


def fail(what: str) -> NoReturn:
    """Raise `AssertionError` with what is wrong."""
    raise AssertionError(what)
