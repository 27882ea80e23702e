"""What could not be delivered, as stored requests that can be planned again and sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve

from broadcast_core.batching import Item, Request
from broadcast_core.delivery.job import EndedItem, Job
from broadcast_core.delivery.splitting import part_of
from broadcast_core.delivery.stored.requests import StoredRequest, stored
from broadcast_core.errors import PluginFault
from broadcast_core.pipeline.route import Route


def dead_letters(
    route: Route, job: Job, ended: Iterable[EndedItem], plugin: str = ""
) -> Iterator[StoredRequest]:
    """Yield the items of a job that were not delivered, those with one reason as one request.

    `plugin` is the wheel of the destination with its version. No secret is in them. What was said is: they
    are what was planned.
    """
    by_reason: dict[tuple[str, str, bool], list[EndedItem]] = {}
    for one in ended:
        if one.status != "delivered":
            by_reason.setdefault((one.status, one.why, one.may_be_there), []).append(one)
    for (status, why, may_be_there), some in by_reason.items():
        items = tuple(one.item for one in some)
        request = job.request if len(items) == len(job.request.items) else _part(job.request, items, route)
        yield with_end(
            stored(request, route, plugin), {"status": status, "why": why, "may_be_there": may_be_there}
        )


def _part(request: Request, items: tuple[Item, ...], route: Route) -> Request:
    """Return some items of a request, addressed anew; without an address of its own where it gets none."""
    try:
        part = part_of(request, items, route)
    except PluginFault:  # it is kept all the same, and refused when it is sent again
        part = None
    return part or Request.planned(route=request.route, endpoint=request.endpoint, items=items)


def with_end(form: StoredRequest, end: Mapping[str, object]) -> StoredRequest:
    """Return a stored request with what became of it."""
    head = form.head[:-1] + b"," + json.dumps(end, separators=(",", ":")).encode()[1:]
    return evolve(form, head=head)
