"""The memory between the chunks of one run, and between runs, kept within bounds.

When too many rows of traces are open, or rows of too many bytes, the quieter half is forgotten: late
generations of those traces go without a new row, never with a poorer one. Identities stay much longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from broadcast_core.generation import Generation
from broadcast_core.memory import Memory
from broadcast_core.stored_memory import dump_memory
from broadcast_core.summary import MICROSECOND
from broadcast_core.tree import trace_key

MOST_ROWS = 10_000
MOST_BYTES = 128 * 1024 * 1024
MOST_IDENTITIES = 200_000


class Remembered:
    """The memory of one route, and how many bytes of input the rows of each trace were made from at most.

    All that a trace brought counts: spans and metadata keys add up. One that brings too much is forgotten.
    A trace of an earlier run counts with its stored text, and so does each at the end.
    """

    def __init__(
        self,
        memory: Memory | None = None,
        *,
        most_rows: int = MOST_ROWS,
        most_bytes: int = MOST_BYTES,
        most_identities: int = MOST_IDENTITIES,
    ) -> None:
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._most_identities = most_identities
        memory = memory or Memory()
        self._sizes = {key: _stored(memory, key) for key in memory.traces if _has_row(memory, key)}
        self._grown: set[str] = set()
        self.memory = self._bounded(memory)

    def replace(self, memory: Memory, planned: Iterable[tuple[Generation, int]]) -> None:
        """Take the memory after a plan of some generations, each with its bytes, and bound it."""
        for generation, size in planned:
            if generation.trace.trace_id is not None:
                key = trace_key(generation)
                self._sizes[key] = self._sizes.get(key, 0) + size
                self._grown.add(key)
        self.memory = self._bounded(memory)

    def stored(self) -> Memory:
        """Return the memory within bounds as its stored text; what has not grown was measured before."""
        self._sizes.update({key: _stored(self.memory, key) for key in self._grown})
        self._grown.clear()
        self.memory = self._bounded(self.memory)
        return self.memory

    def _bounded(self, memory: Memory) -> Memory:
        sizes = {key: self._sizes[key] for key in self._sizes if _has_row(memory, key)}
        while len(sizes) > self._most_rows or sum(sizes.values()) > self._most_bytes:
            memory = memory.forget(before=_middle(memory, sizes))
            sizes = {key: sizes[key] for key in sizes if _has_row(memory, key)}
        self._sizes = sizes
        self._grown &= sizes.keys()
        while len(memory.traces) > self._most_identities:
            memory = memory.forget_identities(before=_middle(memory, memory.traces))
        return memory


def _has_row(memory: Memory, key: str) -> bool:
    trace = memory.traces.get(key)
    return trace is not None and trace.has_rows


def _stored(memory: Memory, key: str) -> int:
    """Return how long the stored text of a trace is."""
    return len(dump_memory({"": Memory({key: memory.traces[key]})}))


def _middle(memory: Memory, keys: Mapping[str, object]) -> datetime:
    """Return a time before which at least one of some traces was last heard of, and about half of them."""
    heard = sorted(memory.traces[key].latest for key in keys)
    middle = heard[len(heard) // 2]
    return middle if middle > heard[0] else middle + MICROSECOND
