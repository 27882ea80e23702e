"""Futures of another thread, awaited: however many end together, the event loop is woken once.

`asyncio.wrap_future` wakes it for each. That is a system call in the thread of the disk, which lets go of the
interpreter there each time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Acknowledgements:
    """Waits in one event loop for futures that end in other threads; none is cancelled with who waits."""

    def __init__(self) -> None:
        self._ended: deque[asyncio.Future[None]] = deque()
        self._is_waking = False

    async def result_of(self, future: Future[T]) -> T:
        """Return the result of a future, or raise what it failed with."""
        if not future.done():
            loop = asyncio.get_running_loop()
            waiter: asyncio.Future[None] = loop.create_future()
            future.add_done_callback(lambda _future: self._end(loop, waiter))
            await waiter
        return future.result()

    def _end(self, loop: asyncio.AbstractEventLoop, waiter: asyncio.Future[None]) -> None:
        """Note the end of a future; called in any thread."""
        self._ended.append(
            waiter
        )  # before the look at the flag, which is taken down before the notes are read
        if not self._is_waking:
            self._is_waking = True
            with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                loop.call_soon_threadsafe(self._resume)

    def _resume(self) -> None:
        self._is_waking = False
        while self._ended:
            waiter = self._ended.popleft()
            if not waiter.done():
                waiter.set_result(None)
