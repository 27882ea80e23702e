"""Destinations: what a plugin is, and all that its author needs, under one import.

    contract.py      what every destination offers    capabilities.py   what it may offer beside
    description.py   what it says of itself as data   verdicts.py       what answers mean
    config.py        options, declared once           kinds.py          the kinds of options
    columns.py       tables of columns                rows.py           rows that become items
    records.py       whole records as items
    window.py        the times that a platform takes  content.py        what was asked and answered
    metadata.py      all else that is known           failures.py       what went wrong, in words
    fitting.py       values within limits             labels.py         tags, ids of threads, names
    attempts.py      provider attempts                uuids.py          UUIDv7 from original ids
    connection.py    secrets, connection tests        urls.py           base URLs of servers
    paths.py         paths that quote no content

A mapping reads trace trees and returns items; it imports nothing of the core but this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from broadcast_core.batching import Endpoint, Item, Outgoing, Request, Response, Unmapped
from broadcast_core.batching.file_urls import directory_url, is_file_url
from broadcast_core.destinations.attempts import (
    ATTEMPT_COLUMNS,
    attempt_metadata,
    describe_attempt,
    name_attempts,
)
from broadcast_core.destinations.capabilities import Identifies, Place, Places, ShowsTraces
from broadcast_core.destinations.columns import (
    Column,
    Columns,
    Constant,
    Fit,
    Made,
    Text,
    known_of,
    row_of,
)
from broadcast_core.destinations.config import (
    REQUIRED,
    ascii_only,
    max_chars_of,
    option,
    options_of,
    read_options,
    stated_options,
    wrong_option,
)
from broadcast_core.destinations.connection import (
    Meaning,
    add_bearer_token,
    add_secret_header,
    message_of,
    object_of,
    plan_check,
    read_status,
    read_success,
)
from broadcast_core.destinations.content import SharedContent, content_of
from broadcast_core.destinations.contract import CONTRACT_VERSION, Checked, Destination
from broadcast_core.destinations.description import Description, Secret
from broadcast_core.destinations.failures import (
    FailureText,
    attempt_failure_text,
    failure_text,
    provider_message,
)
from broadcast_core.destinations.fitting import (
    Fitted,
    clean,
    fit_cost,
    fit_json,
    fit_money,
    fit_text,
    money,
    total_cost,
)
from broadcast_core.destinations.labels import fit_id, fit_name, fit_tags
from broadcast_core.destinations.metadata import (
    GENERATION_COLUMNS,
    all_metadata,
    beside,
    combine,
    cost_metadata,
    generation_metadata,
)
from broadcast_core.destinations.records import record_item
from broadcast_core.destinations.rows import AnyJson, to_item
from broadcast_core.destinations.urls import (
    host_of,
    server_of,
    server_or_directory_url,
    server_url,
    wrong_url,
)
from broadcast_core.destinations.verdicts import (
    Blocked,
    Delivered,
    Doubtful,
    FollowUp,
    Refused,
    Retry,
    Split,
    Verdict,
    Verdicts,
    retry_after,
    verdict_of_status,
)
from broadcast_core.destinations.window import Window
from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.errors import ConfigError
from broadcast_core.jsontext import Json, JsonError, dumps, dumps_lossy, loads
from broadcast_core.policy import Policy
from broadcast_core.record.content_value import ContentValue
from broadcast_core.record.field_checks import written_time
from broadcast_core.record.generation import (
    Attempt,
    Content,
    Cost,
    Failure,
    Generation,
    Identity,
    Timing,
    TraceContext,
    Usage,
)
from broadcast_core.record.messages import Roles, chat_input, chat_output
from broadcast_core.secrets import Secrets, SecretText
from broadcast_core.traces import SpanKey, Summary, Timestamped, TraceTree, assemble, span_key_of

if TYPE_CHECKING:
    from broadcast_core.destinations.uuids import as_uuid7, carried_time, milliseconds, uuid7_of

__all__ = [
    "ATTEMPT_COLUMNS",
    "CONTRACT_VERSION",
    "GENERATION_COLUMNS",
    "REQUIRED",
    "AnyJson",
    "Attempt",
    "Blocked",
    "Checked",
    "Column",
    "Columns",
    "ConfigError",
    "Constant",
    "Content",
    "ContentValue",
    "Cost",
    "Delivered",
    "Description",
    "Destination",
    "Diagnostic",
    "Doubtful",
    "Endpoint",
    "Failure",
    "FailureText",
    "Fit",
    "Fitted",
    "FollowUp",
    "Generation",
    "Identifies",
    "Identity",
    "Item",
    "Json",
    "JsonError",
    "Made",
    "Meaning",
    "Outgoing",
    "Place",
    "Places",
    "Policy",
    "Problem",
    "Refused",
    "Request",
    "Response",
    "Retry",
    "Roles",
    "Secret",
    "SecretText",
    "Secrets",
    "SharedContent",
    "ShowsTraces",
    "SpanKey",
    "Split",
    "Summary",
    "Text",
    "Timestamped",
    "Timing",
    "TraceContext",
    "TraceTree",
    "Unmapped",
    "Usage",
    "Verdict",
    "Verdicts",
    "Window",
    "add_bearer_token",
    "add_secret_header",
    "all_metadata",
    "as_uuid7",
    "ascii_only",
    "assemble",
    "attempt_failure_text",
    "attempt_metadata",
    "beside",
    "carried_time",
    "chat_input",
    "chat_output",
    "clean",
    "combine",
    "content_of",
    "cost_metadata",
    "describe_attempt",
    "directory_url",
    "dumps",
    "dumps_lossy",
    "failure_text",
    "fit_cost",
    "fit_id",
    "fit_json",
    "fit_money",
    "fit_name",
    "fit_tags",
    "fit_text",
    "generation_metadata",
    "host_of",
    "is_file_url",
    "known_of",
    "loads",
    "max_chars_of",
    "message_of",
    "milliseconds",
    "money",
    "name_attempts",
    "object_of",
    "option",
    "options_of",
    "plan_check",
    "provider_message",
    "read_options",
    "read_status",
    "read_success",
    "record_item",
    "retry_after",
    "row_of",
    "server_of",
    "server_or_directory_url",
    "server_url",
    "span_key_of",
    "stated_options",
    "to_item",
    "total_cost",
    "uuid7_of",
    "verdict_of_status",
    "written_time",
    "wrong_option",
    "wrong_url",
]

_OF_UUIDS = ("as_uuid7", "carried_time", "milliseconds", "uuid7_of")


def __getattr__(name: str) -> Any:
    """Import what needs uuid6, which brings importlib.metadata along, when a destination asks for it."""
    if name not in _OF_UUIDS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.uuids"), name)
