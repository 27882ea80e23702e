"""Times moved into the window that a platform takes: in order, the recent past with the finer grain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.destinations import Window
from broadcast_core.testing.strategies import instants

AS_OF = datetime(2026, 11, 23, 10, tzinfo=UTC)
BACKFILL = Window(AS_OF, backfill=True)
OLD = instants(datetime(1970, 1, 1, tzinfo=UTC), days=365 * 80)


@given(OLD, OLD)
def test_moved_times_keep_their_order_within_twenty_hours(one: datetime, other: datetime) -> None:
    """So that lists in Opik, which go by id, show the past in order."""
    early, late = sorted((one, other))

    assert BACKFILL.placed(early) <= BACKFILL.placed(late)
    assert abs(BACKFILL.placed(one) - AS_OF) <= timedelta(hours=20)


@given(st.integers(-12 * 3600, 12 * 3600).map(lambda seconds: AS_OF + timedelta(seconds=seconds)))
def test_recent_times_are_not_moved(moment: datetime) -> None:
    """What will be taken stays what it is."""
    assert moment == BACKFILL.placed(moment) == Window(AS_OF).placed(moment)


def test_the_recent_past_has_the_finer_grain() -> None:
    """Two requests of yesterday a second apart are told apart; a year ago it takes minutes."""
    day, year = AS_OF - timedelta(days=2), AS_OF - timedelta(days=365)

    assert BACKFILL.placed(day) < BACKFILL.placed(day + timedelta(seconds=1))
    assert BACKFILL.placed(year) < BACKFILL.placed(year + timedelta(minutes=10))


PLACED = [  # hours from as_of, and where they go
    (timedelta(hours=-12), timedelta(hours=-12)),
    (timedelta(hours=-12, days=-30), timedelta(hours=-16)),
    (timedelta(hours=-12, days=-90), timedelta(hours=-18)),
    (timedelta(hours=-13), timedelta(hours=-12, milliseconds=-39_944)),
    (timedelta(hours=-12, milliseconds=-91), timedelta(hours=-12, milliseconds=-1)),
    (timedelta(hours=-12, milliseconds=-90.5), timedelta(hours=-12)),
    (timedelta(hours=-12, milliseconds=-323310512497), timedelta(hours=-12, milliseconds=-28570945)),
    (timedelta(hours=12), timedelta(hours=12)),
    (timedelta(hours=12, days=30), timedelta(hours=16)),
    (timedelta(hours=12, days=90), timedelta(hours=18)),
    (timedelta(hours=13), timedelta(hours=12, milliseconds=39_944)),
]


@pytest.mark.parametrize(("distance", "expected"), PLACED, ids=str)
def test_where_a_time_is_moved(distance: timedelta, expected: timedelta) -> None:
    """Into eight hours behind twelve, half of them for thirty days; the future likewise."""
    assert AS_OF + expected == BACKFILL.placed(AS_OF + distance)


@pytest.mark.parametrize(("hours", "expected"), [(-24.001, True), (-24, False), (24, False), (24.001, True)])
def test_an_id_is_refused_beyond_24_hours(hours: float, expected: bool) -> None:
    """Before and after as_of."""
    assert expected == Window(AS_OF).refuses(AS_OF + timedelta(hours=hours))


def test_a_window_of_other_widths_keeps_within_them() -> None:
    """As a platform with another limit has it."""
    window = Window(
        AS_OF, True, timedelta(hours=48), timedelta(hours=2), timedelta(hours=1), timedelta(days=1)
    )
    placed = window.placed(AS_OF - timedelta(days=1, hours=2))

    assert AS_OF - timedelta(hours=2, minutes=30) == placed
    assert (False, True) == (
        window.refuses(AS_OF - timedelta(hours=48)),
        window.refuses(AS_OF - timedelta(hours=49)),
    )
