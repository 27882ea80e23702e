"""A directory as the place of lines: each request is a file in it, named by its lines."""

from __future__ import annotations

import hashlib
from datetime import datetime

import broadcast_core.destinations as core


def endpoint_of(url: str) -> core.Endpoint:
    """Return the directory, where a request that comes again is the file that is there already."""
    return core.Endpoint.of_lines(
        name="lines", url=core.directory_url(url), method="PUT", on_resend="merges_request"
    )


def named(request: core.Request) -> core.Request:
    """Return a request as a file: when its earliest generation began, so that files sort, and a hash."""
    begun = min((item.time for item in request.items if item.time is not None), default=None)
    digest = hashlib.sha256(request.body).hexdigest()[:32]
    name = digest if begun is None else f"{_stamp(begun)}-{digest}"
    return request.addressed(url=f"{request.endpoint.url}{name}.ndjson")


def _stamp(moment: datetime) -> str:
    """Return a time as `20261123T100000Z`."""
    return core.written_time(moment.replace(microsecond=0)).replace("-", "").replace(":", "")
