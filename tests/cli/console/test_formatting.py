"""Money and durations as text."""

from __future__ import annotations

from decimal import Decimal

import pytest

from broadcast_core.cli.console.formatting import format_milliseconds, format_money


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (None, "-"),
        ("0", "$0"),
        ("0.0000096", "$0.0000096"),
        ("9.6E-6", "$0.0000096"),
        ("1.50", "$1.50"),
        ("-0.25", "$-0.25"),
        ("1E+300", "$1.000e+300"),
        ("1E-300", "$1.000e-300"),
    ],
)
def test_money_is_exact(amount: str | None, expected: str) -> None:
    """And of a bearable length."""
    assert expected == format_money(None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (None, "-"),
        (0, "0 ms"),
        (850.4, "850 ms"),
        (-20, "-20 ms"),
        (2100, "2.1 s"),
        (200_000, "3 min 20 s"),
        (7_500_000, "2 h 5 min"),
    ],
)
def test_durations_are_as_people_say_them(number: float | None, expected: str) -> None:
    """From milliseconds to hours."""
    assert expected == format_milliseconds(number)
