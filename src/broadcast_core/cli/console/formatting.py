"""Money, counts, times and durations as text; an unknown value is a dash, never a zero."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

UNKNOWN = "-"


def format_money(amount: Decimal | None) -> str:
    """Return US dollars, exact; amounts beyond any price in scientific notation."""
    if amount is None:
        return UNKNOWN
    return f"${amount:f}" if -15 < amount.adjusted() < 15 else f"${amount:.3e}"


def format_count(number: int | None) -> str:
    """Return a count of tokens."""
    return UNKNOWN if number is None else str(number)


def format_milliseconds(number: float | None) -> str:
    """Return a duration in readable units: 850 ms, 2.1 s, 3 min 20 s."""
    if number is None:
        return UNKNOWN
    if abs(number) < 1000:
        return f"{number:.0f} ms"
    if abs(number) < 60_000:
        return f"{number / 1000:.1f} s"
    minutes, seconds = divmod(round(number / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def format_duration(start: datetime, end: datetime | None) -> str:
    """Return the duration from a start to an end."""
    return UNKNOWN if end is None else format_milliseconds((end - start).total_seconds() * 1000)


def format_datetime(time: datetime) -> str:
    """Return a date and time in UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def format_time(time: datetime) -> str:
    """Return a time of day in UTC."""
    return f"{time.astimezone(UTC):%H:%M:%S} UTC"


def format_total_count(numbers: Iterable[int | None]) -> str:
    """Return the sum of the known values, with a plus when some are unknown."""
    values = list(numbers)
    known = [value for value in values if value is not None]
    return UNKNOWN if not known else format_count(sum(known)) + _plus_if(len(known) < len(values))


def format_total_money(amounts: Iterable[Decimal | None]) -> str:
    """Return the sum of the known values, with a plus when some are unknown."""
    values = list(amounts)
    known = [value for value in values if value is not None]
    return UNKNOWN if not known else format_money(sum(known, Decimal(0))) + _plus_if(len(known) < len(values))


def _plus_if(is_partial: bool) -> str:
    return "+" if is_partial else ""
