"""When a request began, was answered and had its first token, by the clock of the caller."""

from __future__ import annotations

from datetime import datetime, timedelta

from broadcast_core.diagnostics import Problem
from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields
from broadcast_core.record.conversions import as_count, as_instant, or_none
from broadcast_core.record.field_checks import EARLIEST, LATEST
from broadcast_core.record.generation import Timing

_TOO_LATE = LATEST.timestamp()


def timing_of(fields: Fields, response: Fields, start: datetime) -> Timing:
    """Take the times of an exchange that began at `start`; an end before it is a problem."""
    end = fields.take("ended_at", as_instant, required=True)
    if end is None and not fields.problems:
        end = _completed(response, start)
    if end is not None and end < start:
        what = f"the end {end.isoformat()} lies before the start {start.isoformat()}"
        fields.problems.append(Problem(what, "$.ended_at"))
        end = None
    first_ms = fields.take("first_token_at", lambda value: _milliseconds_after(start, value))
    return Timing(start=start, end=end, first_token_ms=first_ms)


def _milliseconds_after(start: datetime, value: Json) -> float:
    moment = as_instant(value)
    if moment < start:
        raise FieldError(f"{moment.isoformat()} lies before the start {start.isoformat()}")
    return (moment - start).total_seconds() * 1000


def _completed(response: Fields, start: datetime) -> datetime | None:
    """Take the second in which the gateway says that it was done, when nobody else saw the end."""
    seconds = or_none(as_count, response.left.get("completed_at"))
    if seconds is None or seconds >= _TOO_LATE:
        return None
    end = EARLIEST + timedelta(seconds=seconds)
    if end < start:
        return None
    del response.left["completed_at"]
    return end
