"""Which request of a route goes next, and when.

Requests of one plan go in the order of their endpoints, and those of one endpoint in the order of the plans:
a request waits for those. One that has failed often is parked, and nobody waits for it. While the route
fails, one request at a time asks whether it is back, after a wait.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from attrs import evolve, frozen

from broadcast_core.batching import Response
from broadcast_core.delivery import steps
from broadcast_core.delivery.failure import Failure
from broadcast_core.delivery.job import Job, Step
from broadcast_core.delivery.limits import LONGEST_ASKED_WAIT, Limits
from broadcast_core.pipeline.route import Route


@frozen
class Send:
    """A job goes now: `job.follow_up` where it has one, else its request, for the `job.tries`-th time."""

    job: Job

    __hash__ = None  # type: ignore[assignment]


@frozen
class Settle:
    """A job ends, or changes, without being sent."""

    step: Step

    __hash__ = None  # type: ignore[assignment]


@frozen
class Wait:
    """Nothing goes before a time; None: before something that is being sent has ended."""

    until: datetime | None


Action: TypeAlias = Send | Settle | Wait


MOST_SUSPICIONS = 12
"""How many blocked requests in a row, while nothing passes, may be at fault themselves."""


class RouteQueue:
    """The jobs of one route that are still to be sent. Whoever owns it obeys `next`, and settles each step.

    A step is settled once it is kept, so that what a crash forgets was never relied on.
    """

    def __init__(self, route: Route, limits: Limits, *, seed: str, jobs: Iterable[Job] = ()) -> None:
        self._route = route
        self._limits = limits
        self._seed = seed
        self._waiting: dict[int, Job] = {}
        self._sent: dict[int, Job] = {}
        self._hold: datetime | None = None
        self._asked: datetime | None = None  # as the platform said; nothing that passes ends it
        self._failures = 0
        self._passes = 0
        self._passes_at_failure: dict[int, int] = {}
        self._suspicions = 0
        self.stuck: str | None = None
        """Why nothing passes: blocked, or the tries of a request have ended. None once something passes."""
        self.trouble: str | None = None
        """Why the last request failed, with the whole route; None once one is answered."""
        self.add(jobs)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._sent)

    def __bool__(self) -> bool:
        return len(self) > 0

    @property
    def active(self) -> int:
        """How many jobs are not parked, and a part of the parked ones: they fill no window for ever."""
        parked = sum(job.is_parked for job in self._waiting.values())
        return len(self) - parked + parked // 8

    @property
    def hold(self) -> tuple[datetime, str] | None:
        """Until when nothing of the route is sent, and why; None where it goes on."""
        return None if self._hold is None else (self._hold, self.trouble or "")

    @property
    def in_flight(self) -> int:
        """How many jobs are being sent."""
        return len(self._sent)

    def add(self, jobs: Iterable[Job]) -> None:
        """Take jobs that have a number."""
        for job in jobs:
            assert job.number is not None
            self._waiting[job.number] = job

    def next(self, now: datetime) -> Action:
        """Return what to do now; a job that is sent counts as being sent until it is settled."""
        job = self._eligible(now) if self._may_send(now) else None
        if job is None:
            return Wait(self._next_moment(now))
        assert job.number is not None
        del self._waiting[job.number]
        self._sent[job.number] = job
        if (step := steps.before_sending(job, self._situation(job, now))) is not None:
            return Settle(step)
        self._sent[job.number] = begun = job.begun()
        return Send(begun)

    def answered(self, job: Job, response: Response, now: datetime) -> Step:
        """Return what an answer makes of a job that was sent."""
        return steps.answered(job, response, self._situation(job, now))

    def failed(self, job: Job, failure: Failure, now: datetime) -> Step:
        """Return what a request without an answer makes of its job."""
        return steps.failed(job, failure, self._situation(job, now))

    def suspected(self, job: Job, why: str, now: datetime) -> Step | None:
        """Return what becomes of a blocked job although the connection test passes; None: it stays blocked.

        A route on which nothing passes is blocked all the same after a few of them.
        """
        if self._suspicions >= MOST_SUSPICIONS:
            return None
        return steps.suspected(job, why, self._situation(job, now))

    def settle(self, step: Step, parts: Iterable[Job]) -> None:
        """Take a step that was kept; `parts` are those of the step with their numbers."""
        number, parts = step.job.number, tuple(parts)
        assert number is not None
        self._sent.pop(number, None)
        self._waiting.pop(number, None)
        if step.kept is not None:
            self.add((step.kept,))
        else:
            at_failure = self._passes_at_failure.pop(number, self._passes if step.is_suspect else None)
            if at_failure is not None:  # what was split since it failed is under the same doubt
                self._passes_at_failure |= {part.number or 0: at_failure for part in parts}
        self.add(parts)
        self._remember(step, number)

    def suspend(self, step: Step) -> None:
        """Give up a job that is kept for later, and say why the route does not go on."""
        assert step.job.number is not None
        self._sent.pop(step.job.number, None)
        self.stuck = step.blocked or step.gave_up

    def drain(self, why: str) -> list[Step]:
        """Return the steps that end all jobs which are not being sent, in their order."""
        return [steps.stopped(job, why) for job in sorted(self._waiting.values(), key=_in_order)]

    def _remember(self, step: Step, number: int) -> None:
        """Keep what a step says of the route."""
        self._passes += step.passed
        self._suspicions = 0 if step.passed else self._suspicions + step.is_suspect
        if step.is_asked and step.hold is not None:
            self._asked = step.hold if self._asked is None else max(self._asked, step.hold)
        if step.reached:
            self._failures, self._hold, self.stuck, self.trouble = 0, None, None, None
            return
        if step.hold is not None or step.gave_up is not None:
            self._failures += 1
            self._hold = step.hold
            self.trouble = step.why or step.gave_up
        if step.kept is not None and step.job.tries:
            self._passes_at_failure.setdefault(number, self._passes)
        self.stuck = step.blocked or step.gave_up or self.stuck

    def _situation(self, job: Job, now: datetime) -> steps.Situation:
        at_failure = self._passes_at_failure.get(job.number or 0, self._passes)
        return steps.Situation(
            route=self._route,
            limits=self._limits,
            now=now,
            seed=self._seed,
            others_passed=self._passes > at_failure,
            failures=self._failures,
        )

    def _may_send(self, now: datetime) -> bool:
        return self._held_until(now) is None and len(self._sent) < (
            1 if self._failures else self._limits.concurrency
        )

    def _eligible(self, now: datetime) -> Job | None:
        """Return the first job that waits for no other, and whose own wait is over; parked ones come last."""
        free = [job for job in self._free() if _is_due(job.not_before, now)]
        return min(free, key=lambda job: (job.is_parked, _in_order(job)), default=None)

    def _free(self) -> list[Job]:
        """Return the jobs that wait for no other."""
        before = [job for job in (*self._waiting.values(), *self._sent.values()) if not job.is_parked]
        first_order: dict[int, int] = {}
        first_batch: dict[int, int] = {}
        for job in before:
            first_order[job.batch] = min(first_order.get(job.batch, job.order), job.order)
            first_batch[job.order] = min(first_batch.get(job.order, job.batch), job.batch)
        return [
            job
            for job in self._waiting.values()
            if job.order <= first_order.get(job.batch, job.order)
            and job.batch <= first_batch.get(job.order, job.batch)
        ]

    def _next_moment(self, now: datetime) -> datetime | None:
        """Return when a job may go, as far as only the clock decides."""
        if len(self._sent) >= (1 if self._failures else self._limits.concurrency):
            return None
        moments = [now if _is_due(one := job.not_before, now) else one for job in self._free()]
        if not moments:
            return None
        first = min(moment for moment in moments if moment is not None)
        held = self._held_until(now)
        return first if held is None else max(first, held)

    def _held_until(self, now: datetime) -> datetime | None:
        """Return until when nothing of the route goes; None where it may."""
        waits = [one for one in (self._hold, self._asked) if one is not None and not _is_due(one, now)]
        return max(waits, default=None)


def _is_due(moment: datetime | None, now: datetime) -> bool:
    """Tell whether a wait is over; so is one that is longer than any, since the clock was set back."""
    return moment is None or moment <= now or moment - now > LONGEST_ASKED_WAIT


def _in_order(job: Job) -> tuple[int, int, int]:
    return job.batch, job.order, job.number or 0


def restarted(job: Job, route: Route, limits: Limits, now: datetime) -> Step:
    """Return what becomes of a job that was being sent when its process ended."""
    return steps.restarted(job, steps.Situation(route=route, limits=limits, now=now, seed=""))


def renumbered(jobs: Iterable[Job], first: int) -> tuple[Job, ...]:
    """Return jobs with numbers from one on."""
    return tuple(evolve(job, number=first + n) for n, job in enumerate(jobs))
