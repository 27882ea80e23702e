"""Sections 1.1, 1.7 and 1.8: what a body may be, before any row of it is looked at."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from broadcast_core.jsontext import Json
from broadcast_opik.testing.refusal import coded, invalid, strict, too_large, unreadable

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
    depth: int = 900


SELF_HOSTED = Sizes(
    request=536_870_912, document=536_870_912, string=104_857_600, field=536_870_912, depth=1000
)


def check_length(body: bytes, sizes: Sizes) -> None:
    """Refuse a body that is too long as it was sent, which comes before all else."""
    if len(body) > sizes.request:
        raise too_large(sizes.request)


def rows_of(kind: str, body: bytes, headers: Mapping[str, str], sizes: Sizes) -> list[Json]:
    """Return the rows of a body, one to a thousand."""
    document = _unpacked(body, headers)
    _check_sizes(document, sizes)
    rows = _listed(kind, _read(document))
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


def _check_sizes(document: bytes, sizes: Sizes) -> None:
    """Section 1.8: what StreamReadConstraints hold; texts are measured as they are escaped (strict)."""
    depth, longest = measured(document)
    limits = (
        ("Document length", len(document), sizes.document),
        ("Document nesting depth", depth, sizes.depth),
        ("String value length", longest, sizes.string),
    )
    for what, found, most in limits:
        if found > most:
            raise unreadable(f"{what} ({found}) exceeds the maximum allowed ({most})")


def measured(document: bytes) -> tuple[int, int]:
    """Return how deep a JSON text is nested, and the length of its longest text."""
    depth = deepest = longest = 0
    for match in _TOKEN.finditer(document):
        depth += bool(match[1]) - bool(match[2])
        deepest = max(deepest, depth)
        if match.lastindex is None:
            longest = max(longest, match.end() - match.start() - 2)
    return deepest, longest


def _read(document: bytes) -> Json:
    """Section 1.7: NaN and Infinity are taken and become texts (strict)."""

    def refuse(name: str) -> Json:
        raise strict(f"{name} is no JSON number, and would be stored as text")

    try:
        return json.loads(document.decode("utf-8"), parse_float=Decimal, parse_constant=refuse)
    except RecursionError:
        raise unreadable("Document nesting depth exceeds the maximum allowed") from None
    except ValueError as error:
        raise unreadable(str(error)) from None


def _listed(kind: str, document: Json) -> list[Json]:
    """Section 1.1: `{"traces": [...]}` with 1 to 1000 rows; other fields would be ignored (strict)."""
    if not isinstance(document, dict):
        raise unreadable("Cannot construct an instance of the batch")
    if unknown := document.keys() - {kind}:
        raise strict(f"unknown fields beside {kind}: {sorted(unknown)}")
    rows = document.get(kind)
    if rows is None:
        raise invalid([f"{kind} must not be null"])
    if not isinstance(rows, list):
        raise unreadable(f"Cannot deserialize value of type ArrayList at {kind}")
    if not 1 <= len(rows) <= MAX_ITEMS:
        raise invalid([f"{kind} size must be between 1 and {MAX_ITEMS}"])
    return rows


def _check_fields(rows: list[Json], sizes: Sizes) -> None:
    """Section 1.8: about 20 MB a field on the cloud (of every row: strict)."""
    for row in rows:
        for name, value in row.items() if isinstance(row, dict) else ():
            text = json.dumps(value, default=float, ensure_ascii=False, separators=(",", ":"))
            if len(text.encode("utf-8", "surrogatepass")) > sizes.field:
                raise too_large(sizes.field, f"strict: the field {name}")
