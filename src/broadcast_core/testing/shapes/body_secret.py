"""The key in the body, around the items; compressed afterwards, and within the limit with the key in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from attrs import define, evolve, frozen

from broadcast_core.destinations import (
    Checked,
    Endpoint,
    Item,
    Request,
    Response,
    Secret,
    Secrets,
    TraceTree,
    dumps,
    plan_check,
)
from broadcast_core.errors import ArgumentError
from broadcast_core.testing.shapes.common import MAX_ROW, Shape, read_check, row_items, server
from broadcast_core.testing.shapes.receiving import KEY, Received, Receiver, json_of, require, rows_of

LIMIT = 200_000
"""The bytes that the platform takes, with the key."""
_MAX_KEY = 100
_RESERVED = len(b'"api_key":"",') + 6 * _MAX_KEY
"""The bytes that the longest key may add: JSON writes a character with at most six."""
_PREFIX = b'{"batch":['


@frozen(kw_only=True)
class Config:
    """Where events go."""

    url: str = server("https://bodies.example")


class BodySecret(Shape):
    """Events in a batch; the key stands beside them in the body."""

    name = "body_secret"
    config = Config
    secret = Secret(help="The key of the project.", place="body")

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return one that leaves as many bytes of the limit free as a key may add."""
        return (
            Endpoint(
                name="events", url=f"{config.url}/batch", prefix=_PREFIX, suffix=b"]}", max_items=100,
                max_bytes=LIMIT, reserved=_RESERVED, max_item_bytes=MAX_ROW, compression="gzip",
                on_resend="merges",
            ),
        )  # fmt: skip

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item]:
        """Yield an event a generation."""
        return row_items(tree, "events")

    def authorize(
        self, request: Request, config: Config, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with the key at the beginning of its envelope, for which room is reserved."""
        secrets = Secrets(secrets)  # at once: reports of errors show the variables of functions
        prefix = b'{"api_key":%s,"batch":[' % dumps(_checked(secrets["api_key"]))
        return evolve(request, endpoint=evolve(request.endpoint, prefix=prefix))

    def check(self, config: Config, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Return a request with the key and no events to an address that only reads, or its result."""
        if answers:
            return read_check(answers[-1])
        url = f"{config.url}/check"
        return plan_check(Endpoint(name="check", url=url, prefix=_PREFIX, suffix=b"]}"), b"")


def _checked(key: str) -> str:
    """Return a key that fits its reserve, and that JSON can carry; raise `ArgumentError` for others."""
    if len(key) > _MAX_KEY:
        raise ArgumentError(f"the key has more than {_MAX_KEY} characters: copy it again")
    if any("\ud800" <= char <= "\udfff" for char in key):
        raise ArgumentError("the key has a lone surrogate, which JSON cannot carry: copy it again")
    return str(key)


@define
class BodyServer(Receiver):
    """Takes batches with the right key in the body."""

    def _let_in(self, received: Received) -> None:
        received.is_to("POST", received.path, "application/json")
        body = json_of(received.plain(LIMIT))
        require(isinstance(body, dict) and body.keys() == {"api_key", "batch"}, 400, "expected key and batch")
        require(body["api_key"] == KEY, 401, "wrong key")
        require(KEY not in f"{received.url}{dict(received.headers)}", 400, "the key is in two places")

    def _take(self, received: Received) -> Response:
        require(received.path == "/batch", 404, "no such path")
        require(received.headers.get("content-encoding") == "gzip", 415, "expected gzip")
        for row in rows_of(json_of(received.plain(LIMIT))["batch"]):
            self._put(row["id"], [row])
        return Response(status=200)
