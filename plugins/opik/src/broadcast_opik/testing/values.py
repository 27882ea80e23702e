"""Sections 0 and 1: one rule a kind of value, as a server reads and validates it.

A rule returns the violations that bean validation would list, as "path what", and raises `Refused` for what
Jackson cannot read. Paths are in camelCase: `traces[0].startTime`. On what we insist beyond: `stricter.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from broadcast_core.jsontext import Json
from broadcast_opik.testing.refusal import broken, unreadable
from broadcast_opik.testing.rulebook import measured, read

Check: TypeAlias = Callable[[Json, str], list[str]]

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_AMOUNT = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2262, 4, 11, 23, 47, 16, tzinfo=UTC)
_LATEST_UPDATE = datetime(2300, 1, 1, tzinfo=UTC)
LARGEST = Decimal("1.7976931348623157e308")
MAX_PROJECT = MAX_ENVIRONMENT = 150


def camel(name: str) -> str:
    """Return the name of a property as violations spell it."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


def is_number(value: Json) -> bool:
    """Tell whether a value is a number in JSON."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


@measured(0, "times may be numbers of seconds or have an offset; more than 9 decimals are a 400")
def instant(value: Json) -> datetime | None:
    """Return a time in UTC, to the microsecond; None for what is none."""
    try:
        if is_number(value) and -int(Decimal(value).as_tuple().exponent) <= 9:
            return _EPOCH + timedelta(microseconds=int(Decimal(value) * 1_000_000))
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None


@read(1, "a UUID has 36 characters, in any letter case")
def uuid(value: Json, path: str) -> list[str]:
    """Refuse what is no UUID; the empty text, which would make the server invent an id, is not modelled."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise unreadable(f"UUID has to be represented by standard 36-char representation at {path}")
    return []


@read(1, "a text may be given as a number or a truth value, and becomes one")
@measured(0, "NUL anywhere is stored and returned; lone surrogates become `?`")
def text(value: Json, path: str) -> list[str]:
    """Refuse what is neither text nor becomes one."""
    if isinstance(value, dict | list):
        raise unreadable(f"Cannot deserialize value of type String at {path}")
    return []


@read(1, "the name of a project must not be blank")
@measured(0, "the name of a project has 150 whole characters; a longer one is a 500")
def project(value: Json, path: str) -> list[str]:
    """Refuse a blank name, and break on a long one."""
    text(value, path)
    name = str(value).strip()
    if len(name) > MAX_PROJECT:
        raise broken()
    return [] if name else [f"{path} must not be blank"]


@read(1, "times lie between 1970 and the last second of 64-bit nanoseconds")
def time(value: Json, path: str) -> list[str]:
    """InRange of start and end."""
    return _in_range(value, path, _LATEST)


@read(1, "last_updated_at lies between 1970 and 2300")
def update_time(value: Json, path: str) -> list[str]:
    """InRange of `last_updated_at`."""
    return _in_range(value, path, _LATEST_UPDATE)


def _in_range(value: Json, path: str, latest: datetime) -> list[str]:
    moment = instant(value)
    if moment is None:
        raise unreadable(f"Cannot deserialize value of type Instant at {path}")
    if _EPOCH <= moment < latest:
        return []
    first, last = (f"{limit.isoformat(timespec='microseconds')[:-6]}" for limit in (_EPOCH, latest))
    zeros = "000" if latest == _LATEST else ""
    return [f"{path} must be after or equal {first}Z and before {last}{zeros}Z"]


@read(1, "input, output and metadata may be any JSON")
def content(_value: Json, _path: str) -> list[str]:
    """Take anything."""
    return []


@read(1, "tags are an array of texts, without limit when they are created")
def tags(value: Json, path: str) -> list[str]:
    """Refuse what is no array of texts."""
    if not isinstance(value, list):
        raise unreadable(f"Cannot deserialize value of type Set at {path}")
    return [what for index, tag in enumerate(value) for what in text(tag, f"{path}[{index}]")]


@measured(0, "blank or missing error texts, even `{}`, are accepted")
def error_info(value: Json, path: str) -> list[str]:
    """Refuse what is no object of texts."""
    if not isinstance(value, dict):
        raise unreadable(f"Cannot construct instance of ErrorInfo at {path}")
    known = ("exception_type", "message", "traceback")
    return [what for name in known if name in value for what in text(value[name], f"{path}.{camel(name)}")]


@measured(0, "a `ttft` of -0.0 is below zero: a 422 for the whole request")
def wait(value: Json, path: str) -> list[str]:
    """Refuse what is no number of milliseconds from 0 on, by its sign."""
    if not is_number(value) or not -LARGEST <= value <= LARGEST:
        raise unreadable(f"Cannot deserialize value of type Double at {path}")
    return [f"{path} must be greater than or equal to 0"] if Decimal(value).is_signed() else []


@read(1, "a cost is a number, or one in a text, and not below zero")
def cost(value: Json, path: str) -> list[str]:
    """Refuse what is no amount."""
    in_text = isinstance(value, str) and _AMOUNT.fullmatch(value)
    if not (is_number(value) or in_text):
        raise unreadable(f"Cannot deserialize value of type BigDecimal at {path}")
    return [f"{path} must be greater than or equal to 0.0"] if Decimal(value) < 0 else []


@read(1, "counts are whole numbers of 32 bits, also in a text; fractions are cut, null and blank are dropped")
def usage(value: Json, path: str) -> list[str]:
    """Refuse what is no map of counts."""
    if not isinstance(value, dict):
        raise unreadable(f"Cannot deserialize value of type Map at {path}")
    for name, count in value.items():
        if count is not None and count != "" and not _is_count(count):
            raise unreadable(f"Cannot coerce value to Integer at {path}[{name!r}]")
    return []


def _is_count(value: Json) -> bool:
    whole = _WHOLE.fullmatch(value) is not None if isinstance(value, str) else is_number(value)
    return whole and -(2**31) <= int(value) < 2**31


@read(1, "an environment has at most 150 characters")
def environment(value: Json, path: str) -> list[str]:
    """Refuse a longer one."""
    text(value, path)
    return [f"{path} cannot exceed 150 characters"] if len(str(value)) > MAX_ENVIRONMENT else []


@measured(0, "enums are taken in any letter case")
def one_of(*options: str) -> Check:
    """Return the rule of an enum."""

    def check(value: Json, path: str) -> list[str]:
        if not isinstance(value, str) or value.lower() not in options:
            raise unreadable(f"Cannot deserialize value at {path}: not one of {options}")
        return []

    return check
