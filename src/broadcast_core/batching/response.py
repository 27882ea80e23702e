"""What a server answered, as data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from broadcast_core.batching.headers import Headers
from broadcast_core.batching.request import Request


@frozen(kw_only=True)
class Response:
    """What a server answered; names of headers are read in any letter case.

    `received` is when the answer came, in UTC: dates in it are read against that. `follow_up` is the request
    that it answers where that is a follow-up, and not the request whose items it speaks of.
    """

    status: int
    headers: Mapping[str, str] = field(factory=dict, converter=Headers)
    body: bytes = b""
    received: datetime | None = None
    follow_up: Request | None = None

    __hash__ = None  # type: ignore[assignment]
