"""Answers of the library as ours: the first bytes of their bodies, whatever a server makes of them."""

from __future__ import annotations

import zlib
from typing import Any

from broadcast_core.batching import Response
from broadcast_core.sending.clock import utc_now

MAX_BODY = 65_536
"""The bytes of an answer that are read."""


def answer_of(response: Any, body: bytes) -> Response:
    """Return the answer that the library read, received now."""
    headers = dict(response.headers)
    now = utc_now()
    body = _inflated(body, response.headers.get("content-encoding", ""))
    return Response(status=response.status_code, headers=headers, body=body, received=now)


def _inflated(body: bytes, encoding: str) -> bytes:
    """Return the first bytes of a body that a server compressed though nobody asked for it."""
    if encoding.strip().lower() not in ("gzip", "deflate"):
        return body[:MAX_BODY]
    try:
        return zlib.decompressobj(wbits=47).decompress(body, MAX_BODY)
    except zlib.error:
        return body[:MAX_BODY]
