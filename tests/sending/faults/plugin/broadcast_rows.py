"""A destination of tests with two kinds of rows, whose platform treats what comes again as an option says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from broadcast_core import Checked, Endpoint, Item, Request, Response, TraceTree
from broadcast_core.destinations import Delivered, Description, Verdicts, option, verdict_of_status
from broadcast_core.jsontext import dumps


@frozen(kw_only=True)
class Options:
    """Where the platform is, what it does with a row that comes again, and how many rows a request has."""

    base_url: str = option("http://127.0.0.1:9", "Where to send.")
    on_resend: str = option("merges", "What it does with a row that comes again.")
    items: int = option(3, "The rows of a request.")


@frozen
class Rows:
    """For each trace of a plan a head, which names its generations, and for each generation a row."""

    name: str = "rows"
    contract_version: int = 1

    def describe(self) -> Description:
        """Return the options; it needs no secret."""
        return Description(config=Options)

    def endpoints(self, config: Options) -> tuple[Endpoint, ...]:
        """Return that of heads, which go first, and that of rows."""
        same: dict[str, Any] = {"max_items": config.items, "on_resend": config.on_resend}
        return tuple(
            Endpoint(name=name, url=f"{config.base_url}/{name}", **same) for name in ("heads", "rows")
        )

    def items(self, tree: TraceTree, config: Options) -> Iterator[Item]:
        """Yield the head of a tree and its rows, in order of the ids."""
        ids = tuple(sorted(tree.generations))
        head = {"key": f"{tree.key}: {' '.join(ids)}", "generations": list(ids)}
        yield Item(endpoint="heads", body=dumps(head), generations=ids, key=str(head["key"]))
        for one in ids:
            row = {"key": one, "generations": [one], "trace": tree.key}
            yield Item(endpoint="rows", body=dumps(row), generations=(one,), key=one)

    def authorize(
        self, request: Request, config: Options, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request as it is."""
        return request

    def outcomes(self, request: Request, response: Response, config: Options) -> Verdicts:
        """Return what the status says; what is refused since it is there is there."""
        return Delivered() if response.status == 409 else verdict_of_status(response)

    def check(self, config: Options, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Return a request without rows, and that it works when the answer is a success."""
        if answers:
            return Checked(works=answers[-1].status < 300, what=str(answers[-1].status))
        return Request.planned(route=self.name, endpoint=self.endpoints(config)[0])


destination = Rows()
