"""The one thread that has the connection of a store; everybody else posts work to it.

What waits together becomes one transaction, so that many small commits cost one sync of the disk. A piece of
work that fails is taken back alone, and its error is its caller's.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

from broadcast_core.sending.store.database import StoreError, connect, explain, pages

T = TypeVar("T")
Work: TypeAlias = Callable[[sqlite3.Connection], T]
"""What is done in a transaction; it may be done again, so that it changes nothing but rows."""


def _cut_the_log(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _shrink(db: sqlite3.Connection) -> None:
    used, free = pages(db)
    if used < min(free, _REWRITTEN):
        db.execute("VACUUM")
        _cut_the_log(db)


_ALONE = (_cut_the_log, _shrink)
"""Work that is no transaction."""
_REWRITTEN = 64 * 1024 * 1024
"""The most bytes that are rewritten to make a file smaller, which takes as many in memory and on the disk."""
_TOGETHER = 64
"""The most pieces of work in one transaction."""
_Posted: TypeAlias = tuple[Work[Any], "Future[Any]"]


class Store:
    """A store in a file, or in memory where `path` is None; `kind` tells what it is kept for.

    Raise `StoreError` for a file that cannot be used, also while another process uses it.
    """

    def __init__(self, path: str | None = None, *, kind: str = "store", max_bytes: int | None = None) -> None:
        self.path = path
        self._connection = connect(path, kind=kind, max_bytes=max_bytes)
        self._process = os.getpid()
        self._posted: SimpleQueue[_Posted | None] = SimpleQueue()
        self._closing = Lock()
        self._is_closed = False
        self._thread = Thread(target=self._own, name="broadcast-store", daemon=True)
        self._thread.start()

    def post(self, work: Work[T]) -> Future[T]:
        """Return the result of some work, once it is kept. It fails with `StoreError` where it cannot be."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # whoever waits may go: the work is done all the same
        if self._process == os.getpid():
            with self._closing:
                if not self._is_closed:
                    self._posted.put((work, future))
                    return future
        future.set_exception(StoreError("the store is closed, or of the parent of this process"))
        return future

    def do(self, work: Work[T]) -> T:
        """Do some work and wait until it is kept; raise `StoreError` where it cannot be."""
        return self.post(work).result()

    def empty_log(self) -> None:
        """Write everything into the file itself, and cut its log: what was erased is gone from both."""
        self.do(_cut_the_log)

    def shrink(self) -> None:
        """Give the disk back what a file that is mostly empty does not need, where little is in it."""
        self.do(_shrink)

    def close(self) -> None:
        """Finish what was posted, and close the file."""
        if self._process != os.getpid():
            return
        with self._closing:
            if not self._is_closed:
                self._is_closed = True
                self._posted.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _own(self) -> None:
        is_last = False
        while not is_last:
            some: list[_Posted] = []
            is_last = self._take(some, block=True)
            while not is_last and len(some) < _TOGETHER and not self._posted.empty():
                is_last = self._take(some, block=False)
            self._keep(some)
        self._connection.close()

    def _take(self, some: list[_Posted], *, block: bool) -> bool:
        """Take what was posted next; tell whether it was the last."""
        posted = self._posted.get(block)
        if posted is None:
            return True
        some.append(posted)
        return False

    def _keep(self, some: list[_Posted]) -> None:
        """Do some work in one transaction; where that fails, each in one of its own."""
        if not some:
            return
        if any(work in _ALONE for work, _ in some):
            self._do_alone(some)
            return
        try:
            results = self._transact([work for work, _ in some])
        except Exception as error:  # noqa: BLE001  # whatever fails is taken back, and told to whoever posted it
            if len(some) > 1:
                for one in some:
                    self._keep([one])
                return
            some[0][1].set_exception(explain(error, self.path) if isinstance(error, sqlite3.Error) else error)
            return
        for (_, future), result in zip(some, results, strict=True):
            future.set_result(result)

    def _do_alone(self, some: list[_Posted]) -> None:
        self._keep([one for one in some if one[0] not in _ALONE])
        for work, future in (one for one in some if one[0] in _ALONE):
            try:
                future.set_result(work(self._connection))
            except sqlite3.Error as error:
                future.set_exception(explain(error, self.path))

    def _transact(self, works: list[Work[Any]]) -> list[Any]:
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        try:
            results = [work(self._connection) for work in works]
            run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                run("ROLLBACK")
            raise
        return results
