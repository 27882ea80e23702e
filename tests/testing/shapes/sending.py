"""Sending as plainly as can be: prepare, ask the receiver, do what the verdicts say, until nothing is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field

from broadcast_core import Request, Response, Route
from broadcast_core.delivery import prepare, split, verdicts
from broadcast_core.destinations import (
    Delivered,
    Doubtful,
    FollowUp,
    Refused,
    Retry,
    Split,
    TraceTree,
    Verdict,
    loads,
)
from broadcast_core.testing.shapes import ALL, KEY, Example, Receiver
from broadcast_core.testing.shapes.common import row_items

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECRETS = {"api_key": KEY}


def route_to(example: Example) -> Route:
    """Return a route to the destination of an example."""
    return Route.to(example.destination, example.options)


def send(
    request: Request, route: Route, receiver: Receiver, *, now: datetime = NOW, attempt: int = 1
) -> Response:
    """Return what a receiver answers to a request."""
    out = prepare(request, route, SECRETS, now=now, attempt=attempt)
    return receiver(out.method, out.url, out.headers, out.body)


@define
class Sender:
    """Delivers requests of a route to a receiver; `verdicts` are the last ones of each item, by its key."""

    example: Example
    receiver: Receiver
    route: Route = field(init=False)
    verdicts: dict[str, Verdict] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.route = route_to(self.example)

    def deliver(self, request: Request, attempt: int = 1) -> None:
        """Send a request until each of its items has its last verdict."""
        answer = send(request, self.route, self.receiver, now=NOW + timedelta(minutes=attempt), attempt=attempt)
        each = verdicts(request, answer, self.route, NOW)
        while isinstance(each[0], FollowUp):
            answer = send(each[0].request, self.route, self.receiver)
            each = verdicts(request, answer, self.route, NOW)
        if isinstance(each[0], Split):
            for half in split(request, self.route):
                self.deliver(half)
            return
        self.verdicts |= {item.key or "": one for item, one in zip(request.items, each, strict=True)}
        if any(isinstance(one, Retry) for one in each) and attempt < 3:
            self.deliver(request, attempt + 1)

    @property
    def kinds(self) -> dict[str, type]:
        """What became of each item, by its key."""
        return {key: type(one) for key, one in self.verdicts.items()}


def rows_of_trees(trees: list[TraceTree]) -> list[Any]:
    """Return the rows of some trees as any shape should bring them there, in the order of their ids."""
    return by_id(loads(item.body) for tree in trees for item in row_items(tree, "any"))


def by_id(rows: Any) -> list[Any]:
    """Return rows in the order of their ids."""
    return sorted(rows, key=lambda row: str(row["id"]))
