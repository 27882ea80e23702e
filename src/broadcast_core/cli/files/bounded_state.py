"""The state between the chunks of one run, and between runs, kept within bounds.

When too many rows of traces are open, or rows of too many bytes, the quieter half is forgotten: late
generations of those traces go without a new row, never with a poorer one. Identities stay much longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from broadcast_core.record.generation import Generation
from broadcast_core.traces.keys import trace_key
from broadcast_core.traces.state import State
from broadcast_core.traces.state_codec import dump_state
from broadcast_core.traces.summary import MICROSECOND

MOST_ROWS = 10_000
MOST_BYTES = 128 * 1024 * 1024
MOST_IDENTITIES = 200_000


class BoundedState:
    """The state of one route, and how many bytes of input the rows of each trace were made from at most.

    All that a trace brought counts: spans and metadata keys add up. One that brings too much is forgotten.
    A trace of an earlier run counts with its stored text, and so does each at the end.
    """

    def __init__(
        self,
        state: State | None = None,
        *,
        most_rows: int = MOST_ROWS,
        most_bytes: int = MOST_BYTES,
        most_identities: int = MOST_IDENTITIES,
    ) -> None:
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._most_identities = most_identities
        state = state or State()
        self._sizes = {key: _stored(state, key) for key in state.traces if _has_row(state, key)}
        self._grown: set[str] = set()
        self.state = self._bounded(state)

    def replace(self, state: State, planned: Iterable[tuple[Generation, int]]) -> None:
        """Take the state after a plan of some generations, each with its bytes, and bound it."""
        for generation, size in planned:
            if generation.trace.trace_id is not None:
                key = trace_key(generation)
                self._sizes[key] = self._sizes.get(key, 0) + size
                self._grown.add(key)
        self.state = self._bounded(state)

    def stored(self) -> State:
        """Return the state within bounds as its stored text; what has not grown was measured before."""
        self._sizes.update({key: _stored(self.state, key) for key in self._grown})
        self._grown.clear()
        self.state = self._bounded(self.state)
        return self.state

    def _bounded(self, state: State) -> State:
        sizes = {key: self._sizes[key] for key in self._sizes if _has_row(state, key)}
        while len(sizes) > self._most_rows or sum(sizes.values()) > self._most_bytes:
            state = state.forget_rows(before=_middle(state, sizes))
            sizes = {key: sizes[key] for key in sizes if _has_row(state, key)}
        self._sizes = sizes
        self._grown &= sizes.keys()
        while len(state.traces) > self._most_identities:
            state = state.forget_identities(before=_middle(state, state.traces))
        return state


def _has_row(state: State, key: str) -> bool:
    trace = state.traces.get(key)
    return trace is not None and trace.has_rows


def _stored(state: State, key: str) -> int:
    """Return how long the stored text of a trace is."""
    return len(dump_state({"": State({key: state.traces[key]})}))


def _middle(state: State, keys: Mapping[str, object]) -> datetime:
    """Return a time before which at least one of some traces was last heard of, and about half of them."""
    heard = sorted(state.traces[key].latest for key in keys)
    middle = heard[len(heard) // 2]
    return middle if middle > heard[0] else middle + MICROSECOND
