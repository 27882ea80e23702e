"""The trace row: what Opik shows in its list of traces and in a thread."""

from __future__ import annotations

from collections.abc import Iterator

from broadcast_core.destinations import Item, SharedContent, fit_id, fit_text, to_item
from broadcast_opik.endpoints import MAX_TEXT, MAX_THREAD_ID, TRACES
from broadcast_opik.ids import TreeIds
from broadcast_opik.mapping.shared import labels, merged_columns, metadata

DEFAULT_NAME = "OpenRouter Request"
_TOO_LONG = (
    f"Opik's thread ids have {MAX_THREAD_ID} characters: cut, with a hash of the whole at its end; the whole"
    " is in the metadata as session_id"
)
"""To a longer one Opik answers 204, and then stores no thread record of that whole request."""


def trace_items(ids: TreeIds, content: SharedContent) -> Iterator[Item]:
    """Yield the trace's row; none when the trace is the caller's own, or its row cannot be sent again."""
    summary, own = ids.tree.summary, ids.trace
    if summary is None or ids.late or ids.is_callers_own:
        return
    name, session = summary.text("name"), summary.text("session_id")
    fields = {
        **merged_columns(ids, own, summary),
        "name": fit_text(name, "$.trace.trace_name", MAX_TEXT, DEFAULT_NAME),
        "thread_id": fit_id(session, "$.identity.session_id", MAX_THREAD_ID, _TOO_LONG),
        "ttft": summary.first_token_ms,
        **labels(summary.tags, summary.custom),
    }
    reserved = {
        "user_id": summary.text("user_id"),
        "session_id": session,
        "tags": sorted(summary.tags),
        "content_withheld": True if summary.withheld else None,
    }
    json = {
        "metadata": metadata(ids, own, summary.custom, "$.trace.metadata", reserved),
        **content.of(summary),
    }
    yield to_item(TRACES, tuple(ids.tree.generations), fields, json, own.diagnostics)
