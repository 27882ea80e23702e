"""Which dialect a document is, by the keys that only one of them has; and what to do with one of none."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_core.readers.openrouter.generation_api import TOO_EARLY, is_bare, is_missing
from broadcast_core.readers.openrouter.otlp import OTHER_SIGNALS
from broadcast_core.readers.openrouter.snake_case import BEGINNING
from broadcast_core.record.messages import INPUT_KEYS

_RESPONSE = ("chat.completion", "chat.completion.chunk", "text_completion", "response", "list", "error")
_EXCHANGE = 'an exchange is {"request": {...}, "response": {...}, "started_at": "2026-11-23T10:00:00Z"}'
_LOOKUP = f"; of GET /generation, {TOO_EARLY}"
_OTHER_SIGNALS = {"resourceMetrics", "resourceLogs", "resourceProfiles"}
_NAMES: Mapping[str, str] = {
    "broadcast": "an OpenRouter Broadcast delivery",
    "exchange": "an exchange",
    "generation-api": "an answer of GET /generation",
    "litellm": "a payload of LiteLLM",
    "record": "a record",
}


def dialect_of(document: Json) -> str | None:
    """Return the name of the dialect that a document looks like, or None."""
    if isinstance(document, list):
        return "litellm" if document and all(map(_is_payload, document)) else None
    if not isinstance(document, dict):
        return None
    if _is_payload(document):
        return "litellm"
    if document.keys() >= {"id", "timing"}:
        return "record"
    if document.keys() & {"resourceSpans", BEGINNING} or document == {}:
        return "broadcast"
    if is_bare(document):
        return "generation-api"
    if document.keys() & {"request", "response", "chunks"}:
        return "exchange"
    if _lone_part(document):
        return None
    if "generation" in document or ("data" in document and "id" not in document):
        return "generation-api"
    return "record" if document.keys() & {"id", "timing", "schema_version"} else None


def unknown_dialect_hint(document: Json) -> str:
    """Say what to do with a document of no known dialect; empty when there is no hint."""
    if isinstance(document, list):
        return "an array: give its documents one a line, in a file that ends in .ndjson or .jsonl"
    if isinstance(document, dict) and document.keys() & _OTHER_SIGNALS:
        return OTHER_SIGNALS
    half = _lone_part(document) if isinstance(document, dict) else None
    return (
        f"this looks like a {half} alone; {_EXCHANGE}{_LOOKUP if is_missing(document) else ''}"
        if half
        else ""
    )


def wrong_dialect_hint(document: Json, dialect: str) -> str:
    """Say which dialect a document looks like when it is not the named one; empty when there is no hint."""
    looks = dialect_of(document) if document else None
    if looks in (None, dialect):
        return ""
    return f"this looks like {_NAMES[looks]}, and was read as {dialect!r}: name {looks!r}, or no dialect"


def _is_payload(document: Json) -> bool:
    """Tell whether a document is a standard logging payload; older ones have no id of the call."""
    return isinstance(document, dict) and document.keys() >= {"startTime", "hidden_params"}


def _lone_part(document: Mapping[str, Json]) -> str | None:
    """Tell whether a document is the body of a request, or of a response, without the other."""
    named = document.get("object"), document.get("type")
    if "choices" in document or "error" in document or named[0] in _RESPONSE or named[1] == "message":
        return "response"
    asked = any(key in document for key in INPUT_KEYS) and ("model" in document or "messages" in document)
    return "request" if asked else None
