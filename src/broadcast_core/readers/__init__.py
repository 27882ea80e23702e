"""Readers turn a foreign dialect into generations; each returns an outcome for every generation it saw.

    broadcast_otlp     an OpenRouter Broadcast delivery (OTLP/JSON)
    chat_completion    a chat request with its response or stream chunks
    generation_api     `GET /generation`, with or without its content
    own_record         our own NDJSON

`read` finds out which of them a document is, by `dialects`. Of the chat dialect there are also

    chat_document      the document of an exchange that a program hands over
    chat_answer        where the answer stands        chat_failure       whether the request failed, and why
    chat_usage         tokens and cost                chat_stream        chunks, put together to a response
    sse                chunks as lines of the wire    responses_stream   events of the Responses API
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.jsontext import NO_TEXT, Json, JsonError, loads, loads_lenient
from broadcast_core.readers import ndjson
from broadcast_core.readers.dialects import dialect_of, mistaken, unknown
from broadcast_core.readers.exchange import chat
from broadcast_core.readers.fields import MENDED
from broadcast_core.readers.openrouter import delivery, generation_api
from broadcast_core.readers.reading import Ignored, Read, Reader, Reading, Rejected
from broadcast_core.readers.vocabulary import NAMED

DIALECTS: Mapping[str, Reader] = {
    "broadcast": delivery.read,
    "chat": chat.read,
    "generation-api": generation_api.read,
    "record": ndjson.read,
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
    """Return what one JSON document holds; text that is no JSON is one rejection.

    Half a character, as where a text was cut within an emoji, is mended and told.
    """
    try:
        return read(loads(text, NAMED), dialect)
    except JsonError as error:
        if error.reason == NO_TEXT:
            return _mended(text, dialect, error.path or "$")
        return _refused(error)


def _mended(text: bytes | str, dialect: str | None, path: str) -> Reading:
    try:
        document, _ = loads_lenient(text if isinstance(text, str) else text.decode("utf-8"))
    except JsonError as error:
        return _refused(error)
    note = Diagnostic("coerced", path, MENDED)
    outcomes = (
        evolve(one, diagnostics=(note, *one.diagnostics)) if isinstance(one, Read) else one
        for one in read(document, dialect).outcomes
    )
    return Reading(tuple(outcomes))


def _refused(error: JsonError) -> Reading:
    return Reading((Rejected(problems=(Problem(error.reason, error.path or "$"),)),))


__all__ = ["DIALECTS", "Ignored", "Read", "Reader", "Reading", "Rejected", "dialect_of", "read", "read_text"]
