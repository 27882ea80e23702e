"""Sends the jobs of one route in threads, as its queue says, and keeps each step before it counts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from attrs import evolve, frozen

from broadcast_core.batching import Outgoing, Response
from broadcast_core.delivery import prepare
from broadcast_core.delivery.failure import Failure
from broadcast_core.delivery.job import Job, Step
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.route_queue import RouteQueue, Send, Settle
from broadcast_core.errors import BroadcastError
from broadcast_core.pipeline.plugin_faults import FROM_OUTSIDE, blame
from broadcast_core.pipeline.route import Route
from broadcast_core.sending.checking import Exchanges
from broadcast_core.sending.journal import WINDOW, StoreJournal
from broadcast_core.sending.store import StoreError
from broadcast_core.sending.store.jobs import Change
from broadcast_core.sending.threads import SendingThreads

_LONGEST_SLEEP = timedelta(seconds=60)
_STORE_PAUSE = 0.5  # seconds before a store that failed is asked again
T = TypeVar("T")


@frozen(kw_only=True)
class Sender:
    """What a route is sent with: its secrets and limits, a client, and the clock, which gives UTC."""

    route: Route
    secrets: Mapping[str, str]
    limits: Limits
    client: Exchanges
    clock: Callable[[], datetime]

    __hash__ = None  # type: ignore[assignment]

    def timed(self) -> Sender:
        """Return it with the time limit of the route, where its client has one."""
        within = getattr(self.client, "within", None)
        return self if within is None else evolve(self, client=within(self.limits.timeout))

    def send(self, job: Job) -> Response | Failure:
        """Return what came of sending a job; one that cannot be made is not sent, and tells why."""
        outgoing = outgoing_of(job, self.route, self.secrets, self.clock())
        return outgoing if isinstance(outgoing, Failure) else self.client.exchange(outgoing)


def outgoing_of(job: Job, route: Route, secrets: Mapping[str, str], now: datetime) -> Outgoing | Failure:
    """Return what goes out of a job, or why it cannot be made."""
    request = job.request if job.follow_up is None else job.follow_up
    try:
        return prepare(request, route, secrets, now=now, attempt=job.tries)
    except BroadcastError as error:
        return Failure(kind="prepare", why=str(error), may_have_arrived=False)
    except FROM_OUTSIDE:
        raise
    except BaseException as error:  # noqa: BLE001  # code of a plugin, and whatever it raises
        return Failure(kind="prepare", why=blame(route.destination, error), may_have_arrived=False)


class RouteSender:
    """Sends the jobs of one route that a journal has, until it is stopped or nothing is left.

    `ends` stops it when nothing is left, or when the route is stuck: a key that is refused, a server that is
    down for longer than the tries. What is stuck stays in the journal. `works` makes the connection test:
    where that passes although a request is blocked, it may be the request. `report` gets what each step has
    changed once it was kept. Both are called in threads of this sender. While the store fails, as on a full
    disk, a sender that does not end waits for it.
    """

    def __init__(
        self,
        sender: Sender,
        journal: StoreJournal,
        *,
        seed: str,
        ends: bool,
        works: Callable[[], bool] = lambda: False,
        report: Callable[[Change], None] = lambda _change: None,
    ) -> None:
        self.route = sender.route
        self._sender = sender.timed()
        self._journal = journal
        self._ends = ends
        self._works = works
        self._report = report
        self._queue = RouteQueue(sender.route, sender.limits, seed=seed)
        self._changed = threading.Condition()
        self._is_complete = not ends
        self._stopping = threading.Event()
        self._store_trouble: str | None = None
        self._has_more = True
        self.stuck: str | None = None
        """Why the route does not go on: it is blocked, or does not answer."""
        self.fault: BaseException | None = None
        """What ended the sender, where something did that should not: the store cannot be written."""
        self._pool = SendingThreads(sender.limits.concurrency, "broadcast-send")
        self._thread = threading.Thread(target=self._run, name=f"broadcast-{self.route.name}", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """Tell it that there are more jobs."""
        with self._changed:
            self._has_more = True
            self._changed.notify_all()

    def complete(self) -> None:
        """Tell it that no more jobs will come."""
        with self._changed:
            self._is_complete = True
            self._has_more = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Let it send nothing more; what is on its way is answered first."""
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until it has ended; tell whether it has, as one that never began."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def trouble(self) -> str | None:
        """Why the route does not go on at the moment; None where it does."""
        if self.fault is not None:
            return f"it ended: {self.fault}"
        return self._store_trouble or self._queue.trouble

    @property
    def hold(self) -> tuple[datetime, str] | None:
        """Until when it sends nothing, and why, as after an answer that says when to come again."""
        return self._queue.hold

    @property
    def is_running(self) -> bool:
        """Tell whether it has not ended yet."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        except BaseException as error:  # noqa: BLE001  # the thread ends, and its owner is told why
            self.fault = error
        finally:
            self._pool.finish()

    def _turn(self) -> bool:
        """Do the next thing; tell whether there is more to do."""
        self._fill()
        with self._changed:
            if self._is_over():
                return False
            now = self._sender.clock()
            action = self._queue.next(now) if not self._must_stop() else None
            if not isinstance(action, Send | Settle):
                if self._wants_more():
                    return True  # told so since it was looked for
                self._sleep(None if action is None else action.until, now)
                return True
        if isinstance(action, Settle):
            self._keep(action.step)
        else:
            job = action.job
            self._in_store(lambda: self._journal.begin(job))
            self._pool.submit(self._exchange, action.job)
        return True

    def _must_stop(self) -> bool:
        return (
            self._stopping.is_set()
            or self.fault is not None
            or (self._ends and self._queue.stuck is not None)
        )

    def _is_over(self) -> bool:
        if self._queue.in_flight:
            return False
        if self._must_stop():
            self.stuck = self._queue.stuck
            return True
        return self._is_complete and self._ends and not self._queue and not self._has_more

    def _fill(self) -> None:
        """Take jobs from the journal while few are in memory."""
        with self._changed:
            is_wanted = self._wants_more()
            self._has_more = self._has_more and not is_wanted
        if not is_wanted:
            return
        more = self._in_store(lambda: self._journal.more(self._sender.clock()))
        for change in more.changes:
            self._report(change)
        for step in more.steps:
            self._keep(step)
        with self._changed:
            self._queue.add(more.jobs)
            self._has_more = self._has_more or not more.is_last

    def _wants_more(self) -> bool:
        return self._has_more and not self._must_stop() and self._queue.active < WINDOW // 2

    def _sleep(self, until: datetime | None, now: datetime) -> None:
        wait = _LONGEST_SLEEP if until is None else min(max(until - now, timedelta()), _LONGEST_SLEEP)
        self._changed.wait(wait.total_seconds())

    def _exchange(self, job: Job) -> None:
        try:
            answer = self._sender.send(job)
            now = self._sender.clock()
            with self._changed:
                if isinstance(answer, Failure):
                    step = self._queue.failed(job, answer, now)
                else:
                    step = self._queue.answered(job, answer, now)
            self._keep(self._judged(job, step))
        except BaseException as error:  # noqa: BLE001  # told by the thread of the route
            with self._changed:
                self.fault = self.fault or error
                self._queue.suspend(Step(job=job))
                self._changed.notify_all()

    def _judged(self, job: Job, step: Step) -> Step:
        """Return a step; where the route works although it blocked this request, that of one under doubt."""
        why = step.blocked
        if why is None or not self._ends or not self._works():
            return step
        with self._changed:
            return self._queue.suspected(job, why, self._sender.clock()) or step

    def _keep(self, step: Step) -> None:
        """Keep a step, then let it count; what is stuck for this run is kept for the next."""
        if self._ends and (step.gave_up is not None or step.blocked is not None):
            self._journal.suspend(step.job if step.kept is None else step.kept)
            with self._changed:
                self._queue.suspend(step)
                self._changed.notify_all()
            return
        parts, outcomes = self._in_store(lambda: self._journal.settle(step, self._sender.clock()))
        with self._changed:
            self._queue.settle(step, parts)
            self._changed.notify_all()
        self._report(Change.of_step(step, outcomes))

    def _in_store(self, work: Callable[[], T]) -> T:
        """Return what some work on the journal returns; a sender that does not end waits for a store."""
        while True:
            try:
                found = work()
            except StoreError as error:
                if self._ends or self._stopping.is_set():
                    raise
                self._store_trouble = str(error)
                self._stopping.wait(_STORE_PAUSE)
            else:
                self._store_trouble = None
                return found
