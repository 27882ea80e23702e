"""A platform on loopback that takes rows, and the destination that sends a row for each generation."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from attrs import define, field, frozen

from broadcast_core import Checked, Endpoint, Item, Request, Response, Route, TraceTree
from broadcast_core.destinations import Description, option, plan_check
from broadcast_core.jsontext import dumps
from broadcast_core.testing.loopback import serve

ENDS_THE_PLANNER = "ends-the-planner"


@frozen(kw_only=True)
class Options:
    """Where the platform is, and what it does with a row that comes again."""

    url: str = option("http://127.0.0.1:9", "Where to send.")
    on_resend: str = option("merges", "What it does with a row that comes again.")


@frozen
class Rows:
    """A row for each generation; one whose id says so ends the process that plans it."""

    name: str = "rows"
    contract_version: int = 1

    def describe(self) -> Description:
        """Return the options; it needs no secret."""
        return Description(config=Options)

    def endpoints(self, config: Options) -> tuple[Endpoint, ...]:
        """One."""
        same: dict[str, Any] = {"on_resend": config.on_resend}
        return (Endpoint(name="rows", url=f"{config.url}/rows", max_items=3, **same),)

    def items(self, tree: TraceTree, config: Options) -> Iterator[Item]:
        """Yield a row for each generation, which names those that are known of its trace."""
        if any(ENDS_THE_PLANNER in one for one in tree.generations):
            os._exit(9)
        for one, generation in sorted(tree.generations.items()):
            row = {"id": one, "trace": tree.key, "input": generation.content.input}
            yield Item(endpoint="rows", body=dumps(row), generations=(one,))

    def authorize(
        self, request: Request, config: Options, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request as it is."""
        return request

    def check(self, config: Options, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Return a request without rows."""
        if answers:
            return Checked(works=answers[-1].status < 300, what="")
        return plan_check(self.endpoints(config)[0], b"")


@define
class Platform:
    """What was taken, row by row, in order; `is_down` answers 503."""

    url: str = ""
    rows: list[str] = field(factory=list)
    is_down: bool = False
    requests: int = 0

    def answer(self, _method: str, _path: str, _headers: Mapping[str, str], body: bytes) -> Response:
        """Take rows."""
        self.requests += 1
        if self.is_down:
            return Response(status=503)
        self.rows += [row["id"] for row in json.loads(body)]
        return Response(status=204)

    def route(self, name: str = "rows", **options: str) -> Route:
        """Return a route to it."""
        return Route.to(Rows(), {"url": self.url, **options}, name=name)


@contextmanager
def platform(*, is_down: bool = False) -> Iterator[Platform]:
    """Run a platform until the block ends."""
    one = Platform(is_down=is_down)
    with serve(one.answer) as url:
        one.url = url
        yield one


def record(name: str, trace: str | None = None, text: str = "") -> bytes:
    """Return a delivery with one generation, in the record's own JSON."""
    fields: dict[str, Any] = {"id": name, "timing": {"start": "2026-11-23T10:00:00Z"}}
    if trace is not None:
        fields["trace"] = {"trace_id": trace}
    if text:
        fields["content"] = {"input": text}
    return json.dumps(fields).encode() + b"\n"
