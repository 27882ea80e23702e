"""The queue that a service offers generations to: it takes them, and a worker plans and sends them."""

from __future__ import annotations

import asyncio
import atexit
import math
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from queue import SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self

from attrs import evolve

from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.place import needs_http
from broadcast_core.errors import ArgumentError, ArgumentTypeError, MissingPackage
from broadcast_core.pipeline.route import Route
from broadcast_core.processes import close_with_process
from broadcast_core.record.generation import Generation
from broadcast_core.secrets import HashKeys, SecretsByRoute
from broadcast_core.sending.queue.counters import Counters, Totals
from broadcast_core.sending.queue.forks import at_fork
from broadcast_core.sending.queue.intake import PATTERN, Task, absolute
from broadcast_core.sending.queue.mover import Close, Mover, clock
from broadcast_core.sending.queue.offers import Offers
from broadcast_core.sending.queue.worker import Tell, Worker, WorkerProcess, WorkerThreads, pickled
from broadcast_core.sending.spool.planner_loop import PlanIn
from broadcast_core.traces.let_out import Join, check_join

_MB = 1024 * 1024
_IN_MEMORY, _ON_DISK = 256 * _MB, 1024 * _MB
_LONGEST = 86_400.0  # seconds that a deadline is at most
_LAST_MOMENTS = 2.0  # seconds after the deadline in which a worker is ended


