"""Bodies read as what their content type says; each reader raises `ValueError` in words for what is none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from email.message import Message
from typing import Any, Literal, TypeAlias

from broadcast_core.batching import Endpoint, Request
from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json

Format: TypeAlias = Literal["json", "ndjson", "protobuf", "multipart", "other"]
_OF_PYTHON = re.compile(
    r"\bDecimal\('|\bdatetime\.(datetime|timedelta)\(|<[\w.]+ object at 0x|\b(UUID|mappingproxy)\("
)

_MAX_DIGITS = 20


def format_of(endpoint: Endpoint) -> Format:
    """Return what the bodies of an endpoint are, by its content type."""
    kind = endpoint.content_type.partition(";")[0].strip().lower()
    if kind.endswith(("/json", "+json")):
        return "json"
    if "ndjson" in kind or "jsonl" in kind or "json-seq" in kind or kind.endswith("json-lines"):
        return "ndjson"
    if "protobuf" in kind:
        return "protobuf"
    return "multipart" if kind.startswith("multipart/") else "other"


def read_json(body: bytes) -> Json:
    """Return JSON that any parser reads: no NaN, no lone surrogates, no key twice."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_constant=_refuse,
            parse_float=_float,
            parse_int=_int,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise FieldError("JSON that is too deep for common parsers") from None
    for text in _texts(value):
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            raise FieldError("JSON with a lone surrogate, which most parsers refuse")
    return value


def read_ndjson(body: bytes) -> list[Json]:
    """Return the values of lines, each of which is JSON."""
    lines = body.split(b"\n")
    return [read_json(line) for line in (lines[:-1] if lines[-1] == b"" else lines)]


def check_body(request: Request) -> None:
    """Raise `ValueError` where a body is not what its content type says."""
    kind = format_of(request.endpoint)
    if kind == "json":
        read_json(request.body)
    elif kind == "ndjson":
        read_ndjson(request.body)
    elif kind == "protobuf":
        read_protobuf(request.body)


def python_spellings(value: Json) -> list[str]:
    """Return texts as only Python's `repr` writes them."""
    return [found[0] for text in _texts(value) if (found := _OF_PYTHON.search(text))]


def read_protobuf(body: bytes) -> int:
    """Return the number of fields of a protobuf message, by its wire format."""
    place, count = 0, 0
    while place < len(body):
        tag, place = _varint(body, place)
        if tag >> 3 == 0:
            raise FieldError("protobuf with a field number 0")
        place = _after_field(body, place, tag & 7)
        count += 1
        if place > len(body):
            raise FieldError("protobuf that ends within a field")
    return count


def read_multipart(body: bytes, content_type: str) -> list[bytes]:
    """Return the parts of a multipart body."""
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise FieldError("multipart whose content type names no boundary")
    line = b"--" + boundary.encode("ascii")
    if not body.startswith(line + b"\r\n") or not body.rstrip(b"\r\n").endswith(b"\r\n" + line + b"--"):
        raise FieldError("multipart that does not begin and end with its boundary")
    inner = body[len(line) : body.rindex(b"\r\n" + line + b"--")]
    parts = inner.split(b"\r\n" + line)
    for part in parts:
        if not part.startswith(b"\r\n") or b"\r\n\r\n" not in part:
            raise FieldError("multipart with a part that has no headers, or holds the boundary")
    return parts


def _refuse(name: str) -> Any:
    raise FieldError(f"JSON with {name}, which no standard has")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise FieldError("JSON with a number that no double holds")
    return value


def _int(text: str) -> int:
    if len(text) > _MAX_DIGITS or not -(2**63) <= int(text) < 2**64:
        raise FieldError("JSON with a whole number of more than 64 bits")
    return int(text)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise FieldError("JSON with a key that is there twice")
    return found


def _texts(value: Json) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _varint(body: bytes, place: int) -> tuple[int, int]:
    value = 0
    for n in range(10):
        if place + n >= len(body):
            raise FieldError("protobuf that ends within a number")
        value |= (body[place + n] & 0x7F) << 7 * n
        if body[place + n] < 0x80:
            return value, place + n + 1
    raise FieldError("protobuf with a number of more than ten bytes")


def _after_field(body: bytes, place: int, kind: int) -> int:
    if kind == 0:
        return _varint(body, place)[1]
    if kind == 2:
        length, place = _varint(body, place)
        return place + length
    if kind not in (1, 5):
        raise FieldError(f"protobuf with a field of wire type {kind}")
    return place + (8 if kind == 1 else 4)
