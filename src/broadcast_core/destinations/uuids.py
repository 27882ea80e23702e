"""UUIDv7 that are functions of an original id and a time, and the time that an original id carries.

    uuid7 = milliseconds since 1970, then the low 74 bits of SHA-256 over a seed

Same seed and time, same UUID, forever: a destination names its seeds by a version, so that no change goes
unnoticed.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import uuid6

_UUID = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
)
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_LENGTH = 36  # of a UUID as text
_GENERATION_ID = re.compile(r"gen-(\d{9,11})-.+", re.ASCII)
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}")
_CROCKFORD = {letter: n for n, letter in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LOW_62 = (1 << 62) - 1
_LOW_74 = (1 << 74) - 1


def uuid7_of(seed: bytes, moment: datetime) -> str:
    """Return the UUIDv7 of a seed at a time, which is cut to milliseconds."""
    low = int.from_bytes(hashlib.sha256(seed).digest()[-10:], "big") & _LOW_74
    number = milliseconds(moment) << 80 | 7 << 76 | (low >> 62) << 64 | 2 << 62 | (low & _LOW_62)
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def as_uuid7(text: str | None) -> str | None:
    """Return a UUIDv7, or None for anything else, capitals too: two spellings must not become one id."""
    return text if text is not None and len(text) == _LENGTH and _UUID7.fullmatch(text) else None


@lru_cache(maxsize=256)  # the ids of one generation hang on one time
def milliseconds(moment: datetime) -> int:
    """Return the whole milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND


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
