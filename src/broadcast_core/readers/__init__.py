"""Readers turn a foreign dialect into generations; each returns an outcome for every generation it saw.

    broadcast_otlp     an OpenRouter Broadcast delivery (OTLP/JSON)
    chat_completion    a chat request with its response or stream chunks
    generation_api     `GET /generation`, with or without its content
    own_record         our own NDJSON

`read` finds out which of them a document is.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from broadcast_core.diagnostic import Problem
from broadcast_core.jsontext import Json, JsonError, loads
from broadcast_core.readers import broadcast_otlp, chat_completion, generation_api, own_record
from broadcast_core.readers.dialects import dialect_of, mistaken, unknown
from broadcast_core.readers.reading import Ignored, Read, Reader, Reading, Rejected
from broadcast_core.readers.vocabulary import NAMED

DIALECTS: Mapping[str, Reader] = {
    "broadcast": broadcast_otlp.read,
    "chat": chat_completion.read,
    "generation-api": generation_api.read,
    "record": own_record.read,
}
_KNOWN = ", ".join(sorted(DIALECTS))


def read(document: Json, dialect: str | None = None) -> Reading:
    """Return what a document holds; with no dialect named, find out which it is."""
    name = dialect or dialect_of(document)
    if name is None or name not in DIALECTS:
        named = f"{name!r} is no known dialect" if name else "no known dialect"
        hint = "" if name else unknown(document)
        what = f"{named}: {hint or f'expected one of {_KNOWN}'}"
        return Reading((Rejected(problems=(Problem(what),)),))
    reading = DIALECTS[name](document)
    hint = mistaken(document, name) if reading.rejected else ""
    return _with_hint(reading, Problem(hint)) if hint else reading


def _with_hint(reading: Reading, hint: Problem) -> Reading:
    """Return a reading with one more problem, the first, in each of its rejections."""
    outcomes = (
        evolve(one, problems=(hint, *one.problems)) if isinstance(one, Rejected) else one
        for one in reading.outcomes
    )
    return Reading(tuple(outcomes))


def read_text(text: bytes | str, dialect: str | None = None) -> Reading:
    """Return what one JSON document holds; text that is no JSON is one rejection."""
    try:
        document = loads(text, NAMED)
    except JsonError as error:
        return Reading((Rejected(problems=(Problem(error.reason, error.path or "$"),)),))
    return read(document, dialect)


__all__ = ["DIALECTS", "Ignored", "Read", "Reader", "Reading", "Rejected", "dialect_of", "read", "read_text"]
