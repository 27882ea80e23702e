"""Readers turn a foreign dialect into generations; each returns an outcome for every generation it saw.

    broadcast_otlp     an OpenRouter Broadcast delivery (OTLP/JSON)
    chat_completion    a chat request with its response or stream chunks
    generation_api     `GET /generation`, with or without its content
    own_record         our own NDJSON

`read` finds out which of them a document is.
"""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.diagnostic import Problem
from broadcast_core.jsontext import Json, JsonError, loads
from broadcast_core.readers import broadcast_otlp, chat_completion, generation_api, own_record
from broadcast_core.readers.reading import Ignored, Read, Reader, Reading, Rejected
from broadcast_core.readers.vocabulary import NAMED

DIALECTS: Mapping[str, Reader] = {
    "broadcast": broadcast_otlp.read,
    "chat": chat_completion.read,
    "generation-api": generation_api.read,
    "record": own_record.read,
}


def dialect_of(document: Json) -> str | None:
    """Return the name of the dialect that a document looks like, or None."""
    if not isinstance(document, dict):
        return None
    if document.keys() >= {"id", "timing"}:
        return "record"
    if "resourceSpans" in document or document == {}:
        return "broadcast"
    if "request" in document:
        return "chat"
    if "generation" in document or ("data" in document and "id" not in document):
        return "generation-api"
    return "record" if document.keys() & {"id", "timing", "schema_version"} else None


def read(document: Json, dialect: str | None = None) -> Reading:
    """Return what a document holds; with no dialect named, find out which it is."""
    name = dialect or dialect_of(document)
    if name is None or name not in DIALECTS:
        named = f"{name!r} is no known dialect" if name else "no known dialect"
        what = f"{named}: expected one of {', '.join(sorted(DIALECTS))}"
        return Reading((Rejected(problems=(Problem(what),)),))
    return DIALECTS[name](document)


def read_text(text: bytes | str, dialect: str | None = None) -> Reading:
    """Return what one JSON document holds; text that is no JSON is one rejection."""
    try:
        document = loads(text, NAMED)
    except JsonError as error:
        return Reading((Rejected(problems=(Problem(error.reason, error.path or "$"),)),))
    return read(document, dialect)


__all__ = ["DIALECTS", "Ignored", "Read", "Reader", "Reading", "Rejected", "dialect_of", "read", "read_text"]
