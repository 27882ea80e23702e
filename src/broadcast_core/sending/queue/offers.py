"""What is offered and not with the worker yet, within bounds; and the messages to whoever moves it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from queue import SimpleQueue
from threading import RLock
from typing import Any

from attrs import field, frozen

from broadcast_core.record.generation import Generation

_BASE = 1_000  # bytes of a record without content
_LOOKED_AT, _EACH = 200, 64  # values whose size is looked at, and what any other is taken for


@frozen
class Offer:
    """A document that was taken, and the bytes that it is taken for."""

    document: Generation | bytes = field(repr=False)
    size: int


class Offers:
    """Documents that were taken and are not confirmed; `messages` is how they and reports reach the mover.

    `take` may be called from any thread, a finalizer or a signal handler: its lock lets the same thread in
    again, and a forked child begins with another one.
    """

    def __init__(self, max_items: int, max_bytes: int, *, is_closed: bool = False) -> None:
        self.messages: SimpleQueue[Any] = SimpleQueue()
        self.is_closed = is_closed
        self.offered = self.full = self.closed = self.wrong = self.accepted = 0
        self.items = self.bytes = 0
        self._max_items, self._max_bytes = max_items, max_bytes
        self._lock = RLock()
        self._is_told = False

    def take(self, document: object) -> bool:
        """Take a document, or count why not."""
        try:
            size = _size(document)
        except Exception:  # noqa: BLE001  # whatever a document does when it is looked at, it is none
            size = None
        with self._lock:
            self.offered += 1
            if size is None:
                self.wrong += 1
            elif self.is_closed:
                self.closed += 1
            elif self.items >= self._max_items or self.bytes + size > self._max_bytes:
                self.full += 1
            else:
                self.items += 1
                self.bytes += size
                self.messages.put(Offer(document, size))  # type: ignore[arg-type]  # it has a size
                return True
            if not self._is_told:
                self._is_told = True
                self.messages.put(None)  # for the log
        return False

    def release(self, size: int, *, is_wrong: bool = False) -> None:
        """Give back the space of a document that the worker has, or that cannot be written."""
        with self._lock:
            self.items -= 1
            self.bytes -= size
            self.accepted += not is_wrong
            self.wrong += is_wrong

    def resize(self, before: int, after: int) -> None:
        """Take a document for as many bytes as it has."""
        with self._lock:
            self.bytes += after - before

    def counts(self) -> dict[str, Any]:
        """Return what was offered by what became of it, as of one moment."""
        with self._lock:
            return {
                "offered": self.offered,
                "full": self.full,
                "closed": self.closed,
                "wrong": self.wrong,
                "pending": self.items,
                "accepted": self.accepted,
            }

    def close(self, message: object) -> None:
        """Take no more, and let the mover know."""
        with self._lock:
            self.is_closed = True
            self.messages.put(message)

    def heard(self) -> None:
        """Let the next one that is not taken wake the mover again."""
        with self._lock:
            self._is_told = False


def _size(document: object) -> int | None:
    """Return about how many bytes a document is; None for what is none."""
    if isinstance(document, bytes):
        return len(document)
    return _estimated(document) if isinstance(document, Generation) else None


def _estimated(generation: Generation) -> int:
    """Return about how many bytes a generation is as a line, by a look at its first values.

    Texts are counted by their characters.
    """
    content, failure = generation.content, generation.failure
    waiting: list[Any] = [content.input, content.output, content.request]
    waiting += [generation.extra, generation.trace.metadata]
    if failure is not None:
        waiting += [failure.message, failure.stacktrace, failure.raw]
    waiting += [attempt.message for attempt in generation.attempts]
    total, left = _BASE, _LOOKED_AT
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            total += len(value)
        elif isinstance(value, dict | list | tuple):
            values: Iterable[Any] = value.values() if isinstance(value, dict) else value
            some = list(islice(values, left))
            left -= len(some)
            total += _EACH // 4 * len(some) + _EACH * (len(value) - len(some))
            waiting += some
    return total
