"""An object an item: PUT to a key made of the item, compressed, and signed over the bytes as they go out."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import quote, unquote, urlsplit

from attrs import evolve, frozen

from broadcast_core.destinations import (
    Endpoint,
    Item,
    Outgoing,
    Request,
    Response,
    Secret,
    Secrets,
    TraceTree,
    option,
    written_time,
)
from broadcast_core.errors import ArgumentError
from broadcast_core.testing.shapes.common import MAX_ROW, Shape, own_id, row_items, server
from broadcast_core.testing.shapes.receiving import KEY, Received, Receiver, json_of, require, rows_of

_NOT_IN_KEYS = "/\\"
_SIGNED = ("content-encoding", "content-type", "x-content-sha256", "x-date")


def _wrong_prefix(value: str) -> str | None:
    is_plain = re.fullmatch(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", value) and len(value) <= 200
    return None if is_plain else "expected at most 200 letters, digits, _ and -, with / between them"


@frozen(kw_only=True)
class Config:
    """Where objects go, and how their keys begin."""

    url: str = server("https://objects.example/bucket")
    prefix: str = option("broadcast", "The beginning of every key.", check=_wrong_prefix)


class Objects(Shape):
    """An object a generation: the same key each time, so that a resend takes the place of the first."""

    name = "objects"
    config = Config
    secret = Secret(help="The key that signs.", place="signature")

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return one whose requests hold one item each, without an envelope."""
        return (
            Endpoint(
                name="object", method="PUT", url=config.url, prefix=b"", suffix=b"", max_items=1,
                max_bytes=MAX_ROW, compression="gzip", on_resend="merges",
            ),
        )  # fmt: skip

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item]:
        """Yield an object a generation, with its key as data."""
        trace = own_id(tree.key, "$.trace.trace_id", _NOT_IN_KEYS)
        for item in row_items(tree, "object"):
            own = own_id(item.generations[0], "$.id", _NOT_IN_KEYS)
            told = (*item.diagnostics, *trace.diagnostics, *own.diagnostics)
            yield evolve(item, data=f"{config.prefix}/{trace.value}/{own.value}.json", diagnostics=told)

    def address(self, request: Request, config: Config) -> Request:
        """Return the request at the key of its one item, percent-encoded once."""
        return request.addressed(url=f"{config.url}/{quote(request.items[0].data, safe='/-_.~')}")

    def authorize(
        self, request: Request, config: Config, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return it as it is: its secret signs, and is not sent."""
        return request

    def sign(self, outgoing: Outgoing, config: Config, secrets: Mapping[str, str], now: datetime) -> Outgoing:
        """Return it with the time, the hash of its bytes, and a signature over both."""
        secrets = Secrets(secrets)
        digest = hashlib.sha256(outgoing.body).hexdigest()
        stamp = written_time(now.replace(microsecond=0)).replace("-", "").replace(":", "")
        headers = {**outgoing.headers, "X-Date": stamp, "X-Content-Sha256": digest}
        signature = _signature(_checked(secrets["api_key"]), outgoing.method, outgoing.url, headers)
        return evolve(outgoing, headers={**headers, "Authorization": f"HMAC-SHA256 {signature}"})


def _checked(key: str) -> str:
    """Return a key that can sign; raise `ArgumentError` for one that nobody was given so."""
    if not key.isascii() or not key.isprintable():
        raise ArgumentError("the key has characters that no key has: copy it again")
    return key


def _signature(secret: str, method: str, url: str, headers: Mapping[str, str]) -> str:
    """Return an HMAC over a request, with a key of the day that is made of the secret."""
    known = {name.lower(): value for name, value in headers.items()}
    parts = urlsplit(url)
    text = "\n".join((method, parts.netloc, parts.path, *(known.get(name, "") for name in _SIGNED)))
    day = hmac.digest(secret.encode(), known["x-date"][:8].encode(), "sha256")
    return hmac.new(day, text.encode(), "sha256").hexdigest()


class ObjectStore(Receiver):
    """Takes signed objects under their keys; the last under a key stays."""

    def _let_in(self, received: Received) -> None:
        known = received.headers
        require("x-date" in known and "x-content-sha256" in known, 400, "no time, or no hash of the body")
        require(known["x-content-sha256"] == hashlib.sha256(received.body).hexdigest(), 400, "wrong hash")
        signature = _signature(KEY, received.method, received.url, known)
        require(known.get("authorization") == f"HMAC-SHA256 {signature}", 403, "wrong signature")

    def _take(self, received: Received) -> Response:
        parts = unquote(received.path, errors="strict").split("/")
        require(received.method == "PUT", 405, "expected PUT")
        require(received.headers.get("content-encoding") == "gzip", 415, "expected gzip")
        require(parts[1] == "bucket" and len(parts) == 5, 404, "no such bucket, or a / within a part")
        require(not {"", ".", ".."} & set(parts[1:]), 400, "a part of the key is empty or has only dots")
        require(len("/".join(parts[2:]).encode()) <= 1024, 400, "the key is too long")
        require(quote(unquote(received.path), safe="/-_.~") == received.path, 400, "not encoded once")
        (row,) = rows_of([json_of(received.plain(MAX_ROW))])
        self._put(received.path, [row])
        return Response(status=200)
