"""What the rows of one trace tree share: the tree, the options, the ids, and content that is encoded once."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json
from broadcast_core.record.generation import Generation, Timing, TraceContext
from broadcast_core.record.schema import written_time
from broadcast_core.traces.summary import Summary
from broadcast_core.traces.tree import TraceTree, tree_of
from broadcast_opik.config import OpikConfig
from broadcast_opik.field import json_field
from broadcast_opik.ids import as_uuid7, carried_time, own_uuid7
from broadcast_opik.metadata import combined
from broadcast_opik.naming import ResolvedId, TreeIds
from broadcast_opik.row import Encoder, error_info, row

_FORGOTTEN = "the row of its trace was sent before and has been forgotten"
_LEFT = "its id, as those of its named spans, is more than 24 hours from as_of: Opik's cloud takes no row"


@frozen
class Context:
    """One tree on its way to one route."""

    tree: TraceTree
    config: OpikConfig
    encoder: Encoder = field(factory=Encoder)
    ids: TreeIds = field(init=False)
    trace: ResolvedId = field(init=False)

    @ids.default
    def _ids(self) -> TreeIds:
        return TreeIds(self.tree, self.config.window, self.config.ids_of)

    @trace.default
    def _trace(self) -> ResolvedId:
        own = self._own(self.tree.trace_id, self.tree.anchor)
        if own is None or not self.is_callers_own:
            return self.ids.trace()
        return ResolvedId(own, notes=self.ids.shared("$.trace.trace_id"))

    @property
    def is_callers_own(self) -> bool:
        """Tell whether the trace exists in Opik already, by the caller's hand: ours would replace its row.

        The origin of the trace decides, once: its trace id and its parent span are both UUIDv7. Its id is
        never moved, since Opik takes spans of old traces.
        """
        tree = self.tree
        return self._own(tree.trace_id, tree.anchor) is not None and (
            self.config.attach or self._own(tree.origin.value, tree.anchor) is not None
        )

    def _own(self, original: str | None, moment: datetime) -> str | None:
        """Return a caller's UUIDv7 that rows may refer to."""
        own = own_uuid7(original, moment)
        carried = None if own is None else carried_time(own)
        return own if carried is not None and self.config.window.reaches(carried) else None

    def linked(self, parent: str | None, moment: datetime) -> str | None:
        """Return a caller's own span that rows hang under, None for one that is not in this very trace.

        Opik's tree of a trace shows no span whose parent is elsewhere (TraceTreeViewer of its frontend). A
        parent that is a generation of this tree has the id that its row has.
        """
        if parent is None or self.trace.id != as_uuid7(self.tree.trace_id):
            return None
        own = self._own(parent, moment)
        known = self.tree.generations.get(parent)
        return self.ids.generation(known).id if own is not None and known is not None else own

    @property
    def has_left(self) -> bool:
        """Tell whether rows of the trace's own time would be refused by now."""
        window = self.config.window
        return self.tree.is_known and window.refuses(self.ids.moment) and not window.backfill

    @property
    def late(self) -> tuple[Diagnostic, ...]:
        """Why the trace gets no new row, as a diagnostic; empty when it does."""
        if self.is_callers_own:
            return ()
        if self.tree.summary is None:
            return _late(_FORGOTTEN)
        return _late(_LEFT) if self.has_left else ()

    def summary_row(
        self,
        named: ResolvedId,
        summary: Summary,
        fields: dict[str, Json],
        ours: dict[str, Json],
        notes: list[Diagnostic],
    ) -> bytes:
        """Return the row of a trace or a named span, which say the same in the same words."""
        notes += named.notes
        shared: dict[str, Json] = {
            "id": named.id,
            "project_name": self.config.project_name,
            "start_time": written_time(summary.start),
            "end_time": written_time(summary.end) if summary.end else None,
            "last_updated_at": written_time(summary.updated_at),
            "source": "sdk",
            "error_info": error_info(summary.failure, notes),
        }
        ours = {"openrouter_trace_id": self.tree.key, "opik_event_id": named.event_id, **ours}
        metadata = json_field(combined(summary.custom, ours, notes), "$.trace.metadata", notes)
        return row({**shared, **fields}, {"metadata": metadata, **self.content(summary, notes)})

    def content(self, summary: Summary, notes: list[Diagnostic]) -> dict[str, bytes | None]:
        """Return the input and the output of a merged row."""
        asked, answered = summary.input, summary.output
        return {
            "input": self.encoder.input(asked.value, notes) if asked else None,
            "output": self.encoder.output(answered.value, notes) if answered else None,
        }


def identified(original: str, moment: datetime, config: OpikConfig) -> dict[str, str]:
    """Return the UUIDs of a trace with this id, of a generation, and of a generation's own trace.

    A UUIDv7 may name a trace of the caller's own as well, which no backfill moves.
    """
    timing = Timing(start=moment)
    alone = Context(tree_of(Generation(id=original, timing=timing)), config)
    grouped = _in_a_trace(original, timing, None, config)
    theirs = _in_a_trace(original, timing, original, config)
    (generation,) = alone.tree.generations.values()
    return {
        "trace": grouped.trace.id,
        "generation": alone.ids.generation(generation).id,
        "generation's trace": alone.trace.id,
        **({"your own trace": theirs.trace.id} if theirs.trace.id != grouped.trace.id else {}),
    }


def _in_a_trace(trace_id: str, timing: Timing, parent: str | None, config: OpikConfig) -> Context:
    trace = TraceContext(trace_id=trace_id, parent_span_id=parent)
    return Context(tree_of(Generation(id=trace_id, timing=timing, trace=trace)), config)


def _late(why: str) -> tuple[Diagnostic, ...]:
    return (Diagnostic("late", "$.trace.trace_id", f"{why}: the span goes without a new row of its trace"),)
