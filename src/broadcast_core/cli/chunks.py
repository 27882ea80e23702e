"""Planning in chunks: few enough generations at a time, and state that carries their traces on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from broadcast_core.batching.request import Request
from broadcast_core.cli.input import LocatedGeneration
from broadcast_core.cli.routes import SelectedRoutes
from broadcast_core.pipeline.outcomes import Outcome
from broadcast_core.pipeline.planner import plan
from broadcast_core.traces.bounded_state import BoundedState
from broadcast_core.traces.keys import trace_key
from broadcast_core.traces.state import State

CHUNK_GENERATIONS = 500
CHUNK_BYTES = 16 * 1024 * 1024

Chunk = Sequence[LocatedGeneration]


def split_into_chunks(generations: Iterable[LocatedGeneration]) -> Iterator[Chunk]:
    """Yield generations in chunks, each as soon as it has enough of them or enough bytes."""
    chunk: list[LocatedGeneration] = []
    size = 0
    for located in generations:
        chunk.append(located)
        size += located.size
        if len(chunk) >= CHUNK_GENERATIONS or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


@frozen(kw_only=True)
class PlannedChunk:
    """The requests of a chunk, and each of its generations with its outcomes, one for each route."""

    requests: tuple[Request, ...]
    outcomes: tuple[tuple[LocatedGeneration, tuple[Outcome, ...]], ...]

    __hash__ = None  # type: ignore[assignment]


class ChunkPlanner:
    """Plans chunks for some routes; the state of a chunk is passed on to the next.

    `state` is that of an earlier run; that of routes which are not selected is returned unchanged.
    """

    def __init__(self, selection: SelectedRoutes, state: Mapping[str, State]) -> None:
        self._selection = selection
        self._initial_state = state
        self._states = {route.name: BoundedState.of_run(state.get(route.name)) for route in selection.routes}

    @property
    def states(self) -> dict[str, State]:
        """The state of each selected route as it is now."""
        return {name: bounded.state for name, bounded in self._states.items()}

    def plan(self, chunk: Chunk) -> PlannedChunk:
        """Return the requests of a chunk, and the outcomes of its generations."""
        result = plan(
            [located.generation for located in chunk],
            self._selection.routes,
            state={name: bounded.state for name, bounded in self._states.items()},
            hash_keys=self._selection.hash_keys,
            join=self._selection.join,
        )
        sizes = _size_by_trace(chunk)
        for name, bounded in self._states.items():
            bounded.replace(result.state[name], sizes)
        outcomes = tuple(zip(chunk, _by_generation(result.outcomes), strict=True))
        return PlannedChunk(requests=result.requests, outcomes=outcomes)

    def final_state(self) -> dict[str, State]:
        """Return the state for a later run, bounded by the size of its saved text."""
        return {**self._initial_state, **{name: bounded.measure() for name, bounded in self._states.items()}}


def _by_generation(outcomes: Iterable[Outcome]) -> Iterator[tuple[Outcome, ...]]:
    """Yield the outcomes of each generation; every route has one for each, in the order of the input."""
    by_route: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_route[outcome.route].append(outcome)
    return zip(*by_route.values(), strict=True)


def _size_by_trace(chunk: Chunk) -> Mapping[str, int]:
    """Return the bytes that the generations of each trace of the caller's were read from."""
    sizes: Counter[str] = Counter()
    for located in chunk:
        if located.generation.trace.trace_id is not None:
            sizes[trace_key(located.generation)] += located.size
    return sizes
