"""The trace row: what Opik shows in its list of traces and in a thread."""

from __future__ import annotations

from collections.abc import Iterator

from broadcast_core.destinations import (
    Fit,
    Fitted,
    Item,
    Made,
    SharedContent,
    Text,
    fit_id,
    known_of,
    row_of,
    to_item,
)
from broadcast_opik.endpoints import MAX_TEXT, MAX_THREAD_ID, TRACES
from broadcast_opik.ids import TreeIds
from broadcast_opik.mapping.shared import MERGED, OURS, environment, metadata, own_tags

DEFAULT_NAME = "OpenRouter Request"
_TOO_LONG = (
    f"Opik's thread ids have {MAX_THREAD_ID} characters: cut, with a hash of the whole at its end; the whole"
    " is in the metadata as session_id"
)
"""To a longer one Opik answers 204, and then stores no thread record of that whole request."""


def _thread(session: str) -> Fitted[str | None]:
    return fit_id(session, "$.identity.session_id", MAX_THREAD_ID, _TOO_LONG)


_fill = row_of(
    {
        **MERGED,
        "name": Text("name", "$.trace.trace_name", MAX_TEXT, default=DEFAULT_NAME),
        "thread_id": Fit("session", _thread),
        "ttft": "row.first_token_ms",
        "tags": Fit("row.tags or None", own_tags),
        "environment": Fit("custom or None", environment),
    },
    "ids", "own", "row", "name", "session", "custom",
)  # fmt: skip
_fill_metadata = known_of(
    {
        **OURS,
        "user_id": "user",
        "session_id": "session",
        "tags": Made("row.tags or None", sorted),
        "content_withheld": Made("row.withheld", lambda is_withheld: is_withheld or None),
    },
    "ids", "own", "row", "user", "session",
)  # fmt: skip


def trace_items(ids: TreeIds, content: SharedContent) -> Iterator[Item]:
    """Yield the trace's row; none when the trace is the caller's own, or its row cannot be sent again."""
    row, own = ids.tree.summary, ids.trace
    if row is None or ids.late or ids.is_callers_own:
        return
    session, custom = row.text("session_id"), row.custom
    fields = _fill(ids, own, row, row.text("name"), session, custom)
    reserved = _fill_metadata(ids, own, row, row.text("user_id"), session)
    json = {
        "metadata": metadata(reserved, custom, "$.trace.metadata"),
        **content.of(row),
    }
    yield to_item(TRACES, tuple(ids.tree.generations), fields, json, own.diagnostics)
