"""Deliveries on their way into a store: those that come while it is busy are kept by one statement.

A statement lets go of the interpreter, which the thread that accepts has taken when it wants it back: one for
each delivery would cost more than the disk does.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from threading import Lock

from attrs import define, field

from broadcast_core.sending.spool import inbox
from broadcast_core.sending.store import Store

_TOGETHER = 64
"""The most deliveries in one statement."""


@define
class _Group:
    """Deliveries that are kept together; `kept` is done when they are on disk."""

    rows: list[inbox.Row]
    kept: Future[None] = field(factory=Future)


class Accepting:
    """Keeps deliveries in a store; `kept` is called after each group that has ended."""

    def __init__(self, store: Store, kept: Callable[[], None]) -> None:
        self._store, self._kept = store, kept
        self._lock = Lock()
        self._waiting: _Group | None = None  # posted, and not begun

    def accept(self, body: bytes, encoding: str, at: datetime) -> Future[None]:
        """Keep a delivery; the future is done when it is on disk, or fails with `StoreError`.

        Deliveries of one group share their future: they are kept together, or none of them is.
        """
        row = (at.timestamp(), encoding, body)
        with self._lock:
            group = self._waiting
            if group is not None and len(group.rows) < _TOGETHER:
                group.rows.append(row)
                return group.kept
            self._waiting = group = _Group([row])
            group.kept = self._store.post(lambda db: self._keep(db, group))
        group.kept.add_done_callback(lambda _kept: self._end(group))
        return group.kept

    def _keep(self, db: sqlite3.Connection, group: _Group) -> None:
        """Keep a group, which gets no more from now on."""
        time.sleep(0)  # whoever has more lets it in now; without that, groups are half as large
        self._close(group)
        inbox.accept(db, group.rows)

    def _end(self, group: _Group) -> None:
        self._close(group)  # where its transaction never began, nobody else joins it
        self._kept()

    def _close(self, group: _Group) -> None:
        with self._lock:
            if self._waiting is group:
                self._waiting = None
