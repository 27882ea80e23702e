"""The routes of a plan on their way: what is due, when the next is, and what became of all of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from broadcast_core.batching import Request
from broadcast_core.delivery.job import Job
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.place import needs_http
from broadcast_core.errors import ArgumentError, ArgumentTypeError
from broadcast_core.pipeline.route import Route
from broadcast_core.secrets import SecretsByRoute
from broadcast_core.sending.clock import utc_now
from broadcast_core.sending.plans.report import DeliveryReport
from broadcast_core.sending.plans.route_run import RouteRun

GivenLimits = Limits | Mapping[str, Limits] | None
GivenSecrets = Mapping[str, Mapping[str, str]] | None
_LONGEST_SLEEP = timedelta(seconds=60)


class Runs:
    """The runs of all routes that have requests; they know nothing of each other."""

    def __init__(
        self,
        requests: Iterable[Request],
        routes: Route | Iterable[Route],
        secrets: GivenSecrets,
        limits: GivenLimits,
        deadline: timedelta | None,
    ) -> None:
        now, wrapped = utc_now(), SecretsByRoute(secrets)
        by_name = {route.name: route for route in ((routes,) if isinstance(routes, Route) else routes)}
        some = _by_route(requests, by_name)
        self._order = {
            (name, generation): n
            for name, of_route in some.items()
            for n, generation in enumerate(dict.fromkeys(g for one in of_route for g in one.generations))
        }
        seed = os.urandom(8).hex()  # noqa: TID251  # waits of senders that failed together must differ
        self.by_route = {
            name: RouteRun(
                by_name[name], wrapped.of(name), _limits_of(limits, name), of_route, now, f"{seed} {name}"
            )
            for name, of_route in some.items()
        }
        self._deadline = deadline
        self._until: datetime | None = None

    @property
    def need_http(self) -> bool:
        """Tell whether some of them go to a server."""
        return needs_http(run.route for run in self.by_route.values())

    def due(self, now: datetime) -> tuple[list[tuple[RouteRun, Job]], float | None]:
        """Return what is to be sent now, and how long to wait then; None: everything has ended.

        The deadline counts from the first call.
        """
        if self._until is None and self._deadline is not None:
            self._until = now + self._deadline
        if self._until is not None and now >= self._until:
            for run in self.by_route.values():
                run.stop("not delivered before the deadline")
        jobs: list[tuple[RouteRun, Job]] = []
        moments = [now + _LONGEST_SLEEP, *(() if self._until is None else (self._until,))]
        for run in self.by_route.values():
            while isinstance(found := run.next(now), Job):
                jobs.append((run, found))
            moments += [] if found is None else [found]
        if all(run.is_over for run in self.by_route.values()):
            return jobs, None
        return jobs, max(0.0, (min(moments) - now).total_seconds())

    def report(self) -> DeliveryReport:
        """Return what became of it."""
        runs = self.by_route.values()
        outcomes = [outcome for run in runs for outcome in run.outcomes]
        names = list(self.by_route)
        return DeliveryReport(
            outcomes=tuple(
                sorted(
                    outcomes,
                    key=lambda one: (names.index(one.route), self._order[one.route, one.generation]),
                )
            ),
            letters=tuple(line for run in runs for line in run.letters),
            stopped={run.route.name: run.stopped for run in runs if run.stopped is not None},
        )


def _by_route(requests: Iterable[Request], routes: Mapping[str, Route]) -> dict[str, list[Request]]:
    """Return requests by their route, in the order of the routes; raise `ArgumentError` for others."""
    found: dict[str, list[Request]] = {name: [] for name in routes}
    for request in requests:
        if not isinstance(request, Request):
            what = f"expected planned requests, got a {type(request).__name__}"
            raise ArgumentTypeError(f"requests: {what}: give plan(...).requests")
        if request.route not in routes:
            raise ArgumentError(f"requests: one is of the route {request.route!r}: give that route too")
        if not request.is_as_planned:
            raise ArgumentError("requests: secrets have been added to one: give it as it was planned")
        found[request.route].append(request)
    return {name: some for name, some in found.items() if some}


def _limits_of(limits: GivenLimits, route: str) -> Limits:
    found = limits.get(route) if isinstance(limits, Mapping) else limits
    return Limits() if found is None else found
