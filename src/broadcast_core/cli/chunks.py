"""Planning in chunks: few enough generations at a time, and states that carry their traces on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from broadcast_core.cli.console.report import Report
from broadcast_core.cli.files.bounded_state import BoundedState
from broadcast_core.cli.files.generations import LocatedGeneration
from broadcast_core.cli.files.output import Write, line
from broadcast_core.cli.routes import SelectedRoutes
from broadcast_core.pipeline.outcomes import Outcome
from broadcast_core.pipeline.planner import plan
from broadcast_core.traces.state import State

CHUNK_GENERATIONS = 500
CHUNK_BYTES = 16 * 1024 * 1024


class Planner:
    """Collects generations, and writes the requests of a chunk when it is full.

    `state` is that of an earlier run; of routes that are not in this one it stays as it is.
    """

    def __init__(
        self, chosen: SelectedRoutes, report: Report, write: Write, state: Mapping[str, State] | None = None
    ) -> None:
        self._chosen = chosen
        self._report = report
        self._write = write
        self._before = state or {}
        self._remembered = {route.name: BoundedState(self._before.get(route.name)) for route in chosen.routes}
        self._chunk: list[LocatedGeneration] = []
        self._size = 0

    @property
    def state(self) -> dict[str, State]:
        """What a later run may go on from, within bounds as its stored text."""
        return {**self._before, **{name: one.stored() for name, one in self._remembered.items()}}

    def add(self, usable: LocatedGeneration) -> None:
        """Take one more generation."""
        self._chunk.append(usable)
        self._size += usable.size
        if len(self._chunk) >= CHUNK_GENERATIONS or self._size >= CHUNK_BYTES:
            self.flush()

    def flush(self) -> None:
        """Plan what has been collected."""
        chunk, self._chunk, self._size = self._chunk, [], 0
        if not chunk:
            return
        state = {name: one.state for name, one in self._remembered.items()}
        generations = [usable.generation for usable in chunk]
        result = plan(generations, self._chosen.routes, state=state, hash_keys=self._chosen.hash_keys)
        for request in result.requests:
            self._write(line(request))
        for n, usable in enumerate(chunk):
            self._report_on(usable, result.outcomes[n :: len(chunk)])  # the accounts stand route by route
        planned = [(usable.generation, usable.size) for usable in chunk]
        for name, one in self._remembered.items():
            one.replace(result.state[name], planned)

    def _report_on(self, usable: LocatedGeneration, outcomes: Sequence[Outcome]) -> None:
        """Tell what became of a generation on every route, and count it once."""
        several = len(outcomes) > 1
        for outcome in outcomes:
            route = outcome.route if several else None
            self._report.outcome(usable.location, outcome, route)
            if outcome.status == "rejected":
                usable.keep()
        self._report.count(outcome.status for outcome in outcomes)
