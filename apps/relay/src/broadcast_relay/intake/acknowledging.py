"""Futures of another thread, awaited: however many wait for one, the event loop is woken once.

`asyncio.wrap_future` wakes it for each. That is a system call in the thread of the disk, which lets go of the
interpreter there each time.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class Acknowledgements:
    """Waits in one event loop for futures that end in other threads; none is cancelled with who waits."""

    def __init__(self) -> None:
        self._waiters: dict[Future[Any], list[asyncio.Future[None]]] = {}

    async def result_of(self, future: Future[T]) -> T:
        """Return the result of a future, or raise what it failed with."""
        if not future.done():
            loop = asyncio.get_running_loop()
            waiter: asyncio.Future[None] = loop.create_future()
            waiters = self._waiters.get(future)
            if waiters is None:
                self._waiters[future] = [waiter]
                future.add_done_callback(lambda ended: self._wake(loop, ended))
            else:
                waiters.append(waiter)
            await waiter
        return future.result()

    def _wake(self, loop: asyncio.AbstractEventLoop, ended: Future[Any]) -> None:
        """Called in any thread."""
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(self._resume, ended)

    def _resume(self, ended: Future[Any]) -> None:
        for waiter in self._waiters.pop(ended):
            if not waiter.done():
                waiter.set_result(None)
