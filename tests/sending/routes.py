"""Routes that are sent to servers on loopback, by real clients and senders, and what came of that."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from attrs import define, evolve, field, frozen

from broadcast_core import Item, Request, Route
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.sending.client import Client
from broadcast_core.sending.journal import StoreJournal
from broadcast_core.sending.route_sender import RouteSender, Sender
from broadcast_core.sending.store import Store, generations, jobs
from broadcast_core.sending.store.jobs import Change, Target
from tests.sending.faults.plugin.broadcast_rows import Rows
from tests.sending.wire import Wire, listening, read_request

Act: TypeAlias = Callable[[socket.socket], bool]
"""Does something in place of an answer; tells whether the connection goes on."""


def status(code: int, **headers: str) -> Act:
    """Answer with a status."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())

    def act(connection: socket.socket) -> bool:
        connection.sendall(f"HTTP/1.1 {code} X\r\nContent-Length: 0\r\n{lines}\r\n".encode())
        return True

    return act


@define
class Platform:
    """Takes rows, after doing other things by a script; `refuses` answers requests with a poisoned row.

    `closes` ends each connection after one answer, `lost` are the numbers of requests that are taken and not
    answered, and `most` the rows that it takes at once. What it has is `rows`, by key.
    """

    script: Sequence[Act] = ()
    refuses: int | None = None
    lost: frozenset[int] = frozenset()
    kind: str = "merges"
    most: int | None = None
    closes: bool = False
    rows: Counter[str] = field(factory=Counter)
    bodies: list[bytes] = field(factory=list)
    moments: list[float] = field(factory=list)
    lock: Any = field(factory=threading.Lock)

    def behave(self, connection: socket.socket, wire: Wire) -> None:
        """Serve a connection."""
        while request := read_request(connection, wire):
            with self.lock:
                act = self._act(request.partition(b"\r\n\r\n")[2])
            if not act(connection) or self.closes:
                return

    def _act(self, body: bytes) -> Act:
        number = len(self.bodies)
        self.bodies.append(body)
        self.moments.append(time.monotonic())
        if number < len(self.script):
            return self.script[number]
        keys = [row["key"] for row in json.loads(body)]
        if self.most is not None and len(keys) > self.most:
            return status(413)
        if self.refuses is not None and any("poison" in key for key in keys):
            return status(self.refuses)
        if self.kind == "refused" and any(key in self.rows for key in keys):
            return status(409)
        if not (self.kind == "merges_request" and body in self.bodies[:-1]):
            for key in keys:
                self.rows[key] += 1 if self.kind != "merges" or not self.rows[key] else 0
        return (lambda _connection: False) if number in self.lost else status(200)


@frozen(kw_only=True)
class Result:
    """What became of a route: outcomes by generation, counts, why it stopped, and what is still kept."""

    outcomes: dict[str, DeliveryOutcome]
    counts: dict[str, int]
    stuck: str | None
    fault: BaseException | None
    has_ended: bool

    @property
    def statuses(self) -> dict[str, str]:
        """The status of each generation."""
        return {name: one.status for name, one in self.outcomes.items()}


def route_to(url: str, on_resend: str = "merges", items: int = 2, name: str = "rows") -> Route:
    """Return a route to a server, of requests with so many rows."""
    options: dict[str, Any] = {"base_url": url, "on_resend": on_resend, "items": items}
    return evolve(Route.to(Rows(), options), name=name)


def requests_of(route: Route, names: Sequence[str]) -> list[Request]:
    """Return requests with a row for each generation."""
    endpoint = next(one for one in route.endpoints.values() if one.name == "rows")
    items = [
        Item(endpoint="rows", body=json.dumps({"key": one}).encode(), generations=(one,), key=one)
        for one in names
    ]
    size = endpoint.max_items
    parts = [tuple(items[n : n + size]) for n in range(0, len(items), size)]
    return [Request.planned(route=route.name, endpoint=endpoint, items=part) for part in parts]


LIMITS = Limits(tries=4, concurrency=2, timeout=timedelta(seconds=0.3))


@contextmanager
def sending(
    store: Store,
    route: Route,
    names: Sequence[str],
    client: Client,
    limits: Limits = LIMITS,
    works: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[RouteSender, list[DeliveryOutcome]]]:
    """Begin to send rows; yield the sender and the outcomes as they come."""
    target, outcomes = Target(route=route), list[DeliveryOutcome]()
    if names:
        store.do(lambda db: jobs.add_batch(db, target, requests_of(route, names), datetime.now(UTC)))
    sender = Sender(route=route, secrets={}, limits=limits, client=client, clock=lambda: datetime.now(UTC))

    def report(change: Change) -> None:
        outcomes.extend(change.outcomes)

    made = RouteSender(
        sender, StoreJournal(store, target, limits), seed="0", ends=True, works=works, report=report
    )
    made.start()
    made.complete()
    try:
        yield made, outcomes
    finally:
        made.stop()
        made.join(5)


def result(store: Store, made: RouteSender, outcomes: list[DeliveryOutcome]) -> Result:
    """Wait for a sender; return what came of its route."""
    has_ended = made.join(5)
    counts = store.do(generations.counters).get(made.route.name, {})
    by_name = {one.generation: one for one in outcomes}
    assert len(by_name) == len(outcomes), "a generation has two outcomes"
    return Result(outcomes=by_name, counts=counts, stuck=made.stuck, fault=made.fault, has_ended=has_ended)


def sent(
    platform: Platform,
    names: Sequence[str],
    limits: Limits = LIMITS,
    store: Store | None = None,
    **options: Any,
) -> Result:
    """Send rows to a platform; return what came of them, in a store that may have more."""
    works = options.pop("works", lambda: False)
    with (
        store or Store() as kept,
        listening(platform.behave) as wire,
        Client(timeout=limits.timeout) as client,
        sending(kept, route_to(wire.url, platform.kind, **options), names, client, limits, works) as (
            made,
            outcomes,
        ),
    ):
        return result(kept, made, outcomes)