class DeliveryQueue:
    """Takes generations and sends them to every route, from a worker process of its own.

    `offer` never waits. What it takes is held here, `max_items` and `max_bytes` at most, until the worker has
    it: on disk where `spool` is a file, else in the worker, `max_spool_bytes` at most. With `{pid}` in its
    name each process of a service has a file of its own, and takes over those that nobody uses.

    A forked child begins with an empty queue, counts of zero and a worker of its own. A file without `{pid}`
    stays the parent's: the child keeps what it is offered in memory.

    `plan_in="thread"` plans and sends in threads of this process, for services that cannot start another;
    while they are busy, everything else here is slow. With `join` what several sources tell of one generation
    is joined, as `plan` does. `deadline` is how many seconds the end may take.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        secrets: Mapping[str, Mapping[str, str]] | None = None,
        *,
        hash_keys: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        max_items: int = 10_000,
        max_bytes: int = 64 * _MB,
        spool: str | os.PathLike[str] | None = None,
        max_spool_bytes: int | None = None,
        plan_in: PlanIn = "process",
        join: Join | None = None,
        deadline: float = 5.0,
    ) -> None:
        if plan_in not in ("process", "thread"):
            raise ArgumentError(f'plan_in: expected "process" or "thread", got {plan_in!r}')
        for name, value in (("max_items", max_items), ("max_bytes", max_bytes), ("deadline", deadline)):
            _check_positive(name, value)
        if max_spool_bytes is not None:
            _check_positive("max_spool_bytes", max_spool_bytes)
        check_join(join)
        path = None if spool is None else _checked_path(spool)
        found, by_route = _checked_routes(routes), SecretsByRoute(secrets)
        self._task = Task(
            routes=found,
            secrets={route.name: by_route.of(route.name) for route in found},
            hash_keys=HashKeys(hash_keys),
            limits=Limits(tries=None) if limits is None else limits,
            path=path,
            max_bytes=max_spool_bytes or (_IN_MEMORY if path is None else _ON_DISK),
            process=os.getpid(),
            join=join,
        )
        self._limits = (max_items, max_bytes)
        self._plan_in, self._deadline = plan_in, float(deadline)
        if plan_in == "process":
            pickled(self._task, deadline, None)
        if needs_http(found) and find_spec("httpx2") is None:
            raise MissingPackage("sending needs the package httpx2: pip install 'broadcast-core[send]'")
        self._of_parents: list[object] = []
        self._begin(is_closed=False)
        at_fork(self)
        atexit.register(self._at_exit)

    def offer(self, generation: Generation | bytes) -> bool:
        """Take a generation, or one document of any dialect that `readers.read_text` reads.

        Return False, and count why, when the queue is full or closed or this is neither. Never wait, never
        raise.
        """
        if self._process != os.getpid():
            self.forked()
        is_taken = self._offers.take(generation)
        if is_taken and self._thread is None:
            self._start()
        return is_taken

    @property
    def counters(self) -> Counters:
        """What became of everything that was offered in this process."""
        return evolve(self._totals.counters(), **self._offers.counts())

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why routes do not go on at the moment, by their names."""
        return self._totals.last.trouble

    def close(self, deadline: float | None = None) -> Counters:
        """Take nothing more, send what there is within some seconds, and return the counts.

        What could not be sent by then waits on disk for the next queue of the spool; without one it is lost.
        A worker that hangs then is ended within two seconds more.
        """
        given = self._deadline if deadline is None else deadline
        until = clock() + (given if given <= _LONGEST else _LONGEST)
        atexit.unregister(self._at_exit)
        offers = self._offers
        offers.close(Close(until))
        if self._starting.acquire(timeout=1):
            self._starting.release()
        if self._thread is not None:
            self._thread.join(max(0.0, until - clock()) + _LAST_MOMENTS)
            self._listening.put(None)
        elif offers.items:
            self._move_here(until)
        return self.counters

    async def aclose(self, deadline: float | None = None) -> Counters:
        """Close it in a thread, so that the event loop goes on; else as `close`."""
        return await asyncio.to_thread(self.close, deadline)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise ArgumentTypeError("a queue is not pickled: make one in each process, or fork")

    def forked(self) -> None:
        """Begin anew in a child: what waits is the parent's, and so are its worker and the file of its spool.

        The parent's side is kept: what is thrown away would be closed.
        """
        self._of_parents += [self._mover, self._offers]
        path = self._task.path
        if path is not None and PATTERN not in path:
            self._task = evolve(self._task, path=None, max_bytes=min(self._task.max_bytes, _IN_MEMORY))
        self._task = evolve(self._task, process=os.getpid())
        self._begin(is_closed=self._offers.is_closed)

    def _begin(self, *, is_closed: bool) -> None:
        self._process = os.getpid()
        self._offers = Offers(*self._limits, is_closed=is_closed)
        self._totals = Totals()
        self._listening: SimpleQueue[Any] = SimpleQueue()
        self._mover = Mover(self._offers, self._totals, self._make, largest=self._largest)
        self._starting = Lock()
        self._thread: Thread | None = None

    @property
    def _largest(self) -> int:
        """How many bytes a document may have: a quarter of the spool, since a quarter may be dead letters."""
        return self._task.max_bytes // 4

    def _start(self) -> None:
        """Start the threads, once; the one that listens first, since the end of a program refuses others."""
        if not self._starting.acquire(blocking=False):
            return  # somebody does, and it may be whom this interrupts
        try:
            if self._thread is None and not self._offers.is_closed:
                Thread(target=_listen, args=(self._listening,), name="broadcast-worker", daemon=True).start()
                thread = Thread(target=_move, args=(self._mover,), name="broadcast-queue", daemon=True)
                thread.start()
                self._thread = thread
                close_with_process(self.close, after=0)
        except RuntimeError:
            return  # the program ends: `close` moves what there is
        finally:
            self._starting.release()

    def _make(self, notify: Tell, *, isolated: bool) -> Worker:
        task = self._task_of(isolated)
        if self._plan_in == "thread":
            return WorkerThreads(task, self._deadline, notify)
        return WorkerProcess(task, self._deadline, notify, self._listening.put)

    def _task_of(self, isolated: bool) -> Task:
        """Return what the next worker is to do; of several files it goes on with the one that it had."""
        path = self._totals.last.path or self._task.path
        return evolve(self._task, path=path, plan_in="process" if isolated else "thread")

    def _move_here(self, until: float) -> None:
        """Move what was offered in this thread, when no other can be started any more."""

        def make(notify: Tell, *, isolated: bool) -> Worker:
            task, lifetime = self._task_of(isolated), max(0.1, until - clock())
            return WorkerProcess(task, lifetime, notify, self._listening.put, lifetime=lifetime)

        def listen() -> None:
            self._listening.get_nowait()()

        largest = self._largest
        Mover(self._offers, self._totals, make, ahead=sys.maxsize, ended=listen, largest=largest).run()

    def _at_exit(self) -> None:
        if self._process == os.getpid():
            self.close()


def _listen(streams: SimpleQueue[Any]) -> None:
    while (listen := streams.get()) is not None:
        listen()


def _move(mover: Mover) -> None:
    """Move documents; writing to a worker that has ended must not end a service that takes SIGPIPE."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
    mover.run()


def _checked_routes(routes: Iterable[Route]) -> tuple[Route, ...]:
    found = (routes,) if isinstance(routes, Route) else tuple(routes)
    wrong = [type(route).__name__ for route in found if not isinstance(route, Route)]
    if wrong:
        raise ArgumentTypeError(f"routes: expected routes, got a {wrong[0]}: give [Route.to(...)]")
    names = [route.name for route in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ArgumentError(f"routes: two are named {twice!r}: give each a name of its own")
    if not found:
        raise ArgumentError("routes: there is none: give one at least")
    return found


def _checked_path(spool: object) -> str:
    if not isinstance(spool, str | os.PathLike):
        raise ArgumentTypeError(f"spool: expected the path of a file, got a {type(spool).__name__}")
    path = absolute(os.fsdecode(spool))
    if not os.path.isdir(os.path.dirname(path)):
        raise ArgumentError(f"spool: the folder of {path} is not there: make it, for its owner alone")
    return path


def _check_positive(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ArgumentError(f"{name}: expected a number above zero, got {value!r}")
