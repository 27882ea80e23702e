"""What the rows of traces and spans share: the columns of a merged row, metadata, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from broadcast_core.destinations import (
    FailureText,
    Fitted,
    Json,
    Row,
    SharedContent,
    Summary,
    combine,
    failure_text,
    fit_json,
    fit_name,
    fit_tags,
    written_time,
)
from broadcast_opik.endpoints import MAX_ENVIRONMENT, MAX_ERROR_TEXT, MAX_FIELD_BYTES, MAX_TAG, MAX_TAGS
from broadcast_opik.ids import ResolvedId, TreeIds

MEANT_BY_OPIK = frozenset({"provider", "providers", "cost", "model"})
"""Opik puts the first two into metadata when it reads a row, and takes the others for its cost and model."""


def put_merged(row: Row, ids: TreeIds, own: ResolvedId, summary: Summary) -> None:
    """Set the columns that a trace and a named span have in common."""
    row.put("id", own.id)
    row.put("project_name", ids.config.project_name)
    put_times(row, summary.start, summary.end, summary.updated_at)
    put_error(row, failure_text(summary.failure, MAX_ERROR_TEXT))


def put_labels(row: Row, tags: Iterable[str], custom: Mapping[str, Json]) -> None:
    """Set the tags and the environment of a row."""
    row.put("tags", fit_tags(tags, "$.trace.tags", MAX_TAGS, MAX_TAG, "Opik"))
    path, what = "$.trace.metadata.environment", "Opik's environments"
    row.put("environment", fit_name(custom.get("environment"), path, MAX_ENVIRONMENT, what))


def put_content(row: Row, content: SharedContent, asked: Json, answered: Json) -> None:
    """Set the input and the output of a row."""
    row.put("input", content.fit(asked, "$.content.input"))
    row.put("output", content.fit(answered, "$.content.output"))


def put_metadata(
    row: Row,
    ids: TreeIds,
    own: ResolvedId,
    custom: Mapping[str, Json],
    path: str,
    reserved: Mapping[str, Json],
) -> None:
    """Set the metadata of a row: our keys, and the caller's own."""
    originals = {"openrouter_trace_id": ids.tree.key, "opik_event_id": own.event_id}
    metadata = row.take(combine(custom, {**originals, **reserved}, MEANT_BY_OPIK, "Opik"))
    row.put("metadata", fit_json(metadata, path, MAX_FIELD_BYTES, "Opik"))


def put_times(row: Row, start: datetime, end: datetime | None, updated_at: datetime) -> None:
    """Set when it happened, and the version of the row."""
    row.put("start_time", written_time(start))
    row.put("end_time", written_time(end) if end else None)
    row.put("last_updated_at", written_time(updated_at))
    row.put("source", "sdk")


def put_error(row: Row, fitted: Fitted[FailureText | None]) -> None:
    """Set Opik's error_info, whose type and traceback must not be blank."""
    text = row.take(fitted)
    if text is not None:
        message = {} if text.message is None else {"message": text.message}
        row.put("error_info", {"exception_type": text.type, **message, "traceback": text.traceback})
