"""What could not be delivered, as stored requests that can be planned again and sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve

from broadcast_core.batching import Request
from broadcast_core.delivery.job import EndedItem, Job
from broadcast_core.delivery.stored.requests import StoredRequest, stored
from broadcast_core.pipeline.route import Route


def dead_letters(route: Route, job: Job, ended: Iterable[EndedItem]) -> Iterator[StoredRequest]:
    """Yield the items of a job that were not delivered, those with one reason as one request.

    No secret is in them. What was said is: they are what was planned.
    """
    by_reason: dict[tuple[str, str, bool], list[EndedItem]] = {}
    for one in ended:
        if one.status != "delivered":
            by_reason.setdefault((one.status, one.why, one.may_be_there), []).append(one)
    for (status, why, may_be_there), some in by_reason.items():
        endpoint, items = job.request.endpoint, tuple(one.item for one in some)
        is_whole = len(items) == len(job.request.items)
        request = (
            job.request if is_whole else Request.planned(route=route.name, endpoint=endpoint, items=items)
        )
        yield with_end(stored(request, route), {"status": status, "why": why, "may_be_there": may_be_there})


def with_end(form: StoredRequest, end: Mapping[str, object]) -> StoredRequest:
    """Return a stored request with what became of it."""
    head = form.head[:-1] + b"," + json.dumps(end, separators=(",", ":")).encode()[1:]
    return evolve(form, head=head)
