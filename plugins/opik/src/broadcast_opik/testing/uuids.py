"""Section 2: ids are UUIDv7, and their time lies within a window around now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from attrs import frozen

from broadcast_core.jsontext import Json
from broadcast_opik.testing.refusal import bad_id, broken, strict
from broadcast_opik.testing.rulebook import measured, read, stricter

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 1, 1, tzinfo=UTC)
_NAMES = {"traces": "Trace", "spans": "Span"}


@frozen
class IdWindow:
    """Where now is, None where the check is off; the cloud refuses what is more than 24 hours away."""

    now: datetime | None = None
    around: timedelta = timedelta(hours=24)


@read(2, "ids are UUIDv7; a row's own lies in the window, those that it refers to not in its future")
@measured(0, "a span without `trace_id` is a 500")
def check_ids(kind: str, row: Mapping[str, Json], window: IdWindow) -> None:
    """Raise `Refused` for an id that the server does not take.

    The row's own id must lie in the window; those that it refers to must only not lie in its future.
    """
    if kind == "spans" and "trace_id" not in row:
        raise broken()
    _check(row["id"], _NAMES[kind], window, only_future=False)
    for reference in ("trace_id", "parent_span_id"):
        if reference in row:
            _check(row[reference], _NAMES[kind], window, only_future=True)


@stricter(3, "last_updated_at is not in the future, where later edits would lose")
def check_version(row: Mapping[str, Json], moment: datetime, window: IdWindow) -> None:
    """Refuse a version of a time to come."""
    if window.now is not None and moment > window.now:
        raise strict(f"last_updated_at {row['last_updated_at']} lies in the future")


def time_of(text: str) -> datetime:
    """Return the time in the first 48 bits of a UUID; far ones as the last that Python has."""
    milliseconds = int(text[:8] + text[9:13], 16)
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return _END


def _check(text: str, name: str, window: IdWindow, *, only_future: bool) -> None:
    if text[14] != "7":
        raise bad_id(f"{name} id must be a version 7 UUID")
    if window.now is None:
        return
    moment = time_of(text)
    if moment > window.now + window.around:
        raise _outside(moment, window, "too_far_future")
    if moment < window.now - window.around and not only_future:
        raise _outside(moment, window, "too_old")


def _outside(moment: datetime, window: IdWindow, reason: str) -> Exception:
    shown = moment.isoformat(timespec="milliseconds")[:-6] + "Z"
    around = f"PT{window.around // timedelta(hours=1)}H"
    return bad_id(
        f"id with timestamp '{shown}' must be in the allowed ingestion window of '{around}' around now, "
        f"reason '{reason}'"
    )
