"""Sections 1.2 to 1.7: one rule a kind of value.

A rule returns the violations that bean validation would list, as "path what", and raises `Refused` for what
Jackson cannot read. Paths are in camelCase: `traces[0].startTime`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

from broadcast_core.jsontext import Json
from broadcast_opik.testing.refusal import broken, strict, unreadable

Rule: TypeAlias = Callable[[Json, str], list[str]]

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_AMOUNT = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2262, 4, 11, 23, 47, 16, tzinfo=UTC)
_LATEST_UPDATE = datetime(2300, 1, 1, tzinfo=UTC)
_LARGEST = Decimal("1.7976931348623157e308")


def camel(name: str) -> str:
    """Return the name of a property as violations spell it."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


def instant(text: str) -> datetime | None:
    """Return the time of an ISO 8601 text in UTC, to the microsecond; None for anything else."""
    try:
        return datetime.fromisoformat(text) if _INSTANT.fullmatch(text) else None
    except ValueError:
        return None


def uuid(value: Json, path: str) -> list[str]:
    """Section 1.7: 36 characters; the empty text would make the server invent an id (strict)."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise unreadable(f"UUID has to be represented by standard 36-char representation at {path}")
    return []


def text(value: Json, path: str) -> list[str]:
    """Columns of text (all strict): a text, without NUL and lone surrogates, not blank."""
    if not isinstance(value, str):
        raise strict(f"{path} is no text, and would become one")
    if "\x00" in value or not _encodes(value):
        raise strict(f"{path} has a NUL or a lone surrogate")
    return [] if value.strip() else [f"{path} must not be blank"]


def project(value: Json, path: str) -> list[str]:
    """Sections 1.2 and 1.7: not blank; longer than the column of 150 characters is a 500 (strict)."""
    violations = text(value, path)
    if len(value.strip()) > 150:
        raise broken()
    return violations


def time(value: Json, path: str) -> list[str]:
    """Section 1.3, InRange: from 1970 to the last second of 64-bit nanoseconds."""
    return _in_range(value, path, _LATEST)


def update_time(value: Json, path: str) -> list[str]:
    """Section 1.3, InRange of `last_updated_at`: to the year 2300."""
    return _in_range(value, path, _LATEST_UPDATE)


def _in_range(value: Json, path: str, latest: datetime) -> list[str]:
    moment = instant(value) if isinstance(value, str) else None
    if moment is None:
        raise unreadable(f"Cannot deserialize value of type Instant at {path}")
    if _EARLIEST <= moment < latest:
        return []
    first, last = (f"{limit.isoformat(timespec='microseconds')[:-6]}" for limit in (_EARLIEST, latest))
    zeros = "000" if latest == _LATEST else ""
    return [f"{path} must be after or equal {first}Z and before {last}{zeros}Z"]


def content(value: Json, path: str) -> list[str]:
    """Section 1.2: an object, a list of objects or a text, as OpenAPI has it (strict)."""
    of_objects = isinstance(value, list) and all(isinstance(item, dict) for item in value)
    if not of_objects and not isinstance(value, dict | str):
        raise strict(f"{path} is neither object, list of objects nor text")
    return _storable(value, path)


def metadata(value: Json, path: str) -> list[str]:
    """Section 5: what is no object is dropped when it is read, and these keys are Opik's own (strict)."""
    if not isinstance(value, dict):
        raise strict(f"{path} is no object")
    if value.keys() & {"provider", "providers"}:
        raise strict(f"{path} has a key that Opik puts there itself")
    return _storable(value, path)


