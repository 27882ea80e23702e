"""Readers turn a foreign dialect into generations; each returns an outcome for every generation it saw.

openrouter/    Broadcast deliveries (OTLP in JSON or protobuf), and answers of `GET /generation`
litellm/       payloads of LiteLLM's callbacks and of its HTTP logger
exchange/      a request with its response, its stream chunks or its error
ndjson.py      our own record

dialects.py    which of them a document is     results.py       what a reader returns
fields.py      known keys out of an object     vocabulary.py    keys that an error may quote
trace_keys.py  the caller's `trace` object
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.jsontext import NO_TEXT, Json, JsonError, loads_lenient, loads_with_texts
from broadcast_core.readers import exchange, ndjson
from broadcast_core.readers.dialects import dialect_of, unknown_dialect_hint, wrong_dialect_hint
from broadcast_core.readers.fields import MENDED
from broadcast_core.readers.litellm import payload
from broadcast_core.readers.openrouter import delivery, generation_api
from broadcast_core.readers.openrouter.protobuf import read as read_protobuf
from broadcast_core.readers.results import Ignored, Read, Reader, Reading, Rejected
from broadcast_core.readers.vocabulary import NAMED
from broadcast_core.record.codec import CONTENT
from broadcast_core.record.generation import know_texts

DIALECTS: Mapping[str, Reader] = {
    "broadcast": delivery.read,
    "exchange": exchange.read,
    "generation-api": generation_api.read,
    "litellm": payload.read,
    "record": ndjson.read,
}
_KNOWN = ", ".join(sorted(DIALECTS))


def read(document: Json, dialect: str | None = None) -> Reading:
    """Return what a document holds; with no dialect named, find out which it is."""
    name = dialect or dialect_of(document)
    if name is None or name not in DIALECTS:
        named = f"{name!r} is no known dialect" if name else "no known dialect"
        hint = "" if name else unknown_dialect_hint(document)
        what = f"{named}: {hint or f'expected one of {_KNOWN}'}"
        return Reading((Rejected(problems=(Problem(what),)),))
    reading = DIALECTS[name](document)
    hint = wrong_dialect_hint(document, name) if reading.rejected else ""
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
        document, texts = loads_with_texts(text, NAMED, CONTENT)
    except JsonError as error:
        if error.reason == NO_TEXT:
            return _read_mended(text, dialect, error.path or "$")
        return Reading((Rejected(problems=(Problem(error.reason),)),))
    reading = read(document, dialect)
    for generation in reading.generations:  # the document is nobody else's, and so what it holds
        know_texts(generation.content, document[CONTENT] if texts else {}, texts)
    return reading


def _read_mended(text: bytes | str, dialect: str | None, path: str) -> Reading:
    """Return what a text holds that is JSON but for half a character."""
    document, _ = loads_lenient(text if isinstance(text, str) else text.decode("utf-8"))
    note = Diagnostic("coerced", path, MENDED)
    outcomes = (
        evolve(one, diagnostics=(note, *one.diagnostics)) if isinstance(one, Read) else one
        for one in read(document, dialect).outcomes
    )
    return Reading(tuple(outcomes))


__all__ = [
    "DIALECTS",
    "Ignored",
    "Read",
    "Reader",
    "Reading",
    "Rejected",
    "dialect_of",
    "read",
    "read_protobuf",
    "read_text",
]
