"""Items that may not share a request: an object a day, named by a hash of what is in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC

from attrs import evolve, frozen

from broadcast_core.destinations import Endpoint, Item, Request, Response, TraceTree
from broadcast_core.testing.shapes.common import MAX_ROW, Shape, row_items, server
from broadcast_core.testing.shapes.receiving import Received, Receiver, json_of, require, rows_of

_KIND = "application/x-ndjson"
_LIMIT = 400_000
_PATH = re.compile(r"/lake/date=(\d{4}-\d\d-\d\d)/([0-9a-f]{64})\.ndjson\.gz")


@frozen(kw_only=True)
class Config:
    """Where objects go."""

    url: str = server("https://groups.example/lake")


class Groups(Shape):
    """Rows of one day, in UTC, in each object.

    The same request again is the same object. A row that comes in another request is in two objects: a store
    of objects looks into none.
    """

    name = "groups"
    config = Config

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return one for lines."""
        return (
            Endpoint(
                name="lines", method="PUT", url=config.url, content_type=_KIND, prefix=b"",
                separator=b"\n", suffix=b"\n", max_items=100, max_bytes=_LIMIT, max_item_bytes=MAX_ROW,
                compression="gzip", on_resend="merges_request",
            ),
        )  # fmt: skip

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item]:
        """Yield a line a generation; its day is its group."""
        for item, generation in zip(row_items(tree, "lines"), tree.generations.values(), strict=True):
            yield evolve(item, group=generation.timing.start.astimezone(UTC).date().isoformat())

    def address(self, request: Request, config: Config) -> Request:
        """Return the request at the folder of its day, under the hash of its body."""
        digest = hashlib.sha256(request.body).hexdigest()
        return request.addressed(url=f"{config.url}/date={request.items[0].group}/{digest}.ndjson.gz")


class LakeServer(Receiver):
    """Takes objects whose rows are all of the day in their path; the last under a name stays."""

    def _take(self, received: Received) -> Response:
        received.is_to("PUT", received.path, _KIND)
        require(received.headers.get("content-encoding") == "gzip", 415, "expected gzip")
        found = _PATH.fullmatch(received.path)
        require(found, 404, "no such folder, or another name")
        assert found is not None
        body = received.plain(_LIMIT)
        require(hashlib.sha256(body).hexdigest() == found[2], 400, "the name is no hash of the object")
        require(body.endswith(b"\n"), 400, "the last row has no end")
        rows = rows_of([json_of(line) for line in body[:-1].split(b"\n")])
        require({row["at"][:10] for row in rows} == {found[1]}, 400, "a row is of another day")
        self._put(received.path, rows)
        return Response(status=200)
