"""The time, as an argument: wall clock for when it began, ticks for how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from attrs import frozen


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # a program that captures has the time of what it saw


@frozen
class Clock:
    """`now` returns an aware time, `ticks` nanoseconds that never run backwards.

    Both, since a wall clock may be set back while a request is on its way.
    """

    now: Callable[[], datetime] = _now
    ticks: Callable[[], int] = time.perf_counter_ns
