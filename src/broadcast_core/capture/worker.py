"""The thread that reads what was kept, so that no caller waits for it.

While it reads, other threads of the process wait for the interpreter. So it lets a caller go on before it
begins, and rests after each exchange.

`put` may be called from any thread, a finalizer or a signal handler: it takes no lock that a fork can leave
held. The thread is started by the first request that is captured, and again in a forked child, which begins
empty: what the parent kept is the parent's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, RLock, Thread
from weakref import WeakSet

from broadcast_core.capture.exchange import Exchange

_LINGER, _REST = 0.02, 0.001  # seconds: before what came at once is read, and after each exchange

_ALL: WeakSet[Worker] = WeakSet()


class Worker:
    """Hands exchanges to `work`, one after the other, in a thread of its own.

    `limit` bounds the bytes of what waits. `waiting` is how many wait, or are read just now;
    `epoch` counts the forks that lie behind.
    """

    def __init__(self, work: Callable[[Exchange], None], limit: int) -> None:
        self._work = work
        self._limit = limit
        self.epoch = 0
        self.is_closed = False
        self._begin_anew()
        _ALL.add(self)

    def _begin_anew(self) -> None:
        self._lock = RLock()
        self._waiting: SimpleQueue[Exchange | None] = SimpleQueue()
        self._bytes = 0
        self.waiting = 0
        self._thread: Thread | None = None
        self._closing = Event()
        if self.is_closed:
            self._closing.set()

    def forked(self) -> None:
        """Begin anew in a child, with nothing: a thread does not survive a fork, and a lock may."""
        self.epoch += 1
        self._begin_anew()

    def start(self) -> None:
        """Start the thread, if it does not run."""
        if self._thread is None and not self.is_closed:
            with self._lock:
                if self._thread is None:
                    thread = Thread(target=self._run, name="broadcast-capture", daemon=True)
                    thread.start()
                    self._thread = thread

    def put(self, exchange: Exchange) -> bool:
        """Let an exchange be read; False when too much waits already, or after the end."""
        with self._lock:
            if self.is_closed or self._bytes + exchange.held > self._limit:
                return False
            self._bytes += exchange.held
            self.waiting += 1
            self._waiting.put(exchange)
        return True

    def close(self, timeout: float) -> bool:
        """Take no more, and wait for what is there; False when it is not read within the seconds."""
        with self._lock:
            self.is_closed = True
            thread = self._thread
            self._closing.set()
            self._waiting.put(None)
        if thread is None:
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def _run(self) -> None:
        while (exchange := self._next()) is not None:
            self._work(exchange)
            with self._lock:
                self._bytes -= exchange.held
                self.waiting -= 1
            del exchange  # nothing is held while nothing waits
            self._closing.wait(_REST)

    def _next(self) -> Exchange | None:
        """Return what waits longest; where nothing does, wait for it and let its caller go on."""
        try:
            return self._waiting.get_nowait()
        except Empty:
            exchange = self._waiting.get()
            self._closing.wait(_LINGER)
            return exchange


def _fork_all() -> None:
    for worker in list(_ALL):
        worker.forked()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_fork_all)
