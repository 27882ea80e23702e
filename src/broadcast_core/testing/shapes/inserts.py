"""Rows of an INSERT whose query stands in the URL, with a token of the batch by which a second is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode

from attrs import define, field, frozen

from broadcast_core.destinations import (
    Endpoint,
    Item,
    Refused,
    Request,
    Response,
    Retry,
    TraceTree,
    Verdict,
    ascii_only,
    option,
    retry_after,
    verdict_of_status,
)
from broadcast_core.testing.shapes.common import MAX_ROW, Shape, digest_of, row_items, server
from broadcast_core.testing.shapes.receiving import Received, Receiver, json_of, require, rows_of

_TOKEN = "insert_deduplication_token"  # noqa: S105  # the name of a parameter
_BUSY = frozenset({"202", "241", "252"})
"""Codes of errors that pass: too many queries, too little memory, too many parts."""
_LIMIT = 400_000


@frozen(kw_only=True)
class Config:
    """Where rows go: a server, a database, a table."""

    url: str = server("https://inserts.example")
    database: str = option("default", "The database.", check=ascii_only("a name"))
    table: str = option("GENERATIONS", "The table.", check=ascii_only("a name"))


class Inserts(Shape):
    """A row a generation, as a line of the data of an INSERT."""

    name = "inserts"
    config = Config

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return one whose URL has the query."""
        table = config.table.replace("\\", "\\\\").replace('"', '\\"')
        query = f'INSERT INTO "{table}" FORMAT JSONEachRow'
        parameters = urlencode({"database": config.database, "query": query}, quote_via=quote)
        return (
            Endpoint(
                name="rows", url=f"{config.url}/?{parameters}", content_type="application/x-ndjson",
                prefix=b"", separator=b"\n", suffix=b"\n", max_items=100, max_bytes=_LIMIT,
                max_item_bytes=MAX_ROW, compression="gzip", on_resend="merges_request",
            ),
        )  # fmt: skip

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item]:
        """Yield a row a generation."""
        return row_items(tree, "rows")

    def address(self, request: Request, config: Config) -> Request:
        """Return the request with a token of its batch: the same for a resend, another for a half."""
        return request.addressed(url=f"{request.endpoint.url}&{_TOKEN}={digest_of(request)}")

    def outcomes(self, request: Request, response: Response, config: Config) -> Verdict:
        """Return what an answer means: of the errors 500, only those by some codes pass."""
        if response.status != 500:
            return verdict_of_status(response)
        code = response.headers.get("X-Exception-Code", "")
        why = "it answered 500 with a code of its own"
        return Retry(why, retry_after(response.headers)) if code in _BUSY else Refused(why)


@define
class InsertServer(Receiver):
    """Takes NDJSON rows; a batch with a token that it knows is dropped without a word, whatever is in it."""

    tokens: set[str] = field(factory=set)
    query: str = 'INSERT INTO "GENERATIONS" FORMAT JSONEachRow'

    def _take(self, received: Received) -> Response:
        received.is_to("POST", "/", "application/x-ndjson")
        query = received.query
        require(query.keys() == {"database", "query", _TOKEN}, 404, "an unknown setting, or one is missing")
        require(query["database"] == "default" and query["query"] == self.query, 404, "no such table")
        body = received.plain(_LIMIT)
        require(body.endswith(b"\n"), 400, "the last row has no end")
        rows = rows_of([json_of(line) for line in body[:-1].split(b"\n")])
        if query[_TOKEN] not in self.tokens:
            self.tokens.add(query[_TOKEN])
            self._append(rows)
        return Response(status=200)
