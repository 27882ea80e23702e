"""The worker of a queue as the service sees it: a process, or threads of its own."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Protocol, TypeAlias

import attrs

from broadcast_core.errors import ArgumentError, BroadcastError
from broadcast_core.processes import python
from broadcast_core.sending.queue.counters import Report
from broadcast_core.sending.queue.forks import at_fork, making_pipes
from broadcast_core.sending.queue.frames import Frame, messages_of, written
from broadcast_core.sending.queue.intake import STUCK, Intake, Task

_BEGIN = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);"
    " from broadcast_core.sending.queue.worker_process import main; main()"
)


class WorkerEnded(BroadcastError, RuntimeError):
    """The worker has ended. Start another, and give it what was not confirmed.

    `is_stuck` tells that its planning did not end: the next plans in a process of its own.
    """

    def __init__(self, why: str = "the worker has ended", *, is_stuck: bool = False) -> None:
        self.is_stuck = is_stuck
        super().__init__(why)


Tell: TypeAlias = Callable[["Report | str | WorkerEnded"], None]
"""What gets reports, notes for the person in charge, and the end of a worker."""


class Worker(Protocol):
    """What plans and sends."""

    def give(self, number: int, body: bytes) -> None:
        """Give it a document; raise `WorkerEnded`."""
        ...

    def end(self, seconds: float) -> None:
        """Let it send what it has within some seconds, and end; raise `WorkerEnded`."""
        ...

    def kill(self) -> None:
        """End it now."""
        ...

    def close(self) -> None:
        """Let go of what it was, once it has ended."""
        ...


class WorkerProcess:
    """A process of its own; it also sends what it has and ends when this one ends, however.

    Nothing is in its arguments or its environment. Its `stderr` is thrown away, since a report could quote
    content. `listen` gets what hears it until it ends; `lifetime` is how long it lives at most.
    """

    def __init__(
        self,
        task: Task,
        seconds: float,
        notify: Tell,
        listen: Callable[[Callable[[], None]], None],
        *,
        lifetime: float | None = None,
    ) -> None:
        first = pickled(task, seconds, lifetime)
        self._tell = notify
        with making_pipes:
            self._process = subprocess.Popen(  # noqa: S603  # this Python, and a text of ours
                python(_BEGIN),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if not name.startswith("BROADCAST_")},  # noqa: TID251  # no secret of a route
                bufsize=0,  # so that a child of a fork can close its copies
            )
            at_fork(self)
        listen(self._listen)
        with suppress(WorkerEnded):  # told by whoever listens
            self._write(pickle.dumps(sys.path) + first)

    @property
    def process(self) -> int:
        """Its number."""
        return self._process.pid

    def give(self, number: int, body: bytes) -> None:
        """Give it a document; raise `WorkerEnded`."""
        self._write(written(Frame("document", number, body)))

    def end(self, seconds: float) -> None:
        """Let it send what it has within some seconds, and end; raise `WorkerEnded`."""
        self._write(written(Frame("end", max(0, int(seconds * 1000)))))
        with suppress(OSError):
            _of(self._process.stdin).close()

    def kill(self) -> None:
        """End it now."""
        self._process.kill()

    def close(self) -> None:
        """Close the pipes, in the thread that writes: the number of a closed one is soon that of another."""
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                _of(stream).close()

    def forked(self) -> None:
        """Let go of it in a child: it is the parent's."""
        self.close()
        self._process.returncode = 0  # as far as a child can know

    def _listen(self) -> None:
        """Pass on what it says, until it has ended."""
        try:
            for message in messages_of(_of(self._process.stdout).read):
                self._tell(message)
        except (OSError, ValueError, TypeError):
            self._process.kill()
        code = self._process.wait()
        self._tell(WorkerEnded(is_stuck=code == STUCK))

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[_of(self._process.stdin).write(view) :]
        except (OSError, ValueError):
            raise WorkerEnded("the worker has ended") from None


class WorkerThreads:
    """Threads of this process, for services that cannot start another: planning in them takes its time."""

    def __init__(self, task: Task, seconds: float, notify: Tell) -> None:
        self._tell = notify
        try:
            self._intake = Intake(task, notify, notify)
        except BroadcastError as error:
            raise WorkerEnded(str(error)) from None

    def give(self, number: int, body: bytes) -> None:
        """Give it a document."""
        self._intake.take(number, body)

    def end(self, seconds: float) -> None:
        """Send what it has within some seconds, and end."""
        self._intake.finish(seconds)
        self._tell(WorkerEnded("the queue is closed"))

    def kill(self) -> None:
        """End it now: what is on its way goes on by itself until its answer is there."""
        self._intake.finish(0)

    def close(self) -> None:
        """Nothing is left of it."""


def pickled(task: Task, seconds: float, lifetime: float | None) -> bytes:
    """Return what a process is told first, secrets among it; raise `ArgumentError` where that cannot be."""
    in_main = sorted({_kind(part) for route in task.routes for part in (route.destination, route.config)})
    found = next((name for name in in_main if name.startswith("__main__.")), None)
    what = f"{found} is defined in the program that runs" if found else None
    if what is None:
        secrets = {
            name: {key: str(value) for key, value in some.items()} for name, some in task.secrets.items()
        }
        keys = {name: str(value) for name, value in task.hash_keys.items()}
        plain = attrs.evolve(task, secrets={}, hash_keys={})  # type: ignore[arg-type]
        try:
            return pickle.dumps((plain, secrets, keys, seconds, lifetime))
        except Exception as error:  # noqa: BLE001  # a plugin of the caller's that cannot be pickled
            what = f"a route cannot be pickled ({type(error).__name__})"
    how = 'define its destination in a module that can be imported, or give plan_in="thread"'
    raise ArgumentError(f"routes: {what}, so that no worker process can have it: {how}")


def _kind(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _of(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream
