"""What became of everything that a queue was offered: numbers, without content."""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from typing import Literal, TypeAlias

import attrs
from attrs import field, frozen

KeptIn: TypeAlias = Literal["memory", "disk"]
ByRoute: TypeAlias = Mapping[str, Mapping[str, int]]
"""Counts by their names, by route."""


@frozen(kw_only=True)
class RouteCounters:
    """Generations on one route.

    `found + planned == delivered + refused + undelivered + waiting + lost`: `found` waited in the spool when
    this process began; `waiting` are on their way; `lost` were when a worker was killed that kept them in
    memory, or could not be sent before the deadline of one that does. Not planned are those that the policy
    `skipped`, that the destination `rejected`, and those `repeated` that the route had before.
    """

    found: int = 0
    planned: int = 0
    delivered: int = 0
    refused: int = 0
    undelivered: int = 0
    waiting: int = 0
    lost: int = 0
    skipped: int = 0
    rejected: int = 0
    repeated: int = 0


@frozen(kw_only=True)
class Counters:
    """Documents by what became of them, and generations by route.

    `offered == full + closed + wrong + pending + accepted`: the queue was full, or closed; what was offered
    is no generation and no bytes; it waits for the worker; the worker has it, on disk where `kept_in` says
    so. Of the accepted, and the `found` that waited in the spool at the start, `unplanned` are still to be
    read, `lost` ended with a worker that kept them in memory; all others are counted by route.

    `unread` are dead letters that are no requests: nobody could read them, or not all in them. `restarts` are
    workers that ended before they should.
    """

    offered: int = 0
    full: int = 0
    closed: int = 0
    wrong: int = 0
    pending: int = 0
    accepted: int = 0
    found: int = 0
    unplanned: int = 0
    unread: int = 0
    lost: int = 0
    restarts: int = 0
    kept_in: KeptIn = "memory"
    routes: Mapping[str, RouteCounters] = field(factory=dict)

    __hash__ = None  # type: ignore[assignment]

    @property
    def delivered(self) -> int:
        """Generations that were delivered, those of each route."""
        return self._sum("delivered")

    @property
    def refused(self) -> int:
        """Generations that a platform will never take."""
        return self._sum("refused")

    @property
    def undelivered(self) -> int:
        """Generations that could not be brought to their platform."""
        return self._sum("undelivered")

    @property
    def waiting(self) -> int:
        """Generations on their way; documents that are not read yet are `pending` and `unplanned`."""
        return self._sum("waiting")

    @property
    def skipped(self) -> int:
        """Generations that the policy of a route held back."""
        return self._sum("skipped")

    @property
    def rejected(self) -> int:
        """Generations that a destination cannot take."""
        return self._sum("rejected")

    def _sum(self, name: str) -> int:
        return sum(getattr(one, name) for one in self.routes.values())


@frozen(kw_only=True)
class Report:
    """What a worker says: up to which number it has documents, and how far it came with those.

    `trouble` says why routes do not go on at the moment. `path` is the file of its spool.
    """

    confirmed: int = 0
    unplanned: int = 0
    unread: int = 0
    routes: ByRoute = field(factory=dict)
    trouble: Mapping[str, str] = field(factory=dict)
    path: str | None = None

    __hash__ = None  # type: ignore[assignment]


class Totals:
    """The counts of all workers of a queue, one after the other."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._first: Report | None = None
        self._last = Report()
        self._lost = self._unread = 0
        self._before: dict[str, dict[str, int]] = {}
        self.restarts = 0

    @property
    def last(self) -> Report:
        """The last report."""
        return self._last

    def take(self, report: Report) -> None:
        """Take a report; the first of a spool on disk says what was there before."""
        with self._lock:
            self._last = report
            if self._first is None:
                self._first = report

    def ended(self) -> None:
        """Take note that a worker has ended: what it kept in no file is lost."""
        with self._lock:
            last = self._last
            if last.path is not None:
                return
            self._lost += last.unplanned
            self._unread += last.unread
            for route, counts in last.routes.items():
                some = {**counts, "lost": counts.get("waiting", 0), "waiting": 0}
                self._before[route] = _sums(self._before.get(route, {}), some, 1)
            self._last = Report(confirmed=last.confirmed)

    def counters(self) -> Counters:
        """Return what the workers did; what was offered is for the queue to add."""
        with self._lock:
            return self._counters()

    def _counters(self) -> Counters:
        first, last = self._first or Report(), self._last
        is_on_disk = first.path is not None
        names = {*self._before, *last.routes} - {""}
        return Counters(
            found=first.unplanned if is_on_disk else 0,
            unplanned=last.unplanned,
            unread=self._unread + last.unread - (first.unread if is_on_disk else 0),
            lost=self._lost,
            restarts=self.restarts,
            kept_in="disk" if is_on_disk else "memory",
            routes={name: self._route(name, first.routes if is_on_disk else {}) for name in sorted(names)},
        )

    def _route(self, name: str, at_first: ByRoute) -> RouteCounters:
        was, last = at_first.get(name, {}), self._last.routes.get(name, {})
        counts = _sums(_sums(last, self._before.get(name, {}), 1), was, -1)
        known = {one.name for one in attrs.fields(RouteCounters)}
        more = {"found": was.get("waiting", 0), "waiting": last.get("waiting", 0)}
        return RouteCounters(**{key: value for key, value in {**counts, **more}.items() if key in known})


def _sums(some: Mapping[str, int], more: Mapping[str, int], sign: int) -> dict[str, int]:
    return {name: some.get(name, 0) + sign * more.get(name, 0) for name in {**some, **more}}
