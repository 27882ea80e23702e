"""Text as the columns of Opik hold it: names, tags, environments, each within its size."""

from __future__ import annotations

import hashlib
import re

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import dumps, without_lone_surrogates
from broadcast_core.jsontext.truncation import truncate
from broadcast_opik.limits import MAX_ENVIRONMENT, MAX_TAG, MAX_TAGS, MAX_TEXT, MAX_THREAD_ID

_MOST_BYTES = 6  # that JSON has for a character: the control characters are written as \u0001
_DIGITS = 32  # of the hash in a thread id that is too long
_NOT_IN_ENVIRONMENT = re.compile(r"[^A-Za-z0-9_-]+")


def clean(text: str) -> str:
    """Return text that every column of Opik holds: no NUL, no lone surrogates, no space around it."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return str(without_lone_surrogates(text.replace("\x00", ""))).strip()


def cleaned(text: str | None, path: str, notes: list[Diagnostic], most: int | None = MAX_TEXT) -> str | None:
    """Return the clean text, or None for blank; note what was changed beyond the space around it.

    `most` is in bytes as JSON writes them, so that a row is bounded whatever its texts are made of; None for
    a text that its caller bounds.
    """
    if text is None:
        return None
    result = clean(text)
    if result != text.strip():
        notes.append(Diagnostic("coerced", path, "NUL and lone surrogates were taken out"))
    if most is not None and len(result) * _MOST_BYTES > most and (size := len(dumps(result)) - 2) > most:
        notes.append(Diagnostic("truncated", path, f"cut to {most} of {size} bytes"))
        result = truncate(result, most + 2)
    return result or None


def thread_id(session: str | None, path: str, notes: list[Diagnostic]) -> str | None:
    """Return a session id as Opik stores thread ids; one that is too long ends in a hash of the whole.

    Opik answers 204 to a longer one, and then stores no thread record of that whole request.
    """
    whole = cleaned(session, path, notes, most=None)
    if whole is None or len(whole) <= MAX_THREAD_ID:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:_DIGITS]
    what = f"Opik's thread ids have {MAX_THREAD_ID} characters: cut, with a hash of the whole at its end;"
    notes.append(Diagnostic("truncated", path, f"{what} the whole is in the metadata as session_id"))
    return f"{whole[: MAX_THREAD_ID - _DIGITS - 1].rstrip()}-{digest}"


def tags(values: frozenset[str] | tuple[str, ...], path: str, notes: list[Diagnostic]) -> list[str]:
    """Return at most 50 tags of at most 100 UTF-16 units, in order; those that are alike when cut once."""
    distinct = sorted({tag for value in values if (tag := clean(value))})
    short = list(dict.fromkeys(_tag(tag) for tag in distinct))[:MAX_TAGS]
    if short != distinct:
        what = f"Opik keeps {MAX_TAGS} tags of {MAX_TAG} characters; all of them are in the metadata"
        notes.append(Diagnostic("truncated", path, what))
    return short


def _tag(text: str) -> str:
    """Return as much as Opik keeps, without half of a character that has two units."""
    room = MAX_TAG
    for n, char in enumerate(text):
        room -= 2 if char > "\uffff" else 1
        if room < 0:
            return text[:n].rstrip()
    return text


def environment(value: object, path: str, notes: list[Diagnostic]) -> str | None:
    """Return the name of an environment in the letters that Opik takes."""
    if not isinstance(value, str) or not value.strip():
        return None
    name = _NOT_IN_ENVIRONMENT.sub("-", value.strip())[:MAX_ENVIRONMENT].strip("-")
    if name != value:
        notes.append(
            Diagnostic("coerced", path, f"Opik's environments take letters, digits, _ and -: {name!r}")
        )
    return name or None
