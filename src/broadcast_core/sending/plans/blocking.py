"""Sends a plan in threads, and waits for its end."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import timedelta
from threading import Condition
from typing import Any

from broadcast_core.batching import Request
from broadcast_core.delivery.failure import Failure
from broadcast_core.delivery.job import Job
from broadcast_core.pipeline.route import Route
from broadcast_core.sending.client import Client
from broadcast_core.sending.clock import utc_now
from broadcast_core.sending.plans.report import DeliveryReport
from broadcast_core.sending.plans.route_run import RouteRun
from broadcast_core.sending.plans.runs import GivenLimits, GivenSecrets, Runs
from broadcast_core.sending.threads import SendingThreads


def send(
    requests: Iterable[Request],
    routes: Route | Iterable[Route],
    secrets: GivenSecrets = None,
    *,
    client: Any = None,
    limits: GivenLimits = None,
    deadline: timedelta | None = None,
) -> DeliveryReport:
    """Send the requests of a plan, and return what became of every generation, once all of it has ended.

    Each route goes at its own pace, in `limits.concurrency` threads; `limits` may be one for each by name.
    `client` is a `Client`, or one of httpx2 or httpx; without one, one is made. At the `deadline` what has
    not ended is undelivered; what is on its way then may still arrive. Raise `ArgumentError` for requests of
    other routes.
    """
    runs = Runs(requests, routes, secrets, limits, deadline)
    with ExitStack() as stack:
        is_ours = isinstance(client, Client)
        used = client if is_ours else stack.enter_context(Client(client, http=runs.need_http))
        _Threads(runs, used).run()
    return runs.report()


class _Threads:
    """The threads of all routes of one call; what they share is changed under one lock."""

    def __init__(self, runs: Runs, client: Client) -> None:
        self._runs = runs
        self._changed = Condition()
        self._clients = {name: client.within(run.limits.timeout) for name, run in runs.by_route.items()}
        self._pools = {
            name: SendingThreads(run.limits.concurrency, "broadcast-send")
            for name, run in runs.by_route.items()
        }
        self._fault: BaseException | None = None

    def run(self) -> None:
        """Send until everything has ended, or the deadline has come."""
        try:
            self._send()
        finally:
            for pool in self._pools.values():
                pool.release()
        if self._fault is not None:
            raise self._fault

    def _send(self) -> None:
        with self._changed:
            while self._fault is None:
                jobs, wait = self._runs.due(utc_now())
                for run, job in jobs:
                    self._pools[run.route.name].submit(self._exchange, run, job)
                if wait is None:
                    return
                self._changed.wait(wait)

    def _exchange(self, run: RouteRun, job: Job) -> None:
        try:
            outgoing = run.outgoing(job, utc_now())
            client = self._clients[run.route.name]
            answer = outgoing if isinstance(outgoing, Failure) else client.exchange(outgoing)
            with self._changed:
                run.take(job, answer, utc_now())
                self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001  # raised to the caller
            with self._changed:
                self._fault = self._fault or error
                self._changed.notify_all()
