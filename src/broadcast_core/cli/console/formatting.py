"""Money, tokens, times and durations in words; what is unknown is a dash, never a zero."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

UNKNOWN = "-"


def money(amount: Decimal | None) -> str:
    """Return US dollars, exact; amounts beyond any price in scientific spelling."""
    if amount is None:
        return UNKNOWN
    return f"${amount:f}" if -15 < amount.adjusted() < 15 else f"${amount:.3e}"


def count(number: int | None) -> str:
    """Return a count of tokens."""
    return UNKNOWN if number is None else str(number)


def milliseconds(number: float | None) -> str:
    """Return a duration as people say it: 850 ms, 2.1 s, 3 min 20 s."""
    if number is None:
        return UNKNOWN
    if abs(number) < 1000:
        return f"{number:.0f} ms"
    if abs(number) < 60_000:
        return f"{number / 1000:.1f} s"
    minutes, seconds = divmod(round(number / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def between(start: datetime, end: datetime | None) -> str:
    """Return the time from one moment to another."""
    return UNKNOWN if end is None else milliseconds((end - start).total_seconds() * 1000)


def moment(time: datetime) -> str:
    """Return a date and time in UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def time_of_day(time: datetime) -> str:
    """Return a time of day in UTC."""
    return f"{time.astimezone(UTC):%H:%M:%S} UTC"


def sum_of_counts(numbers: Iterable[int | None]) -> str:
    """Return the sum of what is known, with a plus when something is not."""
    every = list(numbers)
    known = [number for number in every if number is not None]
    return UNKNOWN if not known else count(sum(known)) + _plus(len(known) < len(every))


def sum_of_money(amounts: Iterable[Decimal | None]) -> str:
    """Return the sum of what is known, with a plus when something is not."""
    every = list(amounts)
    known = [amount for amount in every if amount is not None]
    return UNKNOWN if not known else money(sum(known, Decimal(0))) + _plus(len(known) < len(every))


def _plus(more: bool) -> str:
    return "+" if more else ""
