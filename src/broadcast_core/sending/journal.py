"""What a sender keeps of its jobs, so that the next process goes on where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from broadcast_core.delivery.job import Job, Step
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.delivery.route_queue import restarted
from broadcast_core.sending.store import Store
from broadcast_core.sending.store import jobs as rows
from broadcast_core.sending.store.foreign import give_up
from broadcast_core.sending.store.jobs import Change, Target

WINDOW, WINDOW_BYTES = 64, 64 * 1024 * 1024
"""How many jobs of a route are in memory, and how many bytes of bodies: the others stay in the store."""


@frozen(kw_only=True)
class More:
    """Jobs that come next, steps of those that were being sent when a process ended, and what has ended.

    `is_last` tells that the journal has nothing more at the moment.
    """

    jobs: tuple[Job, ...] = ()
    steps: tuple[Step, ...] = ()
    changes: tuple[Change, ...] = ()
    is_last: bool = False

    __hash__ = None  # type: ignore[assignment]


class StoreJournal:
    """The jobs of one route in a store."""

    def __init__(self, store: Store, target: Target, limits: Limits) -> None:
        self._store = store
        self._target = target
        self._limits = limits
        self._after = (0, 0, 0)
        self._run: int | None = None

    def begin(self, job: Job) -> None:
        """Keep that a job is being sent, before its first byte goes."""
        self._store.do(lambda db: rows.begin(db, job))

    def settle(self, step: Step, now: datetime) -> tuple[tuple[Job, ...], list[DeliveryOutcome]]:
        """Keep a step; return its parts with their numbers, and the outcomes that are complete."""
        return self._store.do(lambda db: rows.settle(db, self._target, step, now, self._run))

    def suspend(self, job: Job) -> None:
        """Keep a job for a later run."""
        self._store.do(lambda db: rows.suspend(db, job))

    def more(self, now: datetime) -> More:
        """Return what comes next; what is not of the route any more has ended as undelivered by then."""
        if self._run is None:
            self._run = self._store.do(rows.next_run)
        after, target, run = self._after, self._target, self._run
        found = self._store.do(lambda db: rows.load_jobs(db, target, after, WINDOW, WINDOW_BYTES, run))
        changes: Sequence[Change] = ()
        if found.unusable:
            changes = self._store.do(lambda db: give_up(db, target, found.unusable, now))
        self._after = found.after or after
        return More(
            jobs=tuple(job for job, was_sent in found.jobs if not was_sent),
            steps=tuple(
                restarted(job, target.route, self._limits, now) for job, was_sent in found.jobs if was_sent
            ),
            changes=tuple(changes),
            is_last=found.after is None,
        )
