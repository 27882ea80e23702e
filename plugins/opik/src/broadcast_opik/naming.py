"""The ids of one trace tree: which original and which moment each has, moved into the window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from attrs import field, frozen

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.record.generation import Attempt, Generation
from broadcast_core.traces.keys import SpanKey
from broadcast_core.traces.tree import TraceTree
from broadcast_opik.ids import (
    Kind,
    as_uuid7,
    carried_time,
    milliseconds,
    opik_id,
    own_uuid7,
    span_original,
    trace_moment,
)
from broadcast_opik.window import LIMIT, Window


@frozen
class ResolvedId:
    """An id, the id that it would have without a window when that differs, and what to tell about it."""

    id: str
    event_id: str | None = None
    notes: tuple[Diagnostic, ...] = ()


@frozen
class TreeIds:
    """The ids of a tree under a window; with a project, they are the project's own."""

    tree: TraceTree
    window: Window
    project: str = ""
    moment: datetime = field(init=False)
    """The time of the trace: ids of its named spans hang on it, so that children need not know more."""

    @moment.default
    def _moment(self) -> datetime:
        trace_id, anchor = self.tree.trace_id, self.tree.anchor
        return anchor if trace_id is None else trace_moment(trace_id, anchor)

    def trace(self) -> ResolvedId:
        """Return the id of the trace: the caller's own UUIDv7, else derived from its key."""
        kind: Kind = "own-trace" if self.tree.trace_id is None else "trace"
        return self._named(kind, self.tree.key, self.moment, self.tree.trace_id, "$.trace.trace_id")

    def span(self, key: SpanKey) -> ResolvedId:
        """Return the id of a named span."""
        kind: Kind = "own-span" if self.tree.trace_id is None else "span"
        return self._named(kind, span_original(self.tree.key, key), self.moment)

    def generation(self, generation: Generation) -> ResolvedId:
        """Return the id of a generation's span: its own UUIDv7, else derived."""
        return self._named("generation", generation.id, generation.timing.start, generation.id)

    def attempts(self, generation: Generation) -> Iterator[tuple[Attempt, ResolvedId]]:
        """Yield each provider attempt with its id; a repeated index gets a suffix."""
        for attempt, name in zip(generation.attempts, _names(generation.attempts), strict=True):
            yield attempt, self._named("attempt", f"{generation.id}:{name}", generation.timing.start)

    def _named(
        self, kind: Kind, original: str, moment: datetime, given: str | None = None, path: str = "$.id"
    ) -> ResolvedId:
        """Return the id of an original; `given`, at a path, may be a caller's UUIDv7, used as it is."""
        placed = self.window.placed(moment)
        derived = opik_id(kind, original, placed, self.project)
        if (own := own_uuid7(given, moment)) is not None:
            return self._own(own, derived, moment, path)
        notes = () if given is None or as_uuid7(given.lower()) is None else _not_taken(given, path)
        if milliseconds(placed) != milliseconds(moment):
            return ResolvedId(derived, opik_id(kind, original, moment, self.project), notes)
        return ResolvedId(derived, notes=(*notes, *(_LATE if self.window.refuses(moment) else ())))

    def _own(self, own: str, derived: str, moment: datetime, path: str) -> ResolvedId:
        """Return the caller's own UUIDv7; where a backfill moves its time, a derived one instead."""
        carried = carried_time(own)
        assert carried is not None, own  # else it is none of the caller's own
        if self.window.placed(carried) != carried:
            return ResolvedId(derived, own)
        is_far = self.window.refuses(carried) or abs(carried - moment) > LIMIT
        return ResolvedId(
            own, notes=(*((Diagnostic("late", path, _FAR),) if is_far else ()), *self.shared(path))
        )

    def shared(self, path: str) -> tuple[Diagnostic, ...]:
        """Return what is told of a caller's own UUID at a path: no scope changes it."""
        return (Diagnostic("coerced", path, _SHARED),) if self.project else ()


def _not_taken(given: str, path: str) -> tuple[Diagnostic, ...]:
    why = (
        "a time to come, which Opik refuses"
        if as_uuid7(given)
        else "another spelling than Opik's: no capitals"
    )
    what = f"a UUIDv7 of {why}: another is derived, and this is in the metadata"
    return (Diagnostic("moved", path, what),)


_FAR = "a UUIDv7 of your own, more than 24 hours from the request: Opik's cloud refuses its row"
_SHARED = (
    "a UUIDv7 of your own is used as it is, whatever id_scope says: in another project of the workspace it "
    "is the same id, and the page of its trace in Opik adds both up"
)
_LATE = (
    Diagnostic(
        "late",
        "$.timing.start",
        "more than 24 hours from as_of: Opik's cloud refuses ids of that time; use the option backfill",
    ),
)


def _names(attempts: Iterable[Attempt]) -> Iterator[str]:
    seen: dict[int, int] = {}
    for attempt in attempts:
        repetition = seen.get(attempt.index, 0)
        seen[attempt.index] = repetition + 1
        yield f"attempt-{attempt.index}" + (f"-{repetition}" if repetition else "")
