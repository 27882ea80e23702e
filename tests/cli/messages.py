"""Files as the file exporter of OpenTelemetry's Collector writes them, in each of its forms."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.readers.deliveries import delivery, root
from tests.readers.messages import message

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def packed(data: bytes) -> bytes:
    """Return data as zstd compresses it."""
    return bytes(zstd.compress(data))


def with_length(data: bytes) -> bytes:
    """Return a message with its length before it."""
    return len(data).to_bytes(4, "big") + data


def deliveries(*ids: str) -> list[Any]:
    """Return a delivery for each id."""
    return [delivery(root(id=one, spanId=f"{n:016x}")) for n, one in enumerate(ids, 1)]


def as_json(document: Any) -> bytes:
    """Return a delivery in JSON as a collector writes it."""
    return json.dumps(document, separators=(",", ":")).encode()


def _lengths(encode: Callable[[Any], bytes]) -> Callable[[Sequence[Any]], bytes]:
    return lambda documents: b"".join(with_length(encode(one)) for one in documents)


def _lines(documents: Sequence[Any]) -> bytes:
    return b"".join(as_json(one) + b"\n" for one in documents)


FORMS: Mapping[str, Callable[[Sequence[Any]], bytes]] = {
    "json": _lines,
    "proto": _lengths(message),
    "json and zstd": _lengths(lambda one: packed(as_json(one))),
    "proto and zstd": _lengths(lambda one: packed(message(one))),
    "json and zstd of the whole": lambda documents: packed(_lines(documents)),
    "proto and zstd of the whole": lambda documents: packed(_lengths(message)(documents)),
}
"""By `format` and `compression`; a collector may compress each message, or the whole file."""
