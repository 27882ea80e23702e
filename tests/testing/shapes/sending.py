"""Sending as plainly as can be: prepare, ask the receiver, do what the verdicts say."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field

from broadcast_core import Content, Generation, Identity, Request, Response, Route, Timing, TraceContext, plan
from broadcast_core.delivery import prepare, retried, split, verdicts, without_old
from broadcast_core.destinations import FollowUp, Item, Split, TraceTree, Verdict, loads
from broadcast_core.testing.shapes import ALL, KEY, Receiver
from broadcast_core.testing.shapes.common import row_items

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECRETS = {"api_key": KEY}


def generation(name: str, trace: str | None = "t", day: int = 20, **changes: Any) -> Generation:
    """Return a generation with content, an identity and a trace."""
    start = datetime(2026, 11, day, 10, tzinfo=UTC)
    fields: dict[str, Any] = {
        "timing": Timing(start=start, end=start + timedelta(seconds=1)),
        "model": "m/one",
        "content": Content(input={"messages": [{"role": "user", "content": 'a "quoted" \\ text\n'}]}),
        "identity": Identity(session_id="s"),
        "trace": TraceContext(trace_id=trace, trace_name="name"),
    }
    return Generation(id=name, **{**fields, **changes})


def route_to(shape: str, **options: Any) -> Route:
    """Return a route to a shape by its name."""
    return Route.to(ALL[shape].destination, options)


def requests_of(route: Route, *generations: Generation) -> tuple[Request, ...]:
    """Return the planned requests of a route for some generations, all of which must be planned."""
    planned = plan(generations, route)
    assert {outcome.status for outcome in planned.outcomes} <= {"planned"}, planned.outcomes
    return planned.requests


def sent_at(attempt: int) -> datetime:
    """Return when an attempt is made."""
    return NOW + timedelta(minutes=attempt)


def send(request: Request, route: Route, receiver: Receiver, *, attempt: int = 1, key: str = KEY) -> Response:
    """Return what a receiver answers to a request: later at each attempt."""
    out = prepare(request, route, {"api_key": key}, now=sent_at(attempt), attempt=attempt)
    return receiver(out.method, out.url, out.headers, out.body)


def send_changed(
    request: Request,
    route: Route,
    receiver: Receiver,
    *,
    body: Callable[[bytes], bytes] = lambda body: body,
    url: Callable[[str], str] = lambda url: url,
    headers: Mapping[str, str | None] | None = None,
) -> Response:
    """Return what a receiver answers to a request that was changed on its path; a header by None is gone."""
    out = prepare(request, route, SECRETS, now=NOW)
    is_packed = out.headers.get("Content-Encoding") == "gzip"
    plain = gzip.decompress(out.body) if is_packed else out.body
    changed = body(plain)
    assert changed != plain or url(out.url) != out.url or headers, "nothing was changed"
    packed = gzip.compress(changed, mtime=0) if is_packed else changed
    wire = out.body if changed == plain else packed
    all_headers = {**out.headers, **(headers or {})}
    known = {name: value for name, value in all_headers.items() if value is not None}
    return receiver(out.method, url(out.url), known, wire)


@define
class Sender:
    """Delivers requests of a route to a receiver; `verdicts` are the last ones of each item, by its key.

    `old` are the items that it did not send, since they are older than their endpoint takes.
    """

    route: Route
    receiver: Receiver
    verdicts: dict[str, Verdict] = field(factory=dict)
    old: list[Item] = field(factory=list)

    def deliver(self, request: Request, attempt: int = 1) -> None:
        """Send what is not too old of a request, until each item has its last verdict."""
        fresh, old = without_old(request, self.route, sent_at(attempt))
        self.old += [item for item, _ in old]
        if fresh is not None:
            self._deliver(fresh, attempt)

    def _deliver(self, request: Request, attempt: int) -> None:
        """Send a request, three times at most."""
        each = self._ask(request, attempt)
        if isinstance(each[0], Split):
            for half in split(request, self.route):
                self._deliver(half, 1)
            return
        self.verdicts |= {item.key or "": one for item, one in zip(request.items, each, strict=True)}
        again = retried(request, each, self.route)
        if again is not None and attempt < 3:
            self._deliver(again, attempt + 1)

    def _ask(self, request: Request, attempt: int) -> tuple[Verdict, ...]:
        each = verdicts(request, send(request, self.route, self.receiver, attempt=attempt), self.route, NOW)
        while isinstance(each[0], FollowUp):
            later = send(each[0].request, self.route, self.receiver, attempt=attempt)
            each = verdicts(request, later, self.route, NOW)
        return each

    @property
    def kinds(self) -> set[type]:
        """What became of the items."""
        return {type(one) for one in self.verdicts.values()}


def singles(request: Request, route: Route) -> list[Request]:
    """Return a request split until each part has one item."""
    if len(request.items) == 1:
        return [request]
    return [one for half in split(request, route) for one in singles(half, route)]


def expected_rows(trees: Iterable[TraceTree]) -> list[Any]:
    """Return the rows of some trees as any shape should bring them there, in the order of their ids."""
    return by_id(loads(item.body) for tree in trees for item in row_items(tree, "any"))


def by_id(rows: Iterable[Any]) -> list[Any]:
    """Return rows in the order of their ids."""
    return sorted(rows, key=lambda row: str(row["id"]))


def ids(receiver: Receiver) -> list[str]:
    """Return the ids of the rows that a receiver stored, in order."""
    return sorted(row["id"] for row in receiver.rows)