def _storable(value: Json, path: str) -> list[str]:
    """Section 1.7: lone surrogates become `?`, numbers beyond a double the text "Infinity" (strict)."""
    left: list[Json] = [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            left += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            left += item
        elif isinstance(item, str) and not _encodes(item):
            raise strict(f"{path} has a lone surrogate")
        elif isinstance(item, int | Decimal) and not -_LARGEST <= item <= _LARGEST:
            raise strict(f"{path} has a number that would be stored as the text 'Infinity'")
    return []


def _encodes(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def tags(value: Json, path: str) -> list[str]:
    """Section 1.5: what a later edit on the page takes, 50 tags of 100 UTF-16 units (strict when created)."""
    if not isinstance(value, list):
        raise unreadable(f"Cannot deserialize value of type Set at {path}")
    violations = [what for index, tag in enumerate(value) for what in text(tag, f"{path}[{index}]")]
    if any(len(tag.encode("utf-16-le", "surrogatepass")) > 200 for tag in value):
        violations.append(f"{path} Tag cannot exceed 100 characters")
    if len(value) > 50:
        violations.append(f"{path} Cannot have more than 50 tags")
    return violations


def error_info(value: Json, path: str) -> list[str]:
    """Section 1.4: type and traceback not blank (not known to be checked: strict)."""
    if not isinstance(value, dict):
        raise unreadable(f"Cannot construct instance of ErrorInfo at {path}")
    if value.keys() - {"exception_type", "message", "traceback"}:
        raise strict(f"{path} has unknown fields, and would lose them")
    told = {"exception_type": "", "traceback": "", **value}
    return [what for name, one in told.items() for what in text(one, f"{path}.{camel(name)}")]


def wait(value: Json, path: str) -> list[str]:
    """Section 1.2: `ttft`, a number of milliseconds from 0 on."""
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not is_number or not -_LARGEST <= value <= _LARGEST:
        raise unreadable(f"Cannot deserialize value of type Double at {path}")
    return [f"{path} must be greater than or equal to 0"] if value < 0 else []


def cost(value: Json, path: str) -> list[str]:
    """Section 1.7: a number, or one in a text; more than 12 decimals would be rounded to 9 (strict)."""
    in_text = isinstance(value, str) and _AMOUNT.fullmatch(value)
    if isinstance(value, bool) or not (isinstance(value, int | Decimal) or in_text):
        raise unreadable(f"Cannot deserialize value of type BigDecimal at {path}")
    amount = Decimal(value)
    if -int(amount.as_tuple().exponent) > 12 or amount.adjusted() > 25:
        raise strict(f"{path} does not fit Decimal(38, 12), and would be rounded")
    return [f"{path} must be greater than or equal to 0.0"] if amount < 0 else []


def usage(value: Json, path: str) -> list[str]:
    """Section 1.7: whole numbers of 32 bits, also in a text; null and fractions would be lost (strict)."""
    if not isinstance(value, dict):
        raise unreadable(f"Cannot deserialize value of type Map at {path}")
    for name, count in value.items():
        text(name, path)
        if count is None or count == "":
            raise strict(f"{path}[{name!r}] says nothing, and would be dropped")
        if isinstance(count, Decimal) and count != count.to_integral_value():
            raise strict(f"{path}[{name!r}] is no whole number, and would be cut")
        if not _is_whole(count) or not -(2**31) <= int(count) < 2**31:
            raise unreadable(f"Cannot coerce value to Integer at {path}[{name!r}]")
    return []


def _is_whole(value: Json) -> bool:
    if isinstance(value, str):
        return _WHOLE.fullmatch(value) is not None
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def environment(value: Json, path: str) -> list[str]:
    """Sections 1.2 and 6: at most 150 characters; the pattern of the entity made of it (strict)."""
    violations = text(value, path)
    if not violations and not _ENVIRONMENT.fullmatch(value):
        raise strict(f"{path} does not match ^[A-Za-z0-9_-]+$, which environments must")
    return [*violations, f"{path} cannot exceed 150 characters"] if len(value) > 150 else violations


def one_of(*options: str) -> Rule:
    """Return the rule of an enum; other letter case may be taken (strict)."""

    def check(value: Json, path: str) -> list[str]:
        if not isinstance(value, str) or value not in options:
            raise unreadable(f"Cannot deserialize value at {path}: not one of {options}")
        return []

    return check
