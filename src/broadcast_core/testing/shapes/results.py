"""An answer with a result for each item by its key: 200, although some are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

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
    TraceTree,
    Verdict,
    Verdicts,
    dumps,
    object_of,
    verdict_of_status,
    written_time,
)
from broadcast_core.testing.shapes.common import MAX_ROW, Shape, digest_of, id_of, row_items, server
from broadcast_core.testing.shapes.receiving import Received, Receiver, json_of, require, rows_of

_LIMIT = 400_000
_OLDEST = timedelta(days=14)


@frozen(kw_only=True)
class Config:
    """Where events go."""

    url: str = server("https://results.example")


class Results(Shape):
    """Events with an id each, of two weeks at most; an attempt, its time, an id of the batch in headers."""

    name = "results"
    config = Config

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return one."""
        return (
            Endpoint(
                name="events", url=f"{config.url}/events", prefix=b'{"batch":[', suffix=b"]}",
                max_items=100, max_bytes=_LIMIT, max_item_bytes=2 * MAX_ROW, on_resend="merges",
                oldest=_OLDEST,
            ),
        )  # fmt: skip

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item]:
        """Yield an event a generation, whose key the answer will name."""
        for item in row_items(tree, "events"):
            yield evolve(item, body=b'{"uuid":%s,"row":%s}' % (dumps(item.key), item.body))

    def address(self, request: Request, config: Config) -> Request:
        """Return the request with an id of its batch in a header."""
        return request.addressed(headers={"X-Request-Id": id_of(digest_of(request))})

    def authorize(
        self, request: Request, config: Config, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with its token, the attempt, and the time of it."""
        authorized = super().authorize(request, config, secrets, now, attempt)
        more = {"X-Attempt": str(attempt), "X-Sent": written_time(now)}
        return evolve(authorized, headers={**authorized.headers, **more})

    def outcomes(self, request: Request, response: Response, config: Config) -> Verdicts:
        """Return the result of each event; one that the answer lacks may be sent again, since it merges."""
        if response.status == 429:
            return Refused("it answered 429, which is final here: the month is used up")
        if response.status != 200:
            return verdict_of_status(response)
        results = object_of(response).get("results")
        if not isinstance(results, dict):
            return Doubtful(len(request.items), "it answered 200 without results")
        return tuple(_verdict(results.get(item.key)) for item in request.items)


def _verdict(result: object) -> Verdict:
    if result == "ok":
        return Delivered()
    if result == "drop":
        return Refused("the platform dropped the event")
    return Retry("the platform asks for it again" if result == "retry" else "the answer does not name it")


@define
class ResultServer(Receiver):
    """Judges each event by its key: those that it refuses, and those that it asks for again once.

    It refuses those that are too old too. It has no clock: a request comes when it says that it was sent.
    """

    refused: frozenset[str] = frozenset()
    delayed: frozenset[str] = frozenset()

    def _take(self, received: Received) -> Response:
        received.is_to("POST", "/events", "application/json")
        needed = {"x-request-id", "x-attempt", "x-sent"}
        require(needed <= received.headers.keys(), 400, "a header is missing")
        body = json_of(received.plain(_LIMIT))
        require(isinstance(body, dict) and body.keys() == {"batch"}, 400, "expected a batch")
        events = {event["uuid"]: event["row"] for event in body["batch"]}
        require(len(events) == len(body["batch"]), 400, "an event is there twice")
        rows_of(list(events.values()))
        sent = datetime.fromisoformat(received.headers["x-sent"])
        old = {name for name, row in events.items() if sent - datetime.fromisoformat(row["at"]) > _OLDEST}
        results = dict.fromkeys(events, "ok")
        results |= dict.fromkeys((self.refused & events.keys()) | old, "drop")
        results |= dict.fromkeys(self.delayed & events.keys(), "retry")
        self.delayed -= events.keys()
        for name, row in events.items():
            if results[name] == "ok":
                self._put(name, [row])
        return Response(status=200, body=dumps({"results": results}))
