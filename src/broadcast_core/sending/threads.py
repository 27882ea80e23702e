"""Threads that send, and that no end of a program waits for.

The pools of the standard library are closed before the functions of `atexit` run, so that nothing can be sent
by those; and an answer that does not come would hold up the end.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any


class SendingThreads:
    """Runs functions in some threads, which begin with the first of them."""

    def __init__(self, number: int, name: str) -> None:
        self._number, self._name = number, name
        self._waiting: SimpleQueue[tuple[Callable[..., object], tuple[Any, ...]] | None] = SimpleQueue()
        self._threads: list[Thread] = []

    def submit(self, function: Callable[..., object], *arguments: Any) -> None:
        """Run a function, which does not raise, when a thread is free."""
        self._waiting.put((function, arguments))
        if not self._threads:
            self._threads = [
                Thread(target=self._run, name=f"{self._name}-{n}", daemon=True) for n in range(self._number)
            ]
            for thread in self._threads:
                thread.start()

    def release(self) -> None:
        """Run what was submitted, and end."""
        for _ in self._threads:
            self._waiting.put(None)

    def finish(self) -> None:
        """Run what was submitted, and wait until it is done."""
        self.release()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (work := self._waiting.get()) is not None:
            function, arguments = work
            function(*arguments)
            del work, function, arguments  # nothing is held while nothing waits
