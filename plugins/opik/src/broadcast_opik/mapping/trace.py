"""The trace row: what Opik shows in its list of traces and in a thread."""

from __future__ import annotations

from collections.abc import Iterator

from broadcast_core.destinations import Item, Row, SharedContent, fit_id, fit_text
from broadcast_opik.endpoints import MAX_TEXT, MAX_THREAD_ID, TRACES
from broadcast_opik.ids import TreeIds
from broadcast_opik.mapping.shared import put_content, put_labels, put_merged, put_metadata

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
    row = Row(own.diagnostics)
    put_merged(row, ids, own, summary)
    row.put("name", fit_text(summary.text("name"), "$.trace.trace_name", MAX_TEXT), default=DEFAULT_NAME)
    session, user = summary.text("session_id"), summary.text("user_id")
    row.put("thread_id", fit_id(session, "$.identity.session_id", MAX_THREAD_ID, _TOO_LONG))
    row.put("ttft", summary.first_token_ms)
    put_labels(row, summary.tags, summary.custom)
    reserved = {
        "user_id": user,
        "session_id": session,
        "tags": sorted(summary.tags),
        "content_withheld": True if summary.withheld else None,
    }
    put_metadata(row, ids, own, summary.custom, "$.trace.metadata", reserved)
    put_content(row, content, *summary.content)
    yield row.to_item(TRACES, tuple(ids.tree.generations))
