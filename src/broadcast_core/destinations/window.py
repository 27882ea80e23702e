"""The window of time that a platform takes ids in, and moving older ids into it, in order.

A platform whose ids carry their time may refuse those that are more than 24 hours from now. `as_of` is when
the plan will be sent. Without `backfill`, ids outside are only told. With it, the time of an id that is older
than 12 hours (or more than 12 hours ahead) is moved into the eight hours behind (or ahead of) that: in order,
the recent past with the finer grain. Four hours are left for sending. Rows keep their true times.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

_MILLISECOND = timedelta(milliseconds=1)


@frozen
class Window:
    """When ids will be judged (None: not known), whether they may be moved, and how far they may lie away.

    `near` is from where on ids are moved, `room` what they are moved into; data that is `half` older than
    `near` lands in its middle.
    """

    as_of: datetime | None = None
    backfill: bool = False
    limit: timedelta = timedelta(hours=24)
    near: timedelta = timedelta(hours=12)
    room: timedelta = timedelta(hours=8)
    half: timedelta = timedelta(days=30)

    def placed(self, moment: datetime) -> datetime:
        """Return the time that an id of this moment gets; order is kept."""
        if self.as_of is None or not self.backfill:
            return moment
        oldest, latest = self.as_of - self.near, self.as_of + self.near
        if moment < oldest:
            return oldest - self._squeezed(oldest - moment)
        return latest + self._squeezed(moment - latest) if moment > latest else moment

    def reaches(self, moment: datetime) -> bool:
        """Tell whether rows may refer to an id of this moment: old ones always, none of a time to come."""
        return self.as_of is None or moment - self.as_of <= self.limit

    def refuses(self, moment: datetime) -> bool:
        """Tell whether the platform would refuse an id of this moment at `as_of`."""
        return self.as_of is not None and abs(moment - self.as_of) > self.limit

    def _squeezed(self, distance: timedelta) -> timedelta:
        """Return a distance from 0 to the room for one from 0 on: growing, whole milliseconds, no floats."""
        far, room, half = (part // _MILLISECOND for part in (distance, self.room, self.half))
        return _MILLISECOND * (room * far // (far + half))
