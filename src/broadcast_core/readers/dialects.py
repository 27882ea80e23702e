"""Which dialect a document is, by the keys that only one of them has; and what to do with one of none."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_core.record.messages import INPUT_KEYS

_RESPONSE = ("chat.completion", "chat.completion.chunk", "text_completion", "response", "list", "error")
_EXCHANGE = 'a chat exchange is {"request": {...}, "response": {...}, "started_at": "2026-11-23T10:00:00Z"}'
_NAMES: Mapping[str, str] = {
    "broadcast": "an OpenRouter Broadcast delivery",
    "chat": "a chat exchange",
    "generation-api": "an answer of GET /generation",
    "record": "a record",
}


def dialect_of(document: Json) -> str | None:
    """Return the name of the dialect that a document looks like, or None."""
    if not isinstance(document, dict):
        return None
    if document.keys() >= {"id", "timing"}:
        return "record"
    if "resourceSpans" in document or document == {}:
        return "broadcast"
    if document.keys() & {"request", "response", "chunks"}:
        return "chat"
    if _lone_part(document):
        return None
    if "generation" in document or ("data" in document and "id" not in document):
        return "generation-api"
    return "record" if document.keys() & {"id", "timing", "schema_version"} else None


def unknown_dialect_hint(document: Json) -> str:
    """Say what to do with a document of no known dialect; empty when there is no hint."""
    if isinstance(document, list):
        return "an array: give its documents one a line, in a file that ends in .ndjson or .jsonl"
    half = _lone_part(document) if isinstance(document, dict) else None
    return f"this looks like the {half} of a chat alone; {_EXCHANGE}" if half else ""


def wrong_dialect_hint(document: Json, dialect: str) -> str:
    """Say which dialect a document looks like when it is not the named one; empty when there is no hint."""
    looks = dialect_of(document) if document else None
    if looks in (None, dialect):
        return ""
    return f"this looks like {_NAMES[looks]}, and was read as {dialect!r}: name {looks!r}, or no dialect"


def _lone_part(document: Mapping[str, Json]) -> str | None:
    """Tell whether a document is the body of a request, or of a response, without the other."""
    if "choices" in document or "error" in document or document.get("object") in _RESPONSE:
        return "response"
    asked = any(key in document for key in INPUT_KEYS) and ("model" in document or "messages" in document)
    return "request" if asked else None
