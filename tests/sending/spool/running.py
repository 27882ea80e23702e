"""A spool that runs in a test, with all that it said."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import field, frozen

from broadcast_core import Route
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.secrets import HashKeys
from broadcast_core.sending.client import Client
from broadcast_core.sending.spool.engine import KIND, Spool, SpoolRoutes
from broadcast_core.sending.spool.planner_loop import PlanIn
from broadcast_core.sending.store import Store, letters

LIMITS = Limits(tries=None, timeout=timedelta(seconds=5))


@frozen
class Running:
    """A spool, the outcomes of generations, and its reports."""

    spool: Spool
    outcomes: list[DeliveryOutcome] = field(factory=list)
    reports: list[str] = field(factory=list)

    def post(self, body: bytes, encoding: str = "identity") -> Future[None]:
        """Deliver a body."""
        return self.spool.accept(body, encoding=encoding, at=datetime.now(UTC))

    def accept(self, *bodies: bytes) -> None:
        """Deliver bodies, each once the one before is on disk."""
        for body in bodies:
            self.post(body).result(5)

    def drain(self, seconds: float = 10) -> None:
        """Wait until all that has a route has ended."""
        assert self.spool.drain(seconds), (self.spool.state(), self.spool.troubles(), self.reports)


def of(*routes: Route) -> SpoolRoutes:
    """Return routes of a spool, without secrets."""
    return SpoolRoutes(routes=routes, secrets={}, hash_keys=HashKeys({}), limits=LIMITS)


@contextmanager
def running(
    path: Path | None, *routes: Route, plan_in: PlanIn = "thread", max_bytes: int | None = None
) -> Iterator[Running]:
    """Run a spool until the block ends; planning is in a thread unless it is about the process."""
    outcomes: list[DeliveryOutcome] = []
    reports: list[str] = []
    with Client(timeout=LIMITS.timeout) as client:
        spool = Spool(
            None if path is None else str(path),
            of(*routes),
            client,
            max_bytes=max_bytes,
            plan_in=plan_in,
            ended=outcomes.extend,
            report=reports.append,
        )
        try:
            yield Running(spool, outcomes, reports)
        finally:
            spool.close(5)


def letters_in(path: Path) -> list[dict[str, Any]]:
    """Return the dead letters of a spool that is closed, without their bodies."""
    import json

    with Store(str(path), kind=KIND) as store:
        heads = store.do(lambda db: db.execute("SELECT head FROM letter ORDER BY id").fetchall())
        assert store.do(letters.count_letters) == len(heads)
    return [json.loads(head) for (head,) in heads]


def wait_until(holds: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until something holds; fail when it does not in time."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come to hold in time"
        time.sleep(0.005)
