"""Sections 0 and 1: what a body may be, before any row of it is looked at."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Mapping

from attrs import frozen

from broadcast_core.jsontext import Json
from broadcast_opik.testing.parsing import parsed
from broadcast_opik.testing.refusal import coded, invalid, strict, too_large, unreadable
from broadcast_opik.testing.rulebook import measured, read, stricter

MAX_ITEMS = 1000
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|([\[{])|([\]}])', re.DOTALL)


@frozen(kw_only=True)
class Sizes:
    """The most bytes of a body as sent, a document, a text and a field, and how deep; by default the cloud's.

    The cloud says "about" 50 MB compressed, 256 MB uncompressed, 20 MB a field; we take a million bytes a MB.
    """

    request: int = 50_000_000
    document: int = 256_000_000
    string: int = 100_000_000
    field: int = 20_000_000
    depth: int = 1000


SELF_HOSTED = Sizes(request=536_870_912, document=536_870_912, string=104_857_600, field=536_870_912)


@read(1, "a body that is too long as it was sent is a 413, before all else")
def check_length(body: bytes, sizes: Sizes) -> None:
    """Refuse a body that is too long as it was sent, which comes before all else."""
    if len(body) > sizes.request:
        raise too_large(sizes.request)


@measured(0, "an empty body is a 422: `The request body must not be null`")
def rows_of(
    kind: str, body: bytes, headers: Mapping[str, str], sizes: Sizes, *, strictly: bool = True
) -> list[Json]:
    """Return the rows of a body, one to a thousand."""
    document = _unpacked(body, headers)
    if document.strip() in (b"", b"null"):
        raise invalid(["The request body must not be null"])
    depth = _check_sizes(document, sizes)
    rows = _listed(kind, _read(document, depth, strictly), strictly)
    if len(document) > sizes.field:
        _check_fields(rows, sizes)
    return rows


def _unpacked(body: bytes, headers: Mapping[str, str]) -> bytes:
    if headers.get("content-encoding") != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise coded(400, f"HTTP 400 Bad Request: {error}") from None


@measured(0, "a document is nested 1000 levels deep at most, so what is inside `input` 997")
@stricter(1, "the length of a text is measured as it is escaped")
def _check_sizes(document: bytes, sizes: Sizes) -> int:
    """Return how deep a document is, within what StreamReadConstraints hold."""
    depth, longest = depth_and_longest(document)
    limits = (
        ("Document length", len(document), sizes.document),
        ("Document nesting depth", depth, sizes.depth),
        ("String value length", longest, sizes.string),
    )
    for what, found, most in limits:
        if found > most:
            raise unreadable(f"{what} ({found}) exceeds the maximum allowed ({most})")
    return depth


def depth_and_longest(document: bytes) -> tuple[int, int]:
    """Return how deep a JSON text is nested, and the length of its longest text."""
    depth = deepest = longest = 0
    for match in _TOKEN.finditer(document):
        depth += bool(match[1]) - bool(match[2])
        deepest = max(deepest, depth)
        if match.lastindex is None:
            longest = max(longest, match.end() - match.start() - 2)
    return deepest, longest


@read(1, "NaN and Infinity are taken and become texts")
@stricter(1, "NaN and Infinity are no numbers")
def _read(document: bytes, depth: int, strictly: bool) -> Json:
    def constant(name: str) -> Json:
        if strictly:
            raise strict(f"{name} is no JSON number, and would be stored as text")
        return name

    try:
        return parsed(document.decode("utf-8"), depth, constant)
    except ValueError as error:
        raise unreadable(str(error)) from None


@read(1, "a batch has 1 to 1000 rows, and other fields beside them are ignored")
@stricter(1, "a batch has no other fields beside its rows")
def _listed(kind: str, document: Json, strictly: bool) -> list[Json]:
    if not isinstance(document, dict):
        raise unreadable("Cannot construct an instance of the batch")
    if strictly and (unknown := document.keys() - {kind}):
        raise strict(f"unknown fields beside {kind}: {sorted(unknown)}")
    rows = document.get(kind)
    if rows is None:
        raise invalid([f"{kind} must not be null"])
    if not isinstance(rows, list):
        raise unreadable(f"Cannot deserialize value of type ArrayList at {kind}")
    if not 1 <= len(rows) <= MAX_ITEMS:
        raise invalid([f"{kind} size must be between 1 and {MAX_ITEMS}"])
    return rows


@stricter(1, "a field has 20 MB at most, of which the cloud says `about`")
def _check_fields(rows: list[Json], sizes: Sizes) -> None:
    for row in rows:
        for name, value in row.items() if isinstance(row, dict) else ():
            text = json.dumps(value, default=float, ensure_ascii=False, separators=(",", ":"))
            if len(text.encode("utf-8", "surrogatepass")) > sizes.field:
                raise too_large(sizes.field, f"strict: the field {name}")
