"""The state of a route between the chunks of one run, and between runs, within bounds.

With too many rows of open traces, or rows of too many bytes, the rows of the least recently active half are
forgotten: late generations of those traces are planned without a new row, never with an incomplete one.
Identities of traces are kept much longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from broadcast_core.traces.state import State
from broadcast_core.traces.state_codec import dump_state
from broadcast_core.traces.summary import MICROSECOND

MAX_ROWS = 10_000
MAX_BYTES = 128 * 1024 * 1024
MAX_BYTES_OF_RUN = 32 * 1024 * 1024
"""For a run of the command, which reads what belongs together soon; its memory grows by about as much."""
MAX_IDENTITIES = 200_000


class BoundedState:
    """The state of one route, and at most how many bytes of input the rows of each trace were made from.

    All input of a trace counts: spans and metadata keys add up. A trace with too much input is forgotten.
    A trace of an earlier run counts with the size of its saved text, and so does each trace at the end.
    """

    def __init__(
        self,
        state: State | None = None,
        *,
        max_rows: int = MAX_ROWS,
        max_bytes: int = MAX_BYTES,
        max_identities: int = MAX_IDENTITIES,
    ) -> None:
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._max_identities = max_identities
        state = state or State()
        self._sizes: dict[str, int] = {}
        self._total = 0
        self._changed: set[str] = set()
        for key in state.traces:
            self._note(state, key, None)
        self.state = self._bound(state)

    @classmethod
    def of_run(cls, state: State | None = None) -> BoundedState:
        """Return the state of one run of the command."""
        return cls(state, max_bytes=MAX_BYTES_OF_RUN)

    def replace(self, state: State, input_sizes: Mapping[str, int]) -> None:
        """Take the state after a plan, and the bytes of its input by trace key; forget what is too much."""
        for key, size in input_sizes.items():
            self._note(state, key, self._sizes.get(key, 0) + size)
        self._changed |= input_sizes.keys() & self._sizes.keys()
        self.state = self._bound(state)

    def measure(self) -> State:
        """Return the state bounded by the size of its saved text; only traces that changed are measured."""
        for key in self._changed:
            self._note(self.state, key, None)
        self._changed.clear()
        self.state = self._bound(self.state)
        return self.state

    def _note(self, state: State, key: str, size: int | None) -> None:
        """Count a trace with a size, None for that of its saved text, while it has a row."""
        self._total -= self._sizes.get(key, 0)
        if _has_row(state, key):
            self._sizes[key] = _saved_size(state, key) if size is None else size
            self._total += self._sizes[key]
        else:
            self._sizes.pop(key, None)

    def _bound(self, state: State) -> State:
        """Return a state within the bounds; it looks at all traces only when there is something to forget."""
        while len(self._sizes) > self._max_rows or self._total > self._max_bytes:
            state = state.forget_rows(before=_median_activity(state, self._sizes))
            self._sizes = {key: size for key, size in self._sizes.items() if _has_row(state, key)}
            self._total = sum(self._sizes.values())
            self._changed &= self._sizes.keys()
        while len(state.traces) > self._max_identities:
            state = state.forget_identities(before=_median_activity(state, state.traces))
        return state


def _has_row(state: State, key: str) -> bool:
    trace = state.traces.get(key)
    return trace is not None and trace.has_rows


def _saved_size(state: State, key: str) -> int:
    """Return the length of the saved text of a trace."""
    return len(dump_state({"": State({key: state.traces[key]})}))


def _median_activity(state: State, keys: Iterable[str]) -> datetime:
    """Return the median of the last activity of some traces; at least one of them is older than it."""
    times = sorted(state.traces[key].latest for key in keys)
    median = times[len(times) // 2]
    return median if median > times[0] else median + MICROSECOND
