"""Ids for Opik: UUIDv7 that are functions of the original id and a time.

    id = v7(milliseconds, the low 74 bits of SHA-256("broadcast-opik/1" NUL kind NUL original))

With the option `id_scope = "project"` the hash is that of

    "broadcast-opik/1/project" NUL project, as Opik files it NUL kind NUL original

Same original and time, same UUID, forever: a change would need a new namespace. An original that is a
UUIDv7 already, without capitals, is used as it is. Opik wants UUIDv7 whose first 48 bits are a real time.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Literal

import uuid6

from broadcast_core.traces.keys import SpanKey
from broadcast_opik.scope import filed_under
from broadcast_opik.window import LIMIT

NAMESPACE = b"broadcast-opik/1"
OF_PROJECTS = b"broadcast-opik/1/project"
BEFORE = timedelta(hours=12)  # half of Opik's window, so that there is time for sending and retries

Kind = Literal["trace", "own-trace", "span", "own-span", "generation", "attempt"]

_UUID = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
)
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_GENERATION_ID = re.compile(r"gen-(\d{9,11})-.+", re.ASCII)
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}")
_CROCKFORD = {letter: n for n, letter in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LOW_62 = (1 << 62) - 1
_LOW_74 = (1 << 74) - 1


def opik_id(kind: Kind, original: str, moment: datetime, project: str = "") -> str:
    """Return the UUIDv7 of an original id at a time (cut to milliseconds), with a project one of its own."""
    space = (
        b"%s\x00%s" % (OF_PROJECTS, filed_under(project).encode("utf-8", "surrogatepass"))
        if project
        else NAMESPACE
    )
    seed = b"%s\x00%s\x00%s" % (space, kind.encode(), original.encode("utf-8", "surrogatepass"))
    low = int.from_bytes(hashlib.sha256(seed).digest(), "big") & _LOW_74
    number = milliseconds(moment) << 80 | 7 << 76 | (low >> 62) << 64 | 2 << 62 | (low & _LOW_62)
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def as_uuid7(text: str | None) -> str | None:
    """Return a UUIDv7, or None for anything else, capitals too: two spellings must not become one id."""
    return text if text is not None and _UUID7.fullmatch(text) else None


def own_uuid7(text: str | None, moment: datetime) -> str | None:
    """Return a caller's UUIDv7, or None for anything else.

    Also for one more than 24 hours after a moment: Opik refuses it, and with it the whole batch.
    """
    own = as_uuid7(text)
    carried = None if own is None else carried_time(own)
    return own if carried is not None and carried <= moment + LIMIT else None


def milliseconds(moment: datetime) -> int:
    """Return the whole milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND


def trace_moment(trace_id: str, anchor: datetime) -> datetime:
    """Return the time of a trace: the one its id carries, when it lies in the 12 hours before the anchor."""
    carried = carried_time(trace_id)
    return carried if carried is not None and max(anchor - BEFORE, _EPOCH) <= carried <= anchor else anchor


def span_original(trace_key: str, span: SpanKey) -> str:
    """Return the original id of a named span: its trace, name and parent, each with its length."""
    name, parent = span
    return "".join(f"{len(part)}:{part}," for part in (trace_key, name, parent or ""))


def carried_time(text: str) -> datetime | None:
    """Return the time inside a ULID, a UUIDv1, v6 or v7, or a `gen-<seconds>-` id."""
    if match := _GENERATION_ID.fullmatch(text):
        return _EPOCH + timedelta(seconds=int(match[1]))
    if _UUID.fullmatch(text):
        return _time_of_uuid(uuid6.UUID(text))
    if _ULID.fullmatch(text):
        number = 0
        for letter in text[:10].upper():
            number = number * 32 + _CROCKFORD[letter]
        return _at(number)
    return None


def _time_of_uuid(value: uuid6.UUID) -> datetime | None:
    if value.version == 7:
        return _at(value.time)
    if value.version in (1, 6):
        return _GREGORIAN + timedelta(microseconds=value.time // 10)
    return None


def _at(number: int) -> datetime | None:
    try:
        return _EPOCH + number * _MILLISECOND
    except OverflowError:
        return None
