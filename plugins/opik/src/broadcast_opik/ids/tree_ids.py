"""The ids of one trace tree: which original and which moment each has, and how rows link to each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from attrs import frozen

from broadcast_core.destinations import (
    Attempt,
    Diagnostic,
    Generation,
    SpanKey,
    Timing,
    TraceContext,
    TraceTree,
    as_uuid7,
    assemble,
    carried_time,
    milliseconds,
    name_attempts,
)
from broadcast_opik.config import OpikConfig
from broadcast_opik.ids.uuid7 import LIMIT, Kind, opik_id, own_uuid7, span_original, trace_moment

_FAR = "a UUIDv7 of your own, more than 24 hours from the request: Opik's cloud refuses its row"
_SHARED = (
    "a UUIDv7 of your own is used as it is, whatever id_scope says: in another project of the workspace it "
    "is the same id, and the page of its trace in Opik adds both up"
)
_LATE = "more than 24 hours from as_of: Opik's cloud refuses ids of that time; use the option backfill"
_FORGOTTEN = "the row of its trace was sent before and has been forgotten"
_TRACE_ID = "$.trace.trace_id"
_LEFT = "its id, as those of its named spans, is more than 24 hours from as_of: Opik's cloud takes no row"


@frozen
class ResolvedId:
    """An id, the id that it would have without a window when that differs, and what to tell about it."""

    id: str
    event_id: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


class TreeIds:
    """The ids and links of a tree on one route.

    `moment` is the time of the trace: ids of its named spans hang on it, so that children need not know more.
    `is_callers_own` tells whether the trace exists in Opik already, by the caller's hand: ours would replace
    its row. The origin of the trace decides that, once: its trace id and its parent span are both UUIDv7. Its
    id is never moved, since Opik takes spans of old traces.
    """

    def __init__(self, tree: TraceTree, config: OpikConfig) -> None:
        """Take a tree, and the options of its route."""
        self.tree, self.config, self.window = tree, config, config.window
        self._space = config.ids_of
        trace_id, self.moment = tree.trace_id, tree.anchor
        self.is_callers_own = False
        if trace_id is None:
            self.trace = self._resolved("own-trace", tree.key, self.moment)
            return
        self.moment = trace_moment(trace_id, tree.anchor)
        own = self._existing(trace_id, tree.anchor)
        if own is not None and (config.attach or self._existing(tree.origin.value, tree.anchor) is not None):
            self.is_callers_own = True
            self.trace = ResolvedId(own, diagnostics=self._shared(_TRACE_ID))
        else:
            self.trace = self._resolved("trace", tree.key, self.moment, trace_id, _TRACE_ID)

    @property
    def has_left(self) -> bool:
        """Tell whether rows of the trace's own time would be refused by now."""
        return self.tree.is_known and self.window.refuses(self.moment) and not self.window.backfill

    @property
    def late(self) -> tuple[Diagnostic, ...]:
        """Why the trace gets no new row, as a diagnostic; empty when it does."""
        if self.is_callers_own or not (self.tree.summary is None or self.has_left):
            return ()
        why = _FORGOTTEN if self.tree.summary is None else _LEFT
        what = f"{why}: the span goes without a new row of its trace"
        return (Diagnostic("late", _TRACE_ID, what),)

    def span(self, key: SpanKey) -> ResolvedId:
        """Return the id of a named span."""
        kind: Kind = "own-span" if self.tree.trace_id is None else "span"
        return self._resolved(kind, span_original(self.tree.key, key), self.moment)

    def generation(self, generation: Generation) -> ResolvedId:
        """Return the id of a generation's span: its own UUIDv7, else derived."""
        return self._resolved("generation", generation.id, self.tree.moment(generation), generation.id)

    def attempts(self, generation: Generation) -> Iterator[tuple[Attempt, ResolvedId]]:
        """Yield each provider attempt with its id; a repeated index gets a suffix."""
        for name, attempt in name_attempts(generation):
            yield attempt, self._resolved("attempt", f"{generation.id}:{name}", self.tree.moment(generation))

    def parent(self, span_id: str | None, moment: datetime) -> str | None:
        """Return a caller's own span that rows hang under, None for one that is not in this very trace.

        Opik's tree of a trace shows no span whose parent is elsewhere (TraceTreeViewer of its frontend). A
        parent that is a generation of this tree has the id that its row has.
        """
        if span_id is None or self.trace.id != as_uuid7(self.tree.trace_id):
            return None
        own = self._existing(span_id, moment)
        known = self.tree.generations.get(span_id)
        return self.generation(known).id if own is not None and known is not None else own

    def _existing(self, original: str | None, moment: datetime) -> str | None:
        """Return a caller's UUIDv7 that rows may refer to."""
        own = own_uuid7(original, moment)
        carried = None if own is None else carried_time(own)
        return own if carried is not None and self.window.reaches(carried) else None

    def _resolved(
        self, kind: Kind, original: str, moment: datetime, given: str | None = None, path: str = "$.id"
    ) -> ResolvedId:
        """Return the id of an original; `given`, at a path, may be a caller's UUIDv7, used as it is."""
        placed = self.window.placed(moment)
        derived = opik_id(kind, original, placed, self._space)
        moved: tuple[Diagnostic, ...] = ()
        if given is not None and as_uuid7(given.lower()) is not None:
            if (own := own_uuid7(given, moment)) is not None:
                return self._own(own, derived, moment, path)
            moved = (_not_taken(given, path),)
        if self.window.as_of is None:
            return ResolvedId(derived, diagnostics=moved)
        if placed is not moment and milliseconds(placed) != milliseconds(moment):
            return ResolvedId(derived, opik_id(kind, original, moment, self.config.ids_of), moved)
        late = (Diagnostic("late", "$.timing.start", _LATE),) if self.window.refuses(moment) else ()
        return ResolvedId(derived, diagnostics=(*moved, *late))

    def _own(self, own: str, derived: str, moment: datetime, path: str) -> ResolvedId:
        """Return the caller's own UUIDv7; where a backfill moves its time, a derived one instead."""
        carried = carried_time(own)
        assert carried is not None, own  # else it is none of the caller's own
        if self.window.placed(carried) != carried:
            return ResolvedId(derived, own)
        is_far = self.window.refuses(carried) or abs(carried - moment) > LIMIT
        far = (Diagnostic("late", path, _FAR),) if is_far else ()
        return ResolvedId(own, diagnostics=(*far, *self._shared(path)))

    def _shared(self, path: str) -> tuple[Diagnostic, ...]:
        """Return what is told of a caller's own UUID at a path: no scope changes it."""
        return (Diagnostic("coerced", path, _SHARED),) if self.config.ids_of else ()


def _not_taken(given: str, path: str) -> Diagnostic:
    why = "a time to come, which Opik refuses" if as_uuid7(given) else "capitals, which Opik does not take"
    return Diagnostic("moved", path, f"a UUIDv7 of {why}: another is derived, and this is in the metadata")


def identify(original: str, moment: datetime, config: OpikConfig) -> dict[str, str]:
    """Return the UUIDs of a trace with this id, of a generation, and of a generation's own trace.

    A UUIDv7 may name a trace of the caller's own as well, which no backfill moves.
    """

    def ids(**trace: Any) -> TreeIds:
        generation = Generation(id=original, timing=Timing(start=moment), trace=TraceContext(**trace))
        return TreeIds(assemble([generation])[0], config)

    alone, grouped = ids(), ids(trace_id=original).trace.id
    own = ids(trace_id=original, parent_span_id=original).trace.id
    generation = alone.generation(alone.tree.generations[original]).id
    found = {"trace": grouped, "generation": generation, "generation's trace": alone.trace.id}
    return found if own == grouped else {**found, "your own trace": own}
