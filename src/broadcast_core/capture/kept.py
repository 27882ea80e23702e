"""The bytes of a body as they passed, within bounds: the beginning, the end, and when each chunk came."""

from __future__ import annotations

from collections import deque

TAIL = 65_536
"""Bytes of the end that are kept of a body too large: usage and finish reason of a stream stand there."""


class Kept:
    """What is kept of one body; `limit` bounds its beginning, in bytes."""

    __slots__ = ("_limit", "_tail_bytes", "chunks", "is_cut", "last_at", "size", "tail")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tail_bytes = 0
        self.chunks: list[tuple[int, bytes]] = []
        self.tail: deque[bytes] = deque()
        self.is_cut = False
        self.size = 0
        self.last_at: int | None = None

    def add(self, chunk: bytes, ticks: int) -> None:
        """Keep a chunk that came at a time; beyond the limit only the latest are kept."""
        self.size += len(chunk)
        self.last_at = ticks
        if not self.is_cut and self.size <= self._limit:
            self.chunks.append((ticks, chunk))
            return
        self.is_cut = True
        self.tail.append(chunk[-TAIL:])
        self._tail_bytes += len(self.tail[-1])
        while self._tail_bytes - len(self.tail[0]) >= TAIL:
            self._tail_bytes -= len(self.tail.popleft())

    @property
    def held(self) -> int:
        """How many bytes are held."""
        return min(self.size, self._limit) + self._tail_bytes
