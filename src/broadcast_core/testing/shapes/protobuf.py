"""Concatenated protobuf messages, and an answer that counts what it refused and names nothing."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, evolve, frozen

from broadcast_core.destinations import (
    Delivered,
    Doubtful,
    Endpoint,
    Item,
    Refused,
    Request,
    Response,
    Retry,
    Split,
    TraceTree,
    Verdict,
    retry_after,
)
from broadcast_core.errors import ArgumentError
from broadcast_core.testing.shapes.common import Shape, row_items, server
from broadcast_core.testing.shapes.protobuf_wire import delimited, fields, varint
from broadcast_core.testing.shapes.receiving import Received, Receiver, json_of, require, rows_of

_KIND = "application/x-protobuf"
_RETRIED = frozenset({429, 502, 503, 504})
_LIMIT = 400_000


@frozen(kw_only=True)
class Config:
    """Where messages go."""

    url: str = server("https://protobuf.example")


class Protobuf(Shape):
    """A repeated field of a message: its elements are concatenated, so that there is no envelope."""

    name = "protobuf"
    config = Config

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return one without an envelope: nothing stands before, between or behind the items."""
        return (
            Endpoint(
                name="rows", url=f"{config.url}/v1/rows", content_type=_KIND, prefix=b"", separator=b"",
                suffix=b"", max_items=100, max_bytes=_LIMIT, compression="gzip", on_resend="doubles",
            ),
        )  # fmt: skip

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item]:
        """Yield `repeated Row rows = 1` one by one, where a Row is `string id = 1; bytes json = 2`."""
        for item in row_items(tree, "rows"):
            message = delimited(1, (item.key or "").encode()) + delimited(2, item.body)
            yield evolve(item, body=delimited(1, message))

    def outcomes(self, request: Request, response: Response, config: Config) -> Verdict:
        """Return what an answer means: one that counts refusals is never an order to send again."""
        if response.status == 413:
            return Split("it answered 413")
        if response.status in _RETRIED:
            return Retry(f"it answered {response.status}", retry_after(response.headers))
        if response.status != 200:
            return Refused(f"it answered {response.status}")
        refused = _refused(response.body)
        if refused is None:
            return Doubtful(len(request.items), "its answer is no message that can be read")
        if not refused:
            return Delivered()
        return Doubtful(refused, f"it refused {refused} of {len(request.items)} rows, and does not say which")


def _refused(answer: bytes) -> int | None:
    """Return how many rows an answer says that it refused; None of one that is no message."""
    try:
        return sum(int(value) for number, value in fields(answer) if number == 1)
    except ArgumentError:
        return None


@define
class ProtobufServer(Receiver):
    """Takes messages, also the good ones beside bad ones; its answer counts the bad ones."""

    refused: frozenset[str] = frozenset()

    def _take(self, received: Received) -> Response:
        received.is_to("POST", "/v1/rows", _KIND)
        try:
            rows = [self._row(value) for value in self._values(received.plain(_LIMIT), (1,))]
        except ArgumentError:
            return Response(status=400)
        require(rows, 400, "no rows")
        taken = [row for row in rows if row["id"] not in self.refused]
        self._append(taken)
        count = len(rows) - len(taken)
        return Response(status=200, body=varint(8) + varint(count) if count else b"")

    def _row(self, message: bytes) -> dict[str, object]:
        found = self._values(message, (1, 2))
        require(len(found) == 2 and len(found[0]) == 36, 400, "expected an id, which is a UUID, and a row")
        return rows_of([json_of(found[1])])[0]

    def _values(self, data: bytes, numbers: tuple[int, ...]) -> list[bytes]:
        found = list(fields(data))
        require({number for number, _ in found} <= set(numbers), 400, "an unknown field")
        return [value for _, value in found if isinstance(value, bytes)]
