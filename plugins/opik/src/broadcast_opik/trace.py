"""The trace row: what Opik shows in its list of traces and in a thread."""

from __future__ import annotations

from broadcast_core.batching.item import Item
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json
from broadcast_core.traces.summary import Summary, Timestamped
from broadcast_opik.context import Context
from broadcast_opik.limits import TRACES
from broadcast_opik.text import cleaned, environment, tags, thread_id

DEFAULT_NAME = "OpenRouter Request"


def trace_items(context: Context) -> list[Item]:
    """Return the trace's row; none when the trace is the caller's own, or its row cannot be sent again."""
    summary = context.tree.summary
    if summary is None or context.late or context.is_callers_own:
        return []
    notes: list[Diagnostic] = []
    custom = summary.custom
    fields: dict[str, Json] = {
        "name": cleaned(_text(summary.name), "$.trace.trace_name", notes) or DEFAULT_NAME,
        "thread_id": thread_id(_text(summary.session_id), "$.identity.session_id", notes),
        "ttft": summary.first_token_ms,
        "tags": tags(summary.tags, "$.trace.tags", notes) or None,
        "environment": environment(custom.get("environment"), "$.trace.metadata.environment", notes),
    }
    body = context.summary_row(context.trace, summary, fields, _ours(summary), notes)
    generations = tuple(context.tree.generations)
    return [Item(endpoint=TRACES.name, body=body, generations=generations, diagnostics=tuple(notes))]


def _ours(summary: Summary) -> dict[str, Json]:
    return {
        "user_id": _text(summary.user_id),
        "session_id": _text(summary.session_id),
        "tags": sorted(summary.tags),
        "content_withheld": True if summary.withheld else None,
    }


def _text(pick: Timestamped | None) -> str | None:
    return pick.value if pick is not None and isinstance(pick.value, str) else None
