"""What a worker does: it takes documents into a spool, which plans and sends them, and reports how far it is.

The same in a process of its own and in a thread of the service.
"""

from __future__ import annotations

import os
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread

from attrs import define, frozen

from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.place import needs_http
from broadcast_core.pipeline.route import Route
from broadcast_core.secrets import HashKeys, Secrets
from broadcast_core.sending.client import Client
from broadcast_core.sending.clock import utc_now
from broadcast_core.sending.queue.counters import Report
from broadcast_core.sending.spool.engine import Spool, SpoolRoutes
from broadcast_core.sending.spool.planner_loop import PlanIn
from broadcast_core.sending.store import StoreBusy, StoreError
from broadcast_core.traces.let_out import Join

PATTERN = "{pid}"
STUCK = 3
"""The exit code of a worker process that cannot end its planning otherwise."""
_NUMBER = re.compile(r"[0-9]+(-[0-9]+)?")
_TICK, _LOOK = 0.03, 1.0  # seconds between two reports, and two looks at what only waits for an answer
_AGAIN = 0.2  # seconds until a full spool is asked again
_SHARE = 0.1  # of the time at most goes into looking how far it is


@frozen(kw_only=True)
class Task:
    """What a worker is to do: the routes with all that they need, and the file of its spool.

    A path with `{pid}` is one of several: it takes over a file that nobody uses, or makes one.
    """

    routes: tuple[Route, ...]
    secrets: Mapping[str, Secrets]
    hash_keys: HashKeys
    limits: Limits
    path: str | None
    max_bytes: int
    process: int
    plan_in: PlanIn = "thread"
    join: Join | None = None

    __hash__ = None  # type: ignore[assignment]


@define
class _Taken:
    """A document that is on its way into the spool."""

    number: int
    body: bytes
    is_kept: bool = False
    again: float | None = None
    error: BaseException | None = None


