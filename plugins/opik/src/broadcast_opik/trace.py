"""The trace row: what Opik shows in its list of traces and in a thread."""

from __future__ import annotations

from broadcast_core.diagnostic import Diagnostic
from broadcast_core.generation import written_time
from broadcast_core.jsontext import Json
from broadcast_core.request import Item
from broadcast_core.tree import Summary, TraceTree
from broadcast_opik.config import OpikConfig
from broadcast_opik.ids import as_uuid7
from broadcast_opik.limits import TRACES, cleaned, environment, json_field, tags
from broadcast_opik.metadata import combined
from broadcast_opik.row import Encoder, error_info, row

DEFAULT_NAME = "OpenRouter Request"


def trace_items(tree: TraceTree, trace_id: str, config: OpikConfig, encoder: Encoder) -> list[Item]:
    """Return the trace's row; none when the trace is the caller's own, or its row has been forgotten."""
    if tree.summary is None or is_callers_own(tree, config):
        return []
    notes: list[Diagnostic] = []
    body = _row(tree, tree.summary, trace_id, config, encoder, notes)
    return [
        Item(endpoint=TRACES.name, body=body, generations=tuple(tree.generations), diagnostics=tuple(notes))
    ]


def is_callers_own(tree: TraceTree, config: OpikConfig) -> bool:
    """Tell whether the trace exists in Opik already, by the caller's hand: ours would replace its row."""
    if as_uuid7(tree.trace_id) is None:
        return False
    parents = tree.summary.parents if tree.summary else frozenset()
    return config.attach or any(as_uuid7(parent) for parent in parents)


def _row(
    tree: TraceTree,
    summary: Summary,
    trace_id: str,
    config: OpikConfig,
    encoder: Encoder,
    notes: list[Diagnostic],
) -> bytes:
    name = cleaned(_value(summary.name), "$.trace.trace_name", notes)
    custom = summary.custom
    metadata = combined(custom, _ours(tree, summary), notes)
    fields: dict[str, Json] = {
        "id": trace_id,
        "project_name": config.project_name,
        "name": name or DEFAULT_NAME,
        "start_time": written_time(summary.start),
        "end_time": written_time(summary.end) if summary.end else None,
        "last_updated_at": written_time(summary.updated_at),
        "source": "sdk",
        "thread_id": cleaned(_value(summary.session_id), "$.identity.session_id", notes),
        "ttft": summary.first_token_ms,
        "tags": tags(summary.tags, "$.trace.tags", notes) or None,
        "environment": environment(custom.get("environment"), "$.trace.metadata.environment", notes),
        "error_info": error_info(summary.failure),
    }
    return row(
        fields,
        {
            "metadata": json_field(metadata, "$.trace.metadata", notes),
            "input": encoder.input(summary.input.value, notes) if summary.input else None,
            "output": encoder.output(summary.output.value, notes) if summary.output else None,
        },
    )


def _ours(tree: TraceTree, summary: Summary) -> dict[str, Json]:
    return {
        "openrouter_trace_id": tree.key,
        "user_id": _value(summary.user_id),
        "session_id": _value(summary.session_id),
        "tags": sorted(summary.tags),
        "content_withheld": True if summary.withheld else None,
    }


def _value(pick: object) -> str | None:
    value = getattr(pick, "value", None)
    return value if isinstance(value, str) else None
