"""What a spool can hold, and how full it is."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import field, frozen

from broadcast_core.sending.store import StoreFull
from broadcast_core.sending.store.database import LOG_BYTES, pages
from broadcast_core.sending.store.letters import count_letters

_FULL_AT = 0.8
"""The share of a spool that may be filled by what is accepted: the rest is for planning and for deleting."""
_RESERVE = 2 * LOG_BYTES
"""Bytes of the disk that are for planning, for deleting, and for the log of the store."""
_LEAST = 65_536
"""Less space than this is none."""


@frozen(kw_only=True)
class SpoolState:
    """How full a spool is: bytes on disk, deliveries not planned yet, requests not sent yet by route.

    `left` is how many bytes may still be accepted, `oldest` the age of the oldest of what waits; `full` says
    why nothing is accepted, or None; `letters` counts the dead letters.
    """

    bytes: int = 0
    left: int = sys.maxsize
    deliveries: int = 0
    requests: Mapping[str, int] = field(factory=dict)
    oldest: timedelta | None = None
    full: str | None = None
    letters: int = 0

    __hash__ = None  # type: ignore[assignment]


class Space:
    """How much may still be accepted, as a look found it: what comes after is taken off."""

    def __init__(self) -> None:
        self._left = 0
        self._full: str | None = None

    def looked_at(self, state: SpoolState) -> None:
        """Take what a look has found."""
        self._left, self._full = state.left, state.full

    def take(self, size: int) -> None:
        """Take some bytes; raise `StoreFull` where they would leave too little for what frees some."""
        if self._left < size:
            raise StoreFull(self._full or f"the spool has no space for {size} bytes more at the moment")
        self._left -= size


def _left(used: int, path: str | None, max_bytes: int | None) -> tuple[int, str | None]:
    """Return how many bytes may be accepted, and why none where that is so."""
    left, full = sys.maxsize, None
    if max_bytes is not None:
        left = int(_FULL_AT * max_bytes) - used
        is_full = left < _LEAST
        full = f"the spool is full: {_FULL_AT:.0%} of its {max_bytes} bytes are used" if is_full else None
    if path is not None and (free := _free_bytes(path)) is not None and free - _RESERVE < left:
        left = free - _RESERVE
        full = "the disk is full: what is left is for deleting what was sent" if left < _LEAST else None
    return left if full is None else 0, full


def state_of(db: sqlite3.Connection, path: str | None, max_bytes: int | None, now: datetime) -> SpoolState:
    """Return how full a spool is; no body is read for that, however many wait."""
    deliveries = db.execute("SELECT deliveries FROM tally").fetchone()[0]
    requests = dict(db.execute("SELECT route, count(*) FROM request GROUP BY route"))
    first = db.execute("SELECT at FROM inbox ORDER BY id LIMIT 1").fetchall()
    for route in requests:
        first += db.execute(
            "SELECT since FROM request WHERE route = ? ORDER BY batch, position, number LIMIT 1", (route,)
        )
    oldest = min((at for (at,) in first), default=None)
    used, _ = pages(db)
    left, full = _left(used, path, max_bytes)
    return SpoolState(
        bytes=used,
        left=left,
        deliveries=deliveries,
        requests=requests,
        oldest=None if oldest is None else max(now - datetime.fromtimestamp(oldest, UTC), timedelta()),
        full=full,
        letters=count_letters(db),
    )


def _free_bytes(path: str) -> int | None:
    if not hasattr(os, "statvfs"):
        return None
    found = os.statvfs(Path(path).parent)
    return found.f_bavail * found.f_frsize