class Intake:
    """Takes documents, numbered as they come; `notify` gets a report whenever there is something new.

    `note` gets lines for the person in charge; `stuck` is called where planning in a thread does not end.
    Raise `StoreError` for a spool that cannot be used.
    """

    def __init__(
        self,
        task: Task,
        notify: Callable[[Report], None],
        note: Callable[[str], None] = lambda _line: None,
        stuck: Callable[[], None] = lambda: None,
    ) -> None:
        self._tell = notify
        self._changed = Condition()
        self._taken: deque[_Taken] = deque()
        self._confirmed = 0
        self._is_new = True
        self._is_ended = False
        self._client = Client(timeout=task.limits.timeout, http=needs_http(task.routes))
        self._path, self._spool = _spool(task, self._client, self._ended, note, stuck)
        self._last: Report | None = None
        self.report()
        self._reporter = Thread(target=self._report_for_ever, name="broadcast-reports", daemon=True)
        self._reporter.start()

    def take(self, number: int, body: bytes) -> None:
        """Put a document into the spool; it is confirmed by a report, once it is kept."""
        taken = _Taken(number, body)
        with self._changed:
            self._taken.append(taken)
        self._put(taken)

    def report(self) -> Report:
        """Tell how far it is, where that has changed."""
        with self._changed:
            confirmed = self._confirmed
        state, counts, unread = self._spool.look()
        report = Report(
            confirmed=confirmed,
            unplanned=state.deliveries,
            unread=unread,
            routes=counts,
            trouble=self._spool.troubles(),
            path=self._path,
        )
        if report != self._last:
            self._last = report
            self._tell(report)
        return report

    def finish(self, seconds: float) -> None:
        """Send what there is, within some seconds, tell how far it came, and stop."""
        until = _clock() + seconds
        with self._changed:
            while self._taken and (left := until - _clock()) > 0:
                self._changed.wait(min(left, _TICK))
        self._spool.drain(max(0.0, until - _clock()))
        with self._changed:
            self._is_ended = True
            self._changed.notify_all()
        self._reporter.join(1)
        self.report()
        self._spool.close(_AGAIN)
        self._client.close()

    def _put(self, taken: _Taken) -> None:
        future = self._spool.accept(taken.body, encoding="identity", at=utc_now())
        future.add_done_callback(lambda done: self._kept(taken, done))

    def _kept(self, taken: _Taken, done: Future[None]) -> None:
        error = done.exception()
        with self._changed:
            if error is None:
                taken.is_kept = True
                while self._taken and self._taken[0].is_kept:
                    self._confirmed = self._taken.popleft().number
            else:  # a full spool, or a disk that fails: what is sent meanwhile makes space
                taken.again = _clock() + _AGAIN
            self._is_new = True
            self._changed.notify_all()

    def _ended(self, _outcomes: object) -> None:
        with self._changed:
            self._is_new = True
            self._changed.notify_all()

    def _report_for_ever(self) -> None:
        poll: float | None = None
        while self._wait(poll):
            began = _clock()
            self._try_again()
            try:
                report = self.report()
            except (StoreError, OSError):  # a disk that fails, whose spool says so: it may pass
                with self._changed:
                    self._is_new = True
                    self._changed.wait_for(lambda: self._is_ended, _LOOK)
                continue
            pause = max(_TICK, (_clock() - began) / _SHARE)
            is_sending = any(counts.get("waiting") for counts in report.routes.values())
            poll = 0.0 if report.unplanned or self._taken else _LOOK if is_sending else None
            with self._changed:
                self._changed.wait_for(lambda: self._is_ended, pause)

    def _wait(self, poll: float | None) -> bool:
        """Wait for something new, for some time at most; tell whether to go on."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_new or self._is_ended, poll)
            self._is_new = False
            return not self._is_ended

    def _try_again(self) -> None:
        now = _clock()
        with self._changed:
            some = [one for one in self._taken if one.again is not None and one.again <= now]
            for one in some:
                one.again = None
        for one in some:
            self._put(one)


def _spool(
    task: Task,
    client: Client,
    ended: Callable[[object], None],
    note: Callable[[str], None],
    stuck: Callable[[], None],
) -> tuple[str | None, Spool]:
    """Return a spool and its file: where there may be several, the first that nobody else uses."""
    routes = SpoolRoutes(
        routes=task.routes,
        secrets=task.secrets,
        hash_keys=task.hash_keys,
        limits=task.limits,
        join=task.join,
    )

    def made(path: str | None) -> Spool:
        return Spool(
            path,
            routes,
            client,
            max_bytes=task.max_bytes,
            plan_in=task.plan_in,
            ended=ended,
            report=note,
            stuck=stuck,
        )

    if task.path is None or PATTERN not in task.path:
        return task.path, made(task.path)
    for path in _left_behind(task.path):
        try:
            return path, made(path)
        except StoreError:
            continue  # another process has it
    path, n = task.path.replace(PATTERN, str(task.process)), 0
    while True:
        with suppress(StoreBusy):  # another has the number too, as in another container
            return path, made(path)
        n += 1
        path = task.path.replace(PATTERN, f"{task.process}-{n}")


def _left_behind(pattern: str) -> list[str]:
    """Return the files of a pattern that are there."""
    head, _, tail = pattern.rpartition(PATTERN)
    begin = Path(head + "x").name[:-1]
    folder = Path(head + "x").parent
    names = [one.name for one in folder.iterdir()] if folder.is_dir() else []
    ours = [name for name in names if name.startswith(begin) and name.endswith(tail)]
    return sorted(
        str(folder / name) for name in ours if _NUMBER.fullmatch(name[len(begin) : len(name) - len(tail)])
    )


def _clock() -> float:
    return time.monotonic()  # noqa: TID251  # a deadline is of this process alone


def absolute(path: str) -> str:
    """Return a path that holds wherever a worker runs."""
    return os.path.abspath(path)
