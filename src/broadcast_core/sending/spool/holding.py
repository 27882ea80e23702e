"""What a spool can hold, and how full it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import field, frozen

from broadcast_core.sending.store import StoreFull
from broadcast_core.sending.store.database import WAL_BYTES

_FULL_AT = 0.8
"""The share of a spool that may be filled by what is accepted: the rest is for planning and for deleting."""
_RESERVE = 2 * WAL_BYTES


@frozen(kw_only=True)
class SpoolState:
    """How full a spool is: bytes on disk, deliveries not planned yet, requests not sent yet by route.

    `oldest` is the age of the oldest of them; `full` says why nothing is accepted, or None.
    """

    bytes: int = 0
    deliveries: int = 0
    requests: Mapping[str, int] = field(factory=dict)
    oldest: timedelta | None = None
    full: str | None = None

    __hash__ = None  # type: ignore[assignment]


def check_space(db: sqlite3.Connection, path: str | None, max_bytes: int | None) -> None:
    """Raise `StoreFull` where a delivery would leave too little space for the work that frees some."""
    if max_bytes is not None and used_bytes(db) > _FULL_AT * max_bytes:
        raise StoreFull(f"the spool is full: {_FULL_AT:.0%} of its {max_bytes} bytes are used")
    if path is not None and (free := _free_bytes(path)) is not None and free < _RESERVE:
        raise StoreFull("the disk is full: what is left is for deleting what was sent")


def used_bytes(db: sqlite3.Connection) -> int:
    """Return the bytes of a store that hold something."""
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def state_of(db: sqlite3.Connection, path: str | None, max_bytes: int | None, now: datetime) -> SpoolState:
    """Return how full a spool is."""
    deliveries, first = db.execute("SELECT count(*), min(at) FROM inbox").fetchone()
    requests = dict(db.execute("SELECT route, count(*) FROM request GROUP BY route"))
    since = db.execute("SELECT min(since) FROM request").fetchone()[0]
    oldest = min((one for one in (first, since) if one is not None), default=None)
    try:
        check_space(db, path, max_bytes)
        full = None
    except StoreFull as error:
        full = str(error)
    return SpoolState(
        bytes=used_bytes(db),
        deliveries=deliveries,
        requests=requests,
        oldest=None if oldest is None else max(now - datetime.fromtimestamp(oldest, UTC), timedelta()),
        full=full,
    )


def _free_bytes(path: str) -> int | None:
    if not hasattr(os, "statvfs"):
        return None
    found = os.statvfs(Path(path).parent)
    return found.f_bavail * found.f_frsize
