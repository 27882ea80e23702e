"""Bugs for relays under test: each breaks one promise, and the tests must find it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from broadcast_core.delivery.job import Step
from broadcast_core.sending.spool import inbox, planner_loop
from broadcast_core.sending.spool.engine import Spool
from broadcast_core.sending.spool.planning import PlannedGroup
from broadcast_core.sending.store import database, jobs, progress
from broadcast_core.sending.store.jobs import Target

LATE = 0.02


def between() -> None:
    """Be where a bug has made two transactions of one."""


def answer_first() -> None:
    """Say that a delivery is kept, and keep it a little later."""
    original = Spool.accept

    def accept(self: Spool, *arguments: Any, **named: Any) -> Future[int]:
        threading.Timer(LATE, lambda: original(self, *arguments, **named)).start()
        kept: Future[int] = Future()
        kept.set_result(0)
        return kept

    Spool.accept = accept  # type: ignore[method-assign]


def sync_less() -> None:
    """Let a commit return before the disk has it."""
    original = database._set_up

    def set_up(connection: sqlite3.Connection, *arguments: Any, **named: Any) -> None:
        original(connection, *arguments, **named)
        connection.execute("PRAGMA synchronous = NORMAL")

    database._set_up = set_up


def reuse_numbers() -> None:
    """Give the number of a row that was deleted to the next one."""
    database._TABLES = database._TABLES.replace(" AUTOINCREMENT", "")


def move_cursors_apart() -> None:
    """Keep how far a plan has come in one transaction, and its requests in the next."""
    original = planner_loop.keep_group

    def keep(
        db: sqlite3.Connection, group: PlannedGroup, some: Sequence[Any], names: Sequence[str], *more: Any
    ) -> None:
        inbox.move_cursors(db, names, some[-1].number)
        db.execute("COMMIT")
        between()
        db.execute("BEGIN IMMEDIATE")
        original(db, group, some, names, *more)

    planner_loop.keep_group = keep


def keep_state_apart() -> None:
    """Keep what was planned in one transaction, and the state of open traces in the next."""
    original, put_state = planner_loop.keep_group, progress.put_state

    def keep(db: sqlite3.Connection, *arguments: Any) -> None:
        later: list[Any] = []
        progress.put_state = lambda *some: later.append(some)
        try:
            original(db, *arguments)
        finally:
            progress.put_state = put_state
        db.execute("COMMIT")
        between()
        db.execute("BEGIN IMMEDIATE")
        for some in later:
            put_state(*some)

    planner_loop.keep_group = keep


def settle_apart() -> None:
    """Keep that a request has ended in one transaction, and what became of it in the next."""
    original = jobs.settle

    def settle(db: sqlite3.Connection, target: Target, step: Step, now: datetime, run: Any = None) -> Any:
        if step.kept is None:
            db.execute("DELETE FROM request WHERE number = ?", (step.job.number,))
            db.execute("COMMIT")
            between()
            db.execute("BEGIN IMMEDIATE")
        return original(db, target, step, now, run)

    jobs.settle = settle


BUGS: Mapping[str, Callable[[], None]] = {
    "the answer before the commit": answer_first,
    "synchronous = NORMAL": sync_less,
    "numbers are reused": reuse_numbers,
    "the place in the inbox apart from the requests": move_cursors_apart,
    "the state apart from the requests": keep_state_apart,
    "the outcome apart from its request": settle_apart,
}
