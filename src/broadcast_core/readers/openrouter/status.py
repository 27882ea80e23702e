"""How a request ended: well, with an error, or because its caller went away."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json, keep
from broadcast_core.readers.fields import Fields
from broadcast_core.readers.openrouter.otlp import Event, Span
from broadcast_core.readers.openrouter.prefixes import SYSTEM
from broadcast_core.record.conversions import as_flag, or_none
from broadcast_core.record.generation import Failure, Status

DISCONNECTED = "The client has disconnected"  # how Broadcast words a request that its caller gave up

_EXCEPTION, _MESSAGE = "exception", "span.status_message"
_REASON, _REASONS = "gen_ai.response.finish_reason", "gen_ai.response.finish_reasons"


def status(span: Span, context_group: Mapping[str, Json]) -> Status:
    """Return how the request ended; one that its caller cancelled is no error of the provider's."""
    if or_none(as_flag, context_group.get("cancelled")) or _message(span) == DISCONNECTED:
        return "cancelled"
    return "error" if span.failed else "ok"


def failure(span: Span, fields: Fields) -> Failure | None:
    """Take what the span and its exception say of the failure; None when it did not fail."""
    level = fields.left.get("span.level")
    if level == ("ERROR" if span.failed else "DEFAULT"):
        del fields.left["span.level"]
    stated = _message(span)
    if not span.failed and stated != DISCONNECTED:
        if span.status_message not in (None, fields.left.get(_MESSAGE)):
            keep(fields.left, "status.message", span.status_message)
        return None
    fields.drop_copies([_MESSAGE], stated)
    event = exception_of(span)
    exception = {**event.other, **event.attributes} if event else {}
    fields_of_event = Fields(exception, f"{span.path}.events", quoted=True)
    kind, message, stacktrace = (
        fields_of_event.text(f"exception.{key}") for key in ("type", "message", "stacktrace")
    )
    if message and stated and message != stated:
        fields_of_event.left["exception.message"] = message
    fields.adopt_reports(fields_of_event)
    if stated == DISCONNECTED and kind in (None, "Error"):
        kind = "Cancelled"  # Broadcast calls this an error too, which is of nobody's making
    return Failure(
        type=kind or "Error",
        message=stated or message,
        stacktrace=stacktrace,
        raw=fields_of_event.left or None,
    )


def exception_of(span: Span) -> Event | None:
    """Return the event that explains why a span failed; None when it did not."""
    events = (event for event in span.events if event.name == _EXCEPTION)
    return next(events, None) if span.failed else None


def finish_reasons(fields: Fields) -> tuple[str | None, str | None]:
    """Take the normalised finish reason and the provider's own."""
    several = fields.json(_REASONS)
    first = several[0] if isinstance(several, list) and several else several
    single = fields.text(_REASON) or (first if isinstance(first, str) and first.strip() else None)
    if several is not None and several not in (single, [], [single]):
        fields.left[_REASONS] = several
    return single, fields.text(SYSTEM + "finish_reason")


def _message(span: Span) -> str | None:
    found = span.status_message or span.attributes.get(_MESSAGE)
    return found if isinstance(found, str) and found.strip() else None
