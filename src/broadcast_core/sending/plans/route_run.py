"""The requests of one route of a plan on their way, in memory, as the queue of the route says."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from attrs import evolve

from broadcast_core.batching import Outgoing, Request, Response
from broadcast_core.delivery.dead_letters import dead_letters
from broadcast_core.delivery.failure import Failure
from broadcast_core.delivery.job import EndedItem, Job, Step
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.outcomes import DeliveryOutcome, Tally
from broadcast_core.delivery.route_queue import RouteQueue, Send, Settle, renumbered
from broadcast_core.delivery.steps import stopped
from broadcast_core.pipeline.route import Route
from broadcast_core.plugins import plugin_of
from broadcast_core.sending.route_sender import outgoing_of

_WINDOW = 64


class RouteRun:
    """One route: what goes next, what an answer makes of it, and how all of it ended.

    It stops where the route is stuck: a key that is refused, a server that is down for longer than the tries.
    """

    def __init__(
        self,
        route: Route,
        secrets: Mapping[str, str],
        limits: Limits,
        requests: Sequence[Request],
        now: datetime,
        seed: str,
    ) -> None:
        self.route, self.limits = route, limits
        self.stopped: str | None = None
        """Why it was given up before everything was tried."""
        self.outcomes: list[DeliveryOutcome] = []
        self.letters: list[bytes] = []
        self._secrets = secrets
        self._tally = Tally(route.name, requests)
        self._queue = RouteQueue(route, limits, seed=seed)
        orders = {name: n for n, name in enumerate(route.endpoints)}
        jobs = [Job(request=one, batch=0, order=orders[one.endpoint.name], since=now) for one in requests]
        self._later = deque(renumbered(sorted(jobs, key=lambda job: job.order), 1))
        self._number = len(jobs) + 1
        self._flying: dict[int, Job] = {}

    @property
    def is_over(self) -> bool:
        """Tell whether everything has ended."""
        return not self._queue and not self._later

    def next(self, now: datetime) -> Job | datetime | None:
        """Return what is to be sent now; else until when to wait, or None: for an answer."""
        while True:
            while self._later and self._queue.active < _WINDOW:
                self._queue.add((self._later.popleft(),))
            action = None if self.stopped is not None else self._queue.next(now)
            if isinstance(action, Settle):
                self._settle(action.step)
                continue
            if self.stopped is not None and not self._queue.in_flight:
                self._end_rest(self.stopped)
            if isinstance(action, Send):
                assert action.job.number is not None
                self._flying[action.job.number] = action.job
                return action.job
            return None if action is None else action.until

    def outgoing(self, job: Job, now: datetime) -> Outgoing | Failure:
        """Return what goes out of a job, or why it cannot be made."""
        return outgoing_of(job, self.route, self._secrets, now)

    def take(self, job: Job, answer: Response | Failure, now: datetime) -> None:
        """Take what came of sending a job; what comes after the end counts no more."""
        if self._flying.pop(job.number or 0, None) is None:
            return
        if isinstance(answer, Failure):
            self._settle(self._queue.failed(job, answer, now))
        else:
            self._settle(self._queue.answered(job, answer, now))

    def stop(self, why: str) -> None:
        """End everything: what is on its way may arrive."""
        self.stopped = self.stopped or why
        for job in list(self._flying.values()):
            self._settle(stopped(evolve(job, is_unknown=True), why))
        self._flying.clear()
        self._end_rest(why)

    def _end_rest(self, why: str) -> None:
        self._queue.add(self._later)
        self._later.clear()
        for step in self._queue.drain(why):
            self._settle(step)

    def _settle(self, step: Step) -> None:
        """Let a step count; one that tells that the route is stuck ends its job, and the route."""
        why = step.blocked or step.gave_up
        if why is not None:
            rest = [job for job in (step.kept, *step.parts) if job is not None]
            ended = [*step.ended, *(one for job in rest for one in stopped(job, why).ended)]
            step = evolve(step, ended=tuple(ended), kept=None, parts=())
            self.stopped = self.stopped or why
        parts = renumbered(step.parts, self._number)
        self._number += len(parts)
        self._queue.settle(step, parts)
        self._end(step.job, step.ended)

    def _end(self, job: Job, ended: Iterable[EndedItem]) -> None:
        ended = tuple(ended)
        self.outcomes += self._tally.take(ended)
        plugin = "" if all(one.status == "delivered" for one in ended) else plugin_of(self.route.destination)
        self.letters += [form.line for form in dead_letters(self.route, job, ended, plugin)]
