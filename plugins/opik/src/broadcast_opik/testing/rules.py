"""What an Opik server refuses: the rules of TraceWrite and SpanWrite, one function a kind of value.

A `Refused` has the status and the words of the server. Status 400 is what Jackson cannot read, 422 what bean
validation refuses (with camelCase paths). Rules marked "strict" go beyond what is confirmed of the server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import uuid6

from broadcast_core.jsontext import Json

MAX_ITEMS = 1000
WINDOW = timedelta(hours=24)
MAX_FIELD_BYTES = 20_000_000

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]{1,150}", re.ASCII)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2262, 4, 11, 23, 47, 16, tzinfo=UTC)
_SOURCES = ("sdk", "experiment", "playground", "optimization", "evaluator")
_TYPES = ("general", "tool", "llm", "guardrail")


class Refused(Exception):
    """The whole batch is refused, with the server's status and body."""

    def __init__(self, status: int, body: Mapping[str, Json]) -> None:
        self.status = status
        self.body = body
        super().__init__(f"{status} {body}")


def unreadable(what: str) -> Refused:
    """Return what Jackson answers to a value of the wrong type."""
    return Refused(400, {"code": 400, "message": f"Unable to process JSON. {what}"})


def invalid(path: str, what: str) -> Refused:
    """Return what bean validation answers; `path` is like `traces[0].startTime`."""
    return Refused(422, {"errors": [f"{path} {what}"]})


def check_row(kind: str, index: int, row: Json, now: datetime | None) -> None:
    """Raise `Refused` unless the server takes the row; `now` switches the window of ids on."""
    path = f"{kind}[{index}]"
    if not isinstance(row, dict):
        raise unreadable(f"Cannot construct an instance from {path}")
    rules = _TRACE if kind == "traces" else _SPAN
    for name, value in row.items():
        if name not in rules:
            raise unreadable(f"strict: {path} has the unknown field {name!r}")
        if value is None:
            raise unreadable(f"strict: {path}.{name} is null, which may be stored as the text 'null'")
        rules[name](value, f"{path}.{_camel(name)}")
    for name in _REQUIRED[kind]:
        if name not in row:
            raise invalid(f"{path}.{_camel(name)}", "must not be null")
    _check_ids(kind, row, now)


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


def _check_ids(kind: str, row: Mapping[str, Json], now: datetime | None) -> None:
    """Section 2.1: version 7 always; the window for the row's own id, the future for those it refers to."""
    name = "Trace" if kind == "traces" else "Span"
    _check_version(row["id"], name)
    if now is not None:
        _check_window(row["id"], now, oldest=now - WINDOW)
    for reference in ("trace_id", "parent_span_id"):
        if reference in row:
            _check_version(row[reference], name)
            if now is not None:
                _check_window(row[reference], now, oldest=None)
    if now is not None and _instant(row["last_updated_at"]) > now:
        raise unreadable("strict: last_updated_at lies in the future, so that later edits would lose")


def _check_version(text: str, name: str) -> None:
    if uuid6.UUID(text).version != 7:
        details = f"{name} id must be a version 7 UUID"
        raise Refused(400, {"code": 400, "message": "Invalid UUID for id", "details": details})


def _check_window(text: str, now: datetime, oldest: datetime | None) -> None:
    moment = _EARLIEST + timedelta(milliseconds=min(uuid6.UUID(text).time, 2**47))
    reason = "too_far_future" if moment > now + WINDOW else None
    if oldest is not None and moment < oldest:
        reason = "too_old"
    if reason:
        details = (
            f"id with timestamp '{moment.isoformat()}' must be in the allowed ingestion window of 'PT24H' "
            f"around now, reason '{reason}'"
        )
        raise Refused(400, {"code": 400, "message": "Invalid UUID for id", "details": details})


# Values ----------------------------------------------------------------------------------------------


def _uuid(value: Json, path: str) -> None:
    """Section 1.7: 36 characters with hyphens; the empty text would make the server invent an id (strict)."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise unreadable(f"UUID has to be represented by standard 36-char representation at {path}")


def _text(value: Json, path: str) -> None:
    """Columns of text: no NUL, no lone surrogate, not blank (all strict)."""
    if not isinstance(value, str):
        raise unreadable(f"strict: {path} is no text")
    if "\x00" in value or not _encodes(value):
        raise unreadable(f"strict: {path} has a NUL or a lone surrogate")
    if not value.strip():
        raise invalid(path, "must not be blank")


def _project(value: Json, path: str) -> None:
    """Section 1.2 and 1.7: not blank; longer than the column of 150 characters is a 500 (unconfirmed)."""
    _text(value, path)
    if len(value) > 150:
        raise Refused(500, {"code": 500, "message": "There was an error processing your request."})


def _time(value: Json, path: str) -> None:
    moment = _instant(value) if isinstance(value, str) and _INSTANT.fullmatch(value) else None
    if moment is None:
        raise unreadable(f"Cannot deserialize value of type Instant at {path}")
    if not _EARLIEST <= moment < _LATEST:
        what = "must be after or equal 1970-01-01T00:00:00.000000Z and before 2262-04-11T23:47:16.000000000Z"
        raise invalid(path, what)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _json(value: Json, path: str) -> None:
    """Section 1.2: an object, a list of objects or a text; sizes as section 1.8 has them for the cloud."""
    fine = isinstance(value, dict | str) or (
        isinstance(value, list) and all(isinstance(item, dict) for item in value)
    )
    if not fine:
        raise unreadable(f"strict: {path} is neither object, list of objects nor text")
    _walk(value, path)


def _metadata(value: Json, path: str) -> None:
    """Section 5: metadata that is no object is dropped when read; these keys are Opik's own (strict)."""
    if not isinstance(value, dict):
        raise unreadable(f"strict: {path} is no object")
    if value.keys() & {"provider", "providers"}:
        raise unreadable(f"strict: {path} has a key that Opik puts there itself")
    _walk(value, path)


