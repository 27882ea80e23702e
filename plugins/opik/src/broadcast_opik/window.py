"""The window of time that Opik takes ids in, and moving older ids into it, in order.

Opik's cloud refuses an id whose time is more than 24 hours from now; a self-hosted server may. `as_of` is
when the plan will be sent. Without `backfill`, ids outside are only told. With it, the time of an id that is
older than 12 hours (or more than 12 hours ahead) is moved into the eight hours behind (or ahead of) that: in
order, the recent past with the finer grain. Four hours are left for sending. Rows keep their true times.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

LIMIT = timedelta(hours=24)
NEAR = timedelta(hours=12)
ROOM = timedelta(hours=8)
HALF = timedelta(days=30)  # data this much older than NEAR lands in the middle of the room

_MILLISECOND = timedelta(milliseconds=1)


@frozen
class Window:
    """When ids will be judged (None: not known), and whether they may be moved."""

    as_of: datetime | None = None
    backfill: bool = False

    def placed(self, moment: datetime) -> datetime:
        """Return the time that an id of this moment gets; order is kept."""
        if self.as_of is None or not self.backfill:
            return moment
        if moment < self.as_of - NEAR:
            return self.as_of - NEAR - _squeezed(self.as_of - NEAR - moment)
        if moment > self.as_of + NEAR:
            return self.as_of + NEAR + _squeezed(moment - self.as_of - NEAR)
        return moment

    def reaches(self, moment: datetime) -> bool:
        """Tell whether rows may refer to an id of this moment: old ones always, none of a time to come."""
        return self.as_of is None or moment - self.as_of <= LIMIT

    def refuses(self, moment: datetime) -> bool:
        """Tell whether Opik's cloud would refuse an id of this moment at `as_of`."""
        return self.as_of is not None and abs(moment - self.as_of) > LIMIT


def _squeezed(distance: timedelta) -> timedelta:
    """Return a distance from 0 to the room for one from 0 on: growing, whole milliseconds, no floats."""
    far, room, half = distance // _MILLISECOND, ROOM // _MILLISECOND, HALF // _MILLISECOND
    return _MILLISECOND * (room * far // (far + half))
