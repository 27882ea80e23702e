"""Rows inside a JSON string: the binding of a statement, with a request id; an answer may come later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from attrs import define, evolve, field, frozen

from broadcast_core.destinations import (
    Doubtful,
    Endpoint,
    FollowUp,
    Item,
    Json,
    Request,
    Response,
    Split,
    TraceTree,
    Verdict,
    ascii_only,
    dumps,
    object_of,
    option,
    verdict_of_status,
)
from broadcast_core.testing.shapes.common import MAX_ROW, Shape, digest_of, id_of, row_items, server
from broadcast_core.testing.shapes.receiving import Received, Receiver, Refusal, json_of, require, rows_of

_PATH = "/api/v2/statements"
_LIMIT = 400_000
_JSON = "application/json"


@frozen(kw_only=True)
class Config:
    """Where rows go: a server, a database, a table."""

    url: str = server("https://statements.example")
    database: str = option("LLM", "The database.", check=ascii_only("a name"))
    table: str = option("GENERATIONS", "The table.", check=ascii_only("a name"))


class Statements(Shape):
    """A row a generation, in one text that the statement parses."""

    name = "statements"
    config = Config

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return one whose envelope has the statement, and opens the text that rows stand in."""
        table = config.table.replace('"', '""')
        known = {"statement": f'INSERT INTO "{table}" SELECT PARSE_JSON(?)', "database": config.database}
        return (
            Endpoint(
                name="rows", url=f"{config.url}{_PATH}",
                prefix=dumps(known)[:-1] + b',"bindings":{"1":{"type":"TEXT","value":"[', suffix=b']"}}}',
                max_items=100, max_bytes=_LIMIT, max_item_bytes=2 * MAX_ROW, on_resend="merges_request",
            ),
        )  # fmt: skip

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item]:
        """Yield a row a generation, escaped once: limits count what is sent."""
        for item in row_items(tree, "rows"):
            yield evolve(item, body=dumps(item.body.decode())[1:-1])

    def address(self, request: Request, config: Config) -> Request:
        """Return the request with an id of its batch: the same for a resend, another for a half."""
        return request.addressed(url=f"{request.endpoint.url}?requestId={id_of(digest_of(request))}")

    def authorize(
        self, request: Request, config: Config, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with its token, and with the word that it is a resend from the second on."""
        authorized = super().authorize(request, config, secrets, now, attempt)
        is_resend = attempt > 1 and request.items
        return evolve(authorized, url=f"{request.url}&retry=true") if is_resend else authorized

    def outcomes(self, request: Request, response: Response, config: Config) -> Verdict:
        """Return what an answer means: 202 is asked again by its handle, one bad row of 422 fails all.

        409 says that the platform knows the request, as after a restart that forgot that it was sent: its
        halves would be other requests, and double what may be there.
        """
        if response.status == 409:
            return Doubtful(len(request.items), "it knows this request already: the rows may be there")
        if response.status == 422:
            return Split("the statement failed on one of its rows")
        if response.status != 202:
            return verdict_of_status(response)
        handle = object_of(response).get("statementHandle")
        if not isinstance(handle, str):
            return Doubtful(len(request.items), "it answered 202 without the handle of its statement")
        later = Endpoint(
            name="later", method="GET", url=f"{config.url}{_PATH}/{quote(handle, safe='', errors='replace')}",
            content_type="", prefix=b"", suffix=b"",
        )  # fmt: skip
        return FollowUp(Request.planned(route=request.route, endpoint=later))


@define
class StatementServer(Receiver):
    """Runs statements; a slow one when it is next asked for. A request id is run once."""

    is_slow: bool = False
    refused: frozenset[str] = frozenset()
    running: dict[str, list[dict[str, Any]]] = field(factory=dict)
    known: set[str] = field(factory=set)

    def _take(self, received: Received) -> Response:
        if received.method == "GET":
            return self._finish(received.path.removeprefix(f"{_PATH}/"))
        received.is_to("POST", _PATH, _JSON)
        query = received.query
        require(query.keys() - {"retry"} == {"requestId"}, 400, "expected a request id, and retry at most")
        name = query["requestId"]
        require(name not in self.known or query.get("retry") == "true", 409, "a known id without retry=true")
        rows = self._rows(json_of(received.plain(_LIMIT)))
        if name not in self.known:
            self.known.add(name)
            self.running[name] = rows
        if self.is_slow and name in self.running:
            return Response(status=202, body=dumps({"statementHandle": name}))
        return self._finish(name) if name in self.running else Response(status=200)

    def _finish(self, name: str) -> Response:
        require(name in self.running, 404, "no such statement")
        self._append(self.running.pop(name))
        return Response(status=200)

    def _rows(self, body: Json) -> list[dict[str, Any]]:
        require(isinstance(body, dict), 400, "expected an object")
        require(body.keys() == {"statement", "database", "bindings"}, 400, "a member too many, or missing")
        require(body["statement"] == 'INSERT INTO "GENERATIONS" SELECT PARSE_JSON(?)', 422, "no such table")
        text = body["bindings"]["1"]["value"]
        require(body["bindings"] == {"1": {"type": "TEXT", "value": text}}, 400, "expected one text")
        rows = rows_of(json_of(text.encode(), 422), 422)
        if self.refused.intersection(row["id"] for row in rows):
            raise Refusal(422, "a row does not fit the table")
        return rows