def _walk(value: Json, path: str) -> None:
    """No lone surrogate at any depth, and not deeper than Jackson reads."""
    layer: list[Json] = [value]
    for _ in range(990):
        if not layer:
            return
        inner: list[Json] = []
        for item in layer:
            if isinstance(item, dict):
                inner += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                inner += item
            elif isinstance(item, str) and not _encodes(item):
                raise unreadable(f"strict: {path} has a lone surrogate")
        layer = inner
    raise unreadable(f"Document nesting depth exceeds the maximum allowed at {path}")


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _tags(value: Json, path: str) -> None:
    """Section 1.5: what a later edit in the UI takes: 50 tags of 100 characters (strict on create)."""
    if not isinstance(value, list):
        raise unreadable(f"Cannot deserialize value of type Set at {path}")
    for index, tag in enumerate(value):
        _text(tag, f"{path}[{index}]")
        if len(tag) > 100:
            raise invalid(path, "Tag cannot exceed 100 characters")
    if len(value) > 50:
        raise invalid(path, "Cannot have more than 50 tags")


def _error_info(value: Json, path: str) -> None:
    """Section 1.4."""
    if not isinstance(value, dict):
        raise unreadable(f"Cannot construct instance of ErrorInfo at {path}")
    if value.keys() - {"exception_type", "message", "traceback"}:
        raise unreadable(f"strict: {path} has unknown fields")
    for name in ("exception_type", "traceback"):
        if name not in value:
            raise invalid(f"{path}.{_camel(name)}", "must not be blank")
    for name, text in value.items():
        _text(text, f"{path}.{_camel(name)}")


def _number(value: Json, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise unreadable(f"Cannot deserialize value of type Double at {path}")
    if value < 0:
        raise invalid(path, "must be greater than or equal to 0")


def _cost(value: Json, path: str) -> None:
    """Section 1.7: more than 12 decimals are rounded to 9 (strict); the column has 38 digits, 12 decimals."""
    _number(value, path)
    number = Decimal(str(value))
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and (-exponent > 12 or number.adjusted() > 25):
        raise unreadable(f"strict: {path} does not fit Decimal(38, 12)")


def _usage(value: Json, path: str) -> None:
    """Section 1.7: whole numbers of 32 bits; anything else refuses the batch (fractions: strict)."""
    if not isinstance(value, dict):
        raise unreadable(f"Cannot deserialize value of type Map at {path}")
    for name, count in value.items():
        if type(count) is not int or not 0 <= count < 2**31:
            raise unreadable(f"Cannot coerce value at {path}[{name!r}]")


def _environment(value: Json, path: str) -> None:
    """Section 6: the pattern of the entity made of it (strict; the field itself checks the length)."""
    if not isinstance(value, str) or not _ENVIRONMENT.fullmatch(value):
        raise invalid(path, "cannot exceed 150 characters")


def _one_of(options: tuple[str, ...]) -> Callable[[Json, str], None]:
    def check(value: Json, path: str) -> None:
        if value not in options:
            raise unreadable(f"Cannot deserialize value at {path}: not one of {options}")

    return check


_BOTH: dict[str, Callable[[Any, str], None]] = {
    "id": _uuid,
    "project_name": _project,
    "name": _text,
    "start_time": _time,
    "end_time": _time,
    "last_updated_at": _time,
    "input": _json,
    "output": _json,
    "metadata": _metadata,
    "tags": _tags,
    "error_info": _error_info,
    "ttft": _number,
    "source": _one_of(_SOURCES),
    "environment": _environment,
}
_TRACE = {**_BOTH, "thread_id": _text}
_SPAN = {
    **_BOTH,
    "trace_id": _uuid,
    "parent_span_id": _uuid,
    "type": _one_of(_TYPES),
    "model": _text,
    "provider": _text,
    "usage": _usage,
    "total_estimated_cost": _cost,
}
_REQUIRED = {
    "traces": ("id", "name", "start_time", "last_updated_at", "source", "metadata"),
    "spans": ("id", "trace_id", "name", "type", "start_time", "last_updated_at", "source", "metadata"),
}
"""Beyond start_time all strict: what is not sent is invented by the server, or shown as nothing."""
