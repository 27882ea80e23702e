"""What the receivers share: a strict model of a platform that answers, and keeps what it took.

A receiver is called as an HTTP server is: method, URL, headers, body. It says no as platforms do, by a status
and a message, so that a test can see that it would have noticed.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from attrs import Factory, define, frozen

from broadcast_core.destinations import Json, JsonError, Response, dumps, loads
from broadcast_core.errors import BroadcastError

KEY = "right-key-of-the-receiver"
"""The secret that every receiver wants."""
_COLUMNS = {"id": str, "trace": str, "at": str, "model": str, "dollars": str, "metadata": dict}
_REQUIRED = frozenset({"id", "trace", "at", "metadata"})


class Refusal(BroadcastError):
    """A receiver refuses a request: the status of its answer, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def require(holds: object, status: int, why: str) -> None:
    """Raise `Refusal` unless something holds."""
    if not holds:
        raise Refusal(status, why)


@frozen(kw_only=True)
class Received:
    """A request as a server sees it: names of headers in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path as it stands in the URL."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the URL; refuses one that is there twice."""
        pairs = parse_qsl(urlsplit(self.url).query, keep_blank_values=True, strict_parsing=True)
        require(len(dict(pairs)) == len(pairs), 400, "a parameter is there twice")
        return dict(pairs)

    def is_to(self, method: str, path: str, content_type: str) -> None:
        """Refuse another method, path or content type."""
        require(self.path == path, 404, "no such path")
        require(self.method == method, 405, f"expected {method}")
        require(self.headers.get("content-type") == content_type, 415, f"expected {content_type}")

    def plain(self, max_bytes: int) -> bytes:
        """Return the body without its compression; refuses a broken one, and one over the limit."""
        encoding = self.headers.get("content-encoding", "")
        require(encoding in ("", "gzip"), 415, "expected gzip, or no compression")
        try:
            body = gzip.decompress(self.body) if encoding else self.body
        except (OSError, EOFError, zlib.error):
            raise Refusal(400, "the body is no gzip") from None
        require(len(body) <= max_bytes, 413, "the body is too large")
        return body


@define
class Receiver:
    """A platform that answers requests: `stored` is what it keeps, by key; `requests` are those it took."""

    stored: dict[str, list[dict[str, Any]]] = Factory(dict)
    requests: list[Received] = Factory(list)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All rows that it stored, under whatever key: one that is there twice is there twice."""
        return [row for rows in self.stored.values() for row in rows]

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer a request."""
        lower = {name.lower(): value for name, value in headers.items()}
        received = Received(method=method, url=url, headers=lower, body=bytes(body))
        try:
            self._let_in(received)
            if received.path.endswith("/check"):
                return Response(status=200)
            answer = self._take(received)
        except Refusal as refusal:
            return Response(status=refusal.status, body=dumps({"message": str(refusal)}))
        self.requests.append(received)
        return answer

    def _let_in(self, received: Received) -> None:
        """Refuse a request without the right secret."""
        require(received.headers.get("authorization") == f"Bearer {KEY}", 401, "wrong token")

    def _take(self, received: Received) -> Response:
        """Store what a request brings, or refuse it."""
        raise Refusal(404, "this platform takes nothing")

    def _put(self, key: str, rows: list[dict[str, Any]]) -> None:
        """Store rows under a key, in the place of what is there."""
        self.stored[key] = rows

    def _append(self, rows: list[dict[str, Any]]) -> None:
        """Store rows beside all that is there."""
        self._put(f"{len(self.stored)}", rows)


def json_of(data: bytes, status: int = 400) -> Json:
    """Return the value of a JSON text; refuse what is none."""
    try:
        return loads(data)
    except JsonError:
        raise Refusal(status, "this is no JSON") from None


def rows_of(values: Json, status: int = 400) -> list[dict[str, Any]]:
    """Return values as rows; refuse an empty list, and rows with wrong or unknown columns."""
    require(isinstance(values, list) and values, status, "expected a list of rows")
    for row in values:
        require(isinstance(row, dict), status, "a row is no object")
        require(row.keys() >= _REQUIRED, status, "a row lacks a column")
        require(row.keys() <= _COLUMNS.keys() | {"input", "output"}, status, "a row has an unknown column")
        wrong = [name for name, kind in _COLUMNS.items() if name in row and type(row[name]) is not kind]
        require(not wrong, status, "a column has a value of another type")
        require(row["at"].endswith("Z"), status, "a time is not in UTC")
    return list(values)
