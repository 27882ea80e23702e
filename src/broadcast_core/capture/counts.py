"""What became of everything that passed: numbers, without content."""

from __future__ import annotations

from threading import RLock

from attrs import evolve, frozen


@frozen(kw_only=True)
class Counts:
    """Exchanges by what became of them; those that are still on their way are in none of these.

    `offered`: generations that the queue took; `refused`: that it did not take, since it is full or closed.
    `unread`: exchanges that the reader could not use, `problem` says why the last one. `dropped`: exchanges
    that found too many waiting to be read, or the recorder closed. `passed`: requests to a known host of a
    kind that cannot be read yet, whose body is a stream, or that were redirected. `cut`: of the offered and
    refused, those that lack a part since a body was too large or in an unknown encoding. `waiting`: exchanges
    that are over and not read yet.
    """

    offered: int = 0
    refused: int = 0
    unread: int = 0
    dropped: int = 0
    passed: int = 0
    cut: int = 0
    waiting: int = 0
    problem: str | None = None


class Counter:
    """Counts that many threads add to."""

    def __init__(self) -> None:
        self._lock = RLock()  # a finalizer may add in the middle of another addition
        self._counts = Counts()

    @property
    def counts(self) -> Counts:
        """The counts so far."""
        return self._counts

    def add(self, name: str, problem: str | None = None) -> None:
        """Add one to a count, and note why."""
        with self._lock:
            changes = {name: getattr(self._counts, name) + 1}
            counts = self._counts if problem is None else evolve(self._counts, problem=problem)
            self._counts = evolve(counts, **changes)
