"""What the rows of traces and spans share: columns, metadata, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from broadcast_core.destinations import (
    AnyJson,
    Columns,
    Constant,
    FailureText,
    Fit,
    Fitted,
    Json,
    Made,
    Summary,
    beside,
    failure_text,
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

MEANT_BY_OPIK = frozenset({"provider", "providers", "cost", "model"})
"""Opik puts the first two into metadata when it reads a row, and takes the others for its cost and model."""


def fit_failure(summary: Summary) -> Fitted[dict[str, str]] | None:
    """Return the error of a merged row."""
    return error_info(failure_text(summary.failure, MAX_TEXT, MAX_ERROR_TEXT))


def error_info(text: Fitted[FailureText] | None) -> Fitted[dict[str, str]] | None:
    """Return Opik's error_info, whose type and traceback must not be blank; None where nothing failed."""
    return text and text.map(lambda fields: fields.named("exception_type", "message", "traceback"))


def own_tags(tags: Iterable[str]) -> Fitted[list[str] | None]:
    """Return tags as Opik takes them."""
    return fit_tags(tags, "$.trace.tags", MAX_TAGS, MAX_TAG, "Opik")


def environment(custom: Mapping[str, Json]) -> Fitted[str | None] | None:
    """Return the environment of a row, from the caller's own metadata."""
    name = custom.get("environment")
    path, what = "$.trace.metadata.environment", "Opik's environments"
    return None if name is None else fit_name(name, path, MAX_ENVIRONMENT, what)


MERGED: Columns = {
    "id": "own.id",
    "project_name": "ids.config.project_name",
    "start_time": Made("row.start", written_time),
    "end_time": Made("row.end", written_time),
    "last_updated_at": Made("row.updated_at", written_time),
    "source": Constant("sdk"),
    "error_info": Fit("row", fit_failure),
}
"""The columns that a trace and a named span have in common; `row` is a `Summary`."""

OURS: Columns = {"openrouter_trace_id": "ids.tree.key", "opik_event_id": "own.event_id"}
"""The metadata of every row."""


def metadata(reserved: dict[str, Json], custom: Mapping[str, Json], path: str) -> AnyJson:
    """Return the metadata of a row: our keys, and the caller's own."""
    return AnyJson(beside(custom, reserved, MEANT_BY_OPIK, "Opik"), path, MAX_FIELD_BYTES, "Opik")
