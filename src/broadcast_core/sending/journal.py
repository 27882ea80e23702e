"""What a sender keeps of its jobs, so that the next process goes on where it stopped."""

from __future__ import annotations

from datetime import datetime

from broadcast_core.delivery.job import Job, Step
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.delivery.route_queue import restarted
from broadcast_core.sending.store import Store
from broadcast_core.sending.store import jobs as rows
from broadcast_core.sending.store.jobs import Target

WINDOW, WINDOW_BYTES = 64, 64 * 1024 * 1024
"""How many jobs of a route are in memory, and how many bytes of bodies: the others stay in the store."""


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

    def more(self, now: datetime) -> tuple[list[Job], list[Step]]:
        """Return the jobs that come next, and steps of those that were being sent when a process ended."""
        if self._run is None:
            self._run = self._store.do(rows.next_run)
        after, target, run = self._after, self._target, self._run
        found = self._store.do(lambda db: rows.load_jobs(db, target, after, WINDOW, WINDOW_BYTES, run))
        if found:
            last = found[-1][0]
            self._after = (last.batch, last.order, last.number or 0)
        jobs = [job for job, was_sent in found if not was_sent]
        steps = [restarted(job, target.route, self._limits, now) for job, was_sent in found if was_sent]
        return jobs, steps
