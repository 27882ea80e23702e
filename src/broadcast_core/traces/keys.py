"""What groups generations: the key of their trace, and that of the named span they hang under."""

from __future__ import annotations

from typing import TypeAlias

from broadcast_core.record.generation import Generation

SpanKey: TypeAlias = tuple[str, str | None]
"""A named span of a trace: its name, and the caller's own span that it hangs under."""


def trace_key(generation: Generation) -> str:
    """Return what groups generations: the caller's trace id, else the generation's own."""
    return generation.trace.trace_id or generation.id


def span_key_of(generation: Generation) -> SpanKey | None:
    """Return the named span that a generation hangs under, or None; one does not hang under what it holds."""
    trace = generation.trace
    if trace.span_name is None or not str(trace.span_name).strip():
        return None
    return (trace.span_name, trace.parent_span_id if trace.parent_span_id != generation.id else None)
