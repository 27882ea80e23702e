"""Bugs for processes under test: each breaks one promise, and the tests must find it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from broadcast_core.cli.files.checkpoint import Checkpoint
from broadcast_core.delivery.job import Job, Step
from broadcast_core.sending.journal import StoreJournal
from broadcast_core.sending.route_sender import Sender
from broadcast_core.sending.store import database, jobs, progress
from broadcast_core.sending.store.jobs import Target
from broadcast_core.sending.transport import Transport


def sync_less(level: str) -> None:
    """Let a commit return before the disk has it."""
    original = database._set_up

    def set_up(connection: sqlite3.Connection, *arguments: Any, **named: Any) -> None:
        original(connection, *arguments, **named)
        connection.execute(f"PRAGMA synchronous = {level}")

    database._set_up = set_up


def reuse_numbers() -> None:
    """Give the number of a row that was deleted to the next one."""
    database._TABLES = database._TABLES.replace(" AUTOINCREMENT", "")


def settle_apart() -> None:
    """Keep that a request has ended in one transaction, and what became of it in the next."""
    original = jobs.settle

    def settle(db: sqlite3.Connection, target: Target, step: Step, now: datetime) -> Any:
        if step.kept is None:
            db.execute("DELETE FROM request WHERE number = ?", (step.job.number,))
            db.execute("COMMIT")
            db.execute("BEGIN IMMEDIATE")
        return original(db, target, step, now)

    jobs.settle = settle


def plan_apart() -> None:
    """Keep the place in the input after the plan, in a transaction of its own."""
    original = Checkpoint.keep_plan

    def keep_plan(self: Checkpoint, *arguments: Any) -> None:
        later: list[Any] = []
        set_about = progress.set_about
        progress.set_about = lambda _db, values: later.append(values)
        try:
            original(self, *arguments)
        finally:
            progress.set_about = set_about
        self.store.do(lambda db: progress.set_about(db, later[0]))

    Checkpoint.keep_plan = keep_plan  # type: ignore[assignment]


def mark_late() -> None:
    """Keep that a request is being sent once it was sent."""
    mark, original = StoreJournal.begin, Sender.send
    journals: dict[int, tuple[StoreJournal, Job]] = {}

    def begin(self: StoreJournal, job: Job) -> None:
        journals[job.number or 0] = (self, job)

    def send(self: Sender, job: Job) -> Any:
        answer = original(self, job)
        mark(*journals.pop(job.number or 0))
        return answer

    StoreJournal.begin, Sender.send = begin, send  # type: ignore[method-assign]


def never_mark() -> None:
    """Keep nowhere that a request is being sent."""
    jobs.begin = lambda _db, _job: None


def share_client() -> None:
    """Use the client of the parent in a forked child."""

    def client(self: Transport) -> Any:
        return next(iter(self._own.values()))

    Transport.client = client  # type: ignore[method-assign]


BUGS: Mapping[str, Callable[[], None]] = {
    "synchronous = NORMAL": lambda: sync_less("NORMAL"),
    "synchronous = OFF": lambda: sync_less("OFF"),
    "numbers are reused": reuse_numbers,
    "the outcome apart from what is still to be sent": settle_apart,
    "the plan apart from its place in the input": plan_apart,
    "the mark after the send": mark_late,
    "no mark": never_mark,
    "a client shared with a forked child": share_client,
}
