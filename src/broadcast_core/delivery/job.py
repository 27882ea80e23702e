"""A planned request on its way, and what became of its items."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import evolve, frozen

from broadcast_core.batching import Item, Request

ItemStatus: TypeAlias = Literal["delivered", "refused", "undelivered"]
"""The platform has it; it will never take it; or it could not be brought there."""

PARKED_AFTER = 5
"""Tries after which others no longer wait for a request."""


@frozen(kw_only=True)
class Job:
    """A planned request and how far it has come; `batch` and `order` are the plan and endpoint that it is of.

    `number` tells jobs apart and orders those of one endpoint; it is None until someone keeps the job.
    `since` is when it was planned, in UTC. `follow_up` is what asks for its outcome, once the platform wants
    to be asked. `is_unknown` tells that an answer was lost: the platform may have it. `is_last` tells that it
    is a half of a request whose tries had ended.
    """

    request: Request
    batch: int
    order: int
    since: datetime
    number: int | None = None
    tries: int = 0
    not_before: datetime | None = None
    follow_up: Request | None = None
    is_unknown: bool = False
    is_last: bool = False

    __hash__ = None  # type: ignore[assignment]

    @property
    def is_parked(self) -> bool:
        """Tell whether it has failed so often that others go before it."""
        return self.tries >= PARKED_AFTER

    @property
    def may_split(self) -> bool:
        """Tell whether its parts may go by themselves: not where the whole may be there already."""
        is_known = not self.is_unknown or self.request.endpoint.on_resend == "merges"
        return is_known and len(self.request.items) > 1

    def part(self, request: Request, *, tries: int = 0) -> Job:
        """Return the job of a part of its request."""
        return Job(
            request=request,
            batch=self.batch,
            order=self.order,
            since=self.since,
            tries=tries,
            is_unknown=self.is_unknown,
        )

    def begun(self) -> Job:
        """Return it as it is while it is being sent once more."""
        return evolve(self, tries=self.tries + 1, not_before=None)


@frozen(kw_only=True)
class EndedItem:
    """What became of one item, and why; `may_be_there` tells that it may have arrived all the same."""

    item: Item
    status: ItemStatus
    why: str = ""
    may_be_there: bool = False

    __hash__ = None  # type: ignore[assignment]


@frozen(kw_only=True)
class Step:
    """What an answer or a failure makes of a job: items that have ended, and what is still to be sent.

    `kept` is the job itself when it goes on, `parts` are new jobs in its place. Of the route: `passed` tells
    that the platform took something, `reached` that it answered and is not busy, `blocked` why nothing passes
    until someone mends it, `hold` until when nothing goes and `why`, `is_asked` that the platform asked for
    that wait, which then holds whatever else passes, `gave_up` why its tries ended while nothing else passed
    either. `is_suspect` tells that it may be one of its items that failed: so of its parts.
    """

    job: Job
    ended: tuple[EndedItem, ...] = ()
    kept: Job | None = None
    parts: tuple[Job, ...] = ()
    passed: bool = False
    reached: bool = False
    blocked: str | None = None
    hold: datetime | None = None
    is_asked: bool = False
    gave_up: str | None = None
    why: str | None = None
    is_suspect: bool = False

    __hash__ = None  # type: ignore[assignment]
