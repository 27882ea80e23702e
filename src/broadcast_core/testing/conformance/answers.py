"""Answers that a server may give: each status, bodies of any shape, and some that quote what they refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from broadcast_core.batching import Response
from broadcast_core.testing.conformance.subject import MARKER

STATUSES = (
    200,
    201,
    202,
    204,
    207,
    301,
    400,
    401,
    403,
    404,
    405,
    408,
    409,
    413,
    422,
    429,
    500,
    502,
    503,
    504,
)
BODIES = (
    b"", b"{}", b"[]", b"null", b"0", b'"text"', b"true",
    b"\xff\x00garbage", b"<html>502</html>", b"{", b"[1,2",
    b"[" * 3000, b"[" * 50 + b"]" * 50, b'{"message": null}', b'{"message": {"a": [1]}}', b'{"errors": 3}',
    b'{"errors": [null, 1, "x", {}]}', b'{"results": {}}', b'{"results": [null]}',
    b'{"results": [{}, 1, []]}',
    b'{"error": "x", "code": "1e999"}', b'{"insertErrors": [{"index": -1}, {"index": 99}, {"index": "x"}]}',
    b'{"partialSuccess": {"rejectedSpans": "x"}}', b'{"partialSuccess": null}', b'{"rows": [{"id": NaN}]}',
    b'{"data": [[]], "ids": "x", "row_ids": 5, "status": [], "statementHandle": 7}', b"\n\n", b"\x08\x01\xff",
    b"1" * 5000, b'{"a": "\\ud800"}',
)  # fmt: skip
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"Retry-After": "soon"},
    {"retry-after": "-1"},
    {"Retry-After": "9" * 40},
    {"Location": "\x00"},
)
REFUSALS = (401, 403, 429, 500, 502, 503)
"""Statuses of which nothing was taken."""


def answers() -> Iterator[Response]:
    """Yield an answer of each status with each body."""
    for status in STATUSES:
        for n, body in enumerate(BODIES):
            yield Response(status=status, headers=HEADERS[n % len(HEADERS)], body=body)


_ELSEWHERE = "https://elsewhere.example/later"
_NAMES = ("url", "location", "next", "status_url", "statusUrl", "statementStatusUrl", "statementHandle", "id")
_HEADERS = ("Location", "Operation-Location", "Content-Location")
REDIRECTS = tuple(
    Response(
        status=status,
        headers=dict.fromkeys(_HEADERS, url),
        body=body,
    )
    for status in (200, 202, 303)
    for url in (_ELSEWHERE, "//elsewhere.example/later", "@elsewhere.example/")
    for body in (b"", json.dumps(dict.fromkeys(_NAMES, url)).encode())
)
"""Answers that send to another server."""
_ECHO = f"cannot read {MARKER}"
_WORDS = ("message", "error", "reason", "detail", "description", "errorMessage")
ECHOES = tuple(
    json.dumps(one).encode()
    for one in (
        _ECHO, {"message": _ECHO}, {"error": _ECHO}, {"error": {"message": _ECHO}}, {"detail": _ECHO},
        {"errors": [_ECHO]}, {"errors": [{"message": _ECHO}]}, {"results": [{"error": _ECHO}]},
        {"partialSuccess": {"rejectedSpans": "1", "errorMessage": _ECHO}},
        {"insertErrors": [{"index": 0, "errors": [{"reason": "invalid", "message": _ECHO}]}]},
    )
)  # fmt: skip
"""Answers that quote what they refuse."""


def echoes_of(keys: Sequence[str]) -> Iterator[bytes]:
    """Yield answers that quote what they refuse by the keys of items, in the shapes that platforms have."""
    for key in keys[:1]:
        named = dict.fromkeys(("id", "uuid", "key", "row_id", "span_id", "eventId"), key)
        one = {**named, "index": 0, **dict.fromkeys(("status", "code"), 400), **dict.fromkeys(_WORDS, _ECHO)}
        for name in ("errors", "failed", "failures", "results", "rejected", "items", "data", "rows"):
            yield json.dumps({name: [one]}).encode()
            yield json.dumps({name: {key: one}}).encode()
            yield json.dumps({name: {key: _ECHO}}).encode()
