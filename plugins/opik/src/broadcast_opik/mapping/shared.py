"""What the rows of traces and spans share: the columns of a merged row, metadata, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from broadcast_core.destinations import (
    FailureText,
    Fitted,
    Json,
    Summary,
    combine,
    failure_text,
    fit_json,
    fit_name,
    fit_tags,
    written_time,
)
from broadcast_opik.endpoints import (
    MAX_ENVIRONMENT,
    MAX_ERROR_TEXT,
    MAX_FIELD_BYTES,
    MAX_TAG,
    MAX_TAGS,
    MAX_TEXT,
)
from broadcast_opik.ids import ResolvedId, TreeIds

Metadata = Mapping[str, Json]

MEANT_BY_OPIK = frozenset({"provider", "providers", "cost", "model"})
"""Opik puts the first two into metadata when it reads a row, and takes the others for its cost and model."""


def merged_columns(ids: TreeIds, own: ResolvedId, summary: Summary) -> dict[str, Json]:
    """Return the columns that a trace and a named span have in common."""
    return {
        "id": own.id,
        "project_name": ids.config.project_name,
        **times(summary.start, summary.end, summary.updated_at),
        "error_info": error_info(failure_text(summary.failure, MAX_TEXT, MAX_ERROR_TEXT)),
    }


def times(start: datetime, end: datetime | None, updated_at: datetime) -> dict[str, Json]:
    """Return when it happened, and the version of the row."""
    return {
        "start_time": written_time(start),
        "end_time": written_time(end) if end else None,
        "last_updated_at": written_time(updated_at),
        "source": "sdk",
    }


def labels(tags: Iterable[str], custom: Mapping[str, Json]) -> dict[str, Json]:
    """Return the tags and the environment of a row."""
    name, path, what = custom.get("environment"), "$.trace.metadata.environment", "Opik's environments"
    return {
        "tags": fit_tags(tags, "$.trace.tags", MAX_TAGS, MAX_TAG, "Opik") if tags else None,
        "environment": fit_name(name, path, MAX_ENVIRONMENT, what),
    }


def error_info(text: Fitted[FailureText] | None) -> Fitted[dict[str, str]] | None:
    """Return Opik's error_info, whose type and traceback must not be blank; None where nothing failed."""
    return text and text.map(lambda fields: fields.named("exception_type", "message", "traceback"))


def metadata(ids: TreeIds, own: ResolvedId, custom: Metadata, path: str, reserved: Metadata) -> Fitted[bytes]:
    """Return the metadata of a row: our keys, and the caller's own."""
    ours = {"openrouter_trace_id": ids.tree.key, "opik_event_id": own.event_id, **reserved}
    whole = combine(custom, ours, MEANT_BY_OPIK, "Opik")
    return whole.then(lambda value: fit_json(value, path, MAX_FIELD_BYTES, "Opik"))
