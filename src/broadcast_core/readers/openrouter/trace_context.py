"""What the caller said about the trace: out of the attributes, the resource and the echo of the request."""

from __future__ import annotations

from typing import Any

from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields
from broadcast_core.readers.openrouter import custom_metadata
from broadcast_core.readers.openrouter.otlp import Span
from broadcast_core.readers.openrouter.prefixes import SYSTEM
from broadcast_core.readers.trace_keys import (
    DEFAULT_GENERATION_NAME,
    DEFAULT_TRACE_NAME,
    are_tags,
    clean_id,
)
from broadcast_core.record.generation import TraceContext

TRACE_ID = "openrouter.trace.id"
"""The key of the resource that holds the caller's trace id, or the generation's id where there is none."""


def from_delivery(span: Span, fields: Fields, generation_id: str | None, request: Json) -> TraceContext:
    """Take what attributes and resource say; the echo of the request fills the gaps.

    What the echo says otherwise is kept with the unknown keys.
    """
    trace = request.get("trace") if isinstance(request, dict) else None
    echo = dict(trace) if isinstance(trace, dict) else {}
    stated = {
        "trace_id": _trace_id(span, generation_id),
        "trace_name": _unless_default(fields.text("trace.name"), DEFAULT_TRACE_NAME),
        "span_name": None,
        "generation_name": _unless_default(span.name, DEFAULT_GENERATION_NAME),
        "parent_span_id": span.parent_span_id,
    }
    known = {key: _choose_known(value, echo, key) for key, value in stated.items()}
    for key in ("trace_id", "parent_span_id"):
        known[key] = clean_id(known[key], fields, key)
    tags = fields.array_or_object("trace.tags")
    metadata = custom_metadata.collect(fields, echo)
    if echo:
        fields.left["gen_ai.completion.rawRequest.trace"] = echo
    if fields.left.get(SYSTEM + "source") == "openrouter":
        del fields.left[SYSTEM + "source"]
    return TraceContext(**known, tags=_tags(tags, metadata, fields), metadata=metadata)


def _trace_id(span: Span, generation_id: str | None) -> str | None:
    stated = span.resource.get(TRACE_ID)
    known = isinstance(stated, str) and stated.strip() and stated != generation_id
    return stated if known else None


def _unless_default(name: str | None, default: str) -> str | None:
    return None if name is None or name.strip() == default else name


def _choose_known(value: str | None, echo: dict[str, Json], key: str) -> Any:
    """Return a known key as it was stated, else as the caller said; drop equal ones from the echo."""
    echoed = echo.get(key)
    if value and value.strip():
        if echoed in (value, None):
            echo.pop(key, None)
        return value
    if not isinstance(echoed, str) or not echoed.strip():
        if echoed is None or echoed == "":
            echo.pop(key, None)
        return None
    return echo.pop(key)


def _tags(tags: Json, metadata: dict[str, Json], fields: Fields) -> tuple[str, ...]:
    """Return the tags; those that a caller sent arrive among the caller's own keys."""
    if tags is None and are_tags(metadata.get("tags")):
        tags = metadata.pop("tags")
    if are_tags(tags):
        return tuple(tags)
    if tags is not None:
        fields.left["trace.tags"] = tags
    return ()
