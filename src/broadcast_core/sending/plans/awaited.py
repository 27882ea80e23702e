"""Sends a plan in tasks of asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from broadcast_core.batching import Request
from broadcast_core.delivery.failure import Failure
from broadcast_core.delivery.job import Job
from broadcast_core.pipeline.route import Route
from broadcast_core.sending.async_client import AsyncClient
from broadcast_core.sending.clock import utc_now
from broadcast_core.sending.plans.report import DeliveryReport
from broadcast_core.sending.plans.route_run import RouteRun
from broadcast_core.sending.plans.runs import GivenLimits, GivenSecrets, Runs


async def send_async(
    requests: Iterable[Request],
    routes: Route | Iterable[Route],
    secrets: GivenSecrets = None,
    *,
    client: Any = None,
    limits: GivenLimits = None,
    deadline: timedelta | None = None,
) -> DeliveryReport:
    """Send the requests of a plan with an `AsyncClient`, or one of httpx2 or httpx; else as `send`.

    At the deadline, and when it is cancelled, what is on its way is given up.
    """
    runs = Runs(requests, routes, secrets, limits, deadline)
    async with AsyncExitStack() as stack:
        is_ours = isinstance(client, AsyncClient)
        used = client
        if not is_ours:
            used = await stack.enter_async_context(AsyncClient(client, http=runs.need_http))
        await _send(runs, used)
    return runs.report()


async def _send(runs: Runs, client: AsyncClient) -> None:
    clients = {name: client.within(run.limits.timeout) for name, run in runs.by_route.items()}
    tasks: set[asyncio.Task[None]] = set()
    try:
        while True:
            jobs, wait = runs.due(utc_now())
            if wait is None:
                return
            tasks |= {
                asyncio.ensure_future(_exchange(run, job, clients[run.route.name])) for run, job in jobs
            }
            if not tasks:
                await asyncio.sleep(wait)
                continue
            ended, tasks = await asyncio.wait(tasks, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _exchange(run: RouteRun, job: Job, client: AsyncClient) -> None:
    outgoing = run.outgoing(job, utc_now())
    answer = outgoing if isinstance(outgoing, Failure) else await client.exchange(outgoing)
    run.take(job, answer, utc_now())
