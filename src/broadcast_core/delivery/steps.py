"""What an answer, a failure or the clock makes of a job: the table of delivery.

    the platform says         the job
    Delivered, Refused        ends, item by item
    Retry                     waits: as long as the server asks, else longer each time
    Split                     goes on as its halves, each addressed anew
    Blocked                   waits for a person; where other requests pass, it is this one: split, refused.
                              Where only the connection test passes, it may be this one: split, set aside
    FollowUp                  asks again for the outcome of the same items
    Doubtful                  ends as undelivered, and is never sent again
    nothing: not arrived      waits
    nothing: may have arrived waits, or ends where the platform doubles what comes again

A request that fails while others pass is split: it may be one of its items. The last try of one whose every
answer was a failure is split too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen

from broadcast_core.batching import Item, Response
from broadcast_core.delivery.ages import without_old
from broadcast_core.delivery.answers import verdicts
from broadcast_core.delivery.failure import Failure
from broadcast_core.delivery.job import PARKED_AFTER, EndedItem, ItemStatus, Job, Step
from broadcast_core.delivery.limits import LONGEST_ASKED_WAIT, SHORTEST_ASKED_WAIT, Limits, wait_after
from broadcast_core.delivery.splitting import part_of, split
from broadcast_core.destinations.verdicts import (
    Blocked,
    Delivered,
    Doubtful,
    FollowUp,
    Refused,
    Retry,
    Split,
    Verdict,
)
from broadcast_core.errors import PluginFault
from broadcast_core.pipeline.route import Route

SUSPECT_AFTER = 3
"""Failures of a request beside others that pass, before it is split."""
_LAST_TRIES = 2  # of each half of a request that was split at the end of its tries
_LOST = "its answer was lost"


@frozen(kw_only=True)
class Situation:
    """What a step hangs on beside the answer: the route and its limits, the time in UTC, and its luck.

    `others_passed` tells whether the platform took other requests since this one failed first, `failures` how
    many of the route have failed in a row. `seed` spreads the waits of senders.
    """

    route: Route
    limits: Limits
    now: datetime
    seed: str
    others_passed: bool = False
    failures: int = 0

    __hash__ = None  # type: ignore[assignment]


def answered(job: Job, response: Response, at: Situation) -> Step:
    """Return what an answer makes of a job that was sent."""
    step = _answered(job, response, at)
    is_busy = step.hold is not None or step.gave_up is not None
    return evolve(step, reached=not is_busy)


def _answered(job: Job, response: Response, at: Situation) -> Step:
    if job.follow_up is not None:
        response = evolve(response, follow_up=job.follow_up)
    each = verdicts(job.request, response, at.route, at.now)
    first = each[0]
    if isinstance(first, FollowUp):
        return _followed_up(job, first, at)
    if isinstance(first, Blocked):
        return _blocked(job, first.why, at)
    if isinstance(first, Doubtful):
        return _doubtful(job, first)
    job = evolve(job, follow_up=None)  # its outcome is known
    return _split(job, first.why, at) if isinstance(first, Split) else _by_item(job, each, at)


def suspected(job: Job, why: str, at: Situation) -> Step | None:
    """Return what becomes of a blocked job while the connection test passes; None: it stays blocked.

    Its parts will tell which item it is. One item alone is set aside: others go before it, and once one of
    them has passed it is refused.
    """
    if job.follow_up is not None:
        return None
    if job.may_split:
        return evolve(_split(job, why, at), is_suspect=True)
    if _has_no_try(job, at):
        return None
    moment = at.now + wait_after(0, f"{at.seed} {job.number}")
    kept = evolve(job, tries=max(job.tries, PARKED_AFTER), not_before=moment)
    return Step(job=job, kept=kept, is_suspect=True)


def failed(job: Job, failure: Failure, at: Situation) -> Step:
    """Return what a request without an answer makes of its job.

    A question after an outcome changes nothing at the platform, so it is asked again.
    """
    is_question = job.follow_up is not None
    if failure.kind == "prepare":
        return _blocked(job, failure.why, at)
    if failure.may_have_arrived and not is_question:
        if not at.limits.resends_unknown(job.request.endpoint):
            why = f"{_LOST}, and sent again it could be there twice: {failure.why}"
            return Step(job=job, ended=_all(job, "undelivered", why, may_be_there=True))
        job = evolve(job, is_unknown=True)
    if failure.kind == "directory":
        return _held_up(job, failure.why, at)  # whatever else has passed, no request is at fault
    return _again(job, failure.why, None, at, is_answer=False)


def restarted(job: Job, at: Situation) -> Step:
    """Return what becomes of a job that was being sent when its process ended: its answer was lost."""
    if job.follow_up is not None:
        return Step(job=job, kept=job)
    if at.limits.resends_unknown(job.request.endpoint):
        return Step(job=job, kept=evolve(job, is_unknown=True))
    why = f"{_LOST} when its sender ended, and sent again it could be there twice"
    return Step(job=job, ended=_all(job, "undelivered", why, may_be_there=True))


def before_sending(job: Job, at: Situation) -> Step | None:
    """Return what the clock makes of a job before it is sent; None: it goes as it is.

    One that was planned too long ago ends; items that their endpoint finds too old are refused, before it is
    sent for the first time.
    """
    if at.now - job.since > at.limits.age:
        return stopped(job, f"not delivered within {at.limits.age}")
    if job.tries or job.follow_up is not None:
        return None
    left, old = without_old(job.request, at.route, at.now)
    if not old:
        return None
    ended = tuple(EndedItem(item=item, status="refused", why=refused.why) for item, refused in old)
    return Step(job=job, ended=ended, parts=() if left is None else (job.part(left),))


def stopped(job: Job, why: str) -> Step:
    """Return a job that is not sent any more: its items are undelivered."""
    may_be_there = job.is_unknown or job.follow_up is not None
    return Step(job=job, ended=_all(job, "undelivered", why, may_be_there=may_be_there))


def _by_item(job: Job, each: Sequence[Verdict], at: Situation) -> Step:
    pairs = tuple(zip(job.request.items, each, strict=True))
    ended = tuple(_ended(item, one) for item, one in pairs if isinstance(one, Delivered | Refused))
    again = tuple(item for item, one in pairs if isinstance(one, Retry))
    if not again:
        return Step(job=job, ended=ended, passed=any(one.status == "delivered" for one in ended))
    retry = next(one for one in each if isinstance(one, Retry))
    if not ended:
        return _again(job, retry.why, retry.after, at)
    return _rest(job, ended, again, retry, at)


def _rest(
    job: Job, ended: tuple[EndedItem, ...], again: tuple[Item, ...], retry: Retry, at: Situation
) -> Step:
    """Return what becomes of the items of a request that are to go again without the others."""
    passed = any(one.status == "delivered" for one in ended)
    if not job.may_split and job.is_unknown:
        why = f"{_LOST} once, so that no part of it is sent alone: {retry.why}"
        left = tuple(_undelivered(item, why, may_be_there=True) for item in again)
        return Step(job=job, ended=(*ended, *left), passed=passed)
    is_at_once = retry.after == timedelta()  # they were not looked at: another request, which is smaller
    if not is_at_once and _has_no_try(job, at):
        left = tuple(_undelivered(item, retry.why) for item in again)
        return Step(job=job, ended=(*ended, *left), passed=passed)
    try:
        request = part_of(job.request, again, at.route)
    except PluginFault as error:
        left = tuple(_undelivered(item, str(error)) for item in again)
        return Step(job=job, ended=(*ended, *left), passed=passed)
    assert request is not None
    if is_at_once:
        return Step(job=job, ended=ended, parts=(job.part(request),), passed=passed)
    part = evolve(job.part(request, tries=job.tries), not_before=_when(job, retry.after, at))
    return Step(job=job, ended=ended, parts=(part,), passed=passed)


def _split(job: Job, why: str, at: Situation) -> Step:
    if not job.may_split:
        return Step(job=job, ended=_all(job, "undelivered", f"{_LOST} once: {why}", may_be_there=True))
    return _halves(job, at, tries=0)


def _halves(job: Job, at: Situation, *, tries: int, is_last: bool = False) -> Step:
    """Return the halves of a request; it ends where its destination cannot address them."""
    try:
        halves = split(job.request, at.route)
    except PluginFault as error:
        return stopped(job, str(error))
    parts = (job.part(half, tries=tries) for half in halves)
    return Step(job=job, parts=tuple(evolve(part, is_last=is_last) for part in parts))


def _blocked(job: Job, why: str, at: Situation) -> Step:
    if at.others_passed and job.follow_up is None:
        if not job.may_split:
            return Step(job=job, ended=_all(job, "refused", why))
        return evolve(_split(job, why, at), is_suspect=True)
    return _held_up(job, why, at)


def _held_up(job: Job, why: str, at: Situation) -> Step:
    """Return a job that waits until a person mends its route, or what becomes of it where it has no try."""
    if _has_no_try(job, at):
        return evolve(stopped(job, why), blocked=why, gave_up=why)
    kept = evolve(job, not_before=_when(job, None, at))
    return Step(job=job, kept=kept, blocked=why, hold=kept.not_before, why=why)


def _followed_up(job: Job, verdict: FollowUp, at: Situation) -> Step:
    moment = _when(job, verdict.after, at)
    return Step(job=job, kept=evolve(job, follow_up=verdict.request, not_before=moment), passed=True)


def _doubtful(job: Job, verdict: Doubtful) -> Step:
    count = len(job.request.items) if verdict.count is None else verdict.count
    if count == 0:
        return Step(job=job, ended=_all(job, "delivered", ""), passed=True)
    why = f"{count} of {len(job.request.items)} were refused without a name: {verdict.why}"
    return Step(job=job, ended=_all(job, "undelivered", why, may_be_there=True))


def _again(job: Job, why: str, after: timedelta | None, at: Situation, *, is_answer: bool = True) -> Step:
    """Return a job that waits for its next try, or what becomes of it where it has none."""
    is_of_the_request = is_answer and after is None
    if is_of_the_request and at.others_passed and job.tries >= SUSPECT_AFTER and job.may_split:
        return _split(job, why, at)
    if _has_no_try(job, at):
        if is_of_the_request and job.may_split and not job.is_last:
            tries = max(0, (at.limits.tries or 0) - _LAST_TRIES)
            return _halves(job, at, tries=tries, is_last=True)
        return evolve(stopped(job, why), gave_up=None if at.others_passed else why)
    moment = _when(job, after, at)
    is_of_the_route = after is not None or not at.others_passed
    hold = moment if is_of_the_route else None
    is_asked = after is not None and after >= SHORTEST_ASKED_WAIT
    return Step(job=job, kept=evolve(job, not_before=moment), hold=hold, is_asked=is_asked, why=why)


def _has_no_try(job: Job, at: Situation) -> bool:
    if job.follow_up is not None:
        return False  # the platform has it; only the time limits the questions
    return at.limits.tries is not None and job.tries >= at.limits.tries


def _when(job: Job, after: timedelta | None, at: Situation) -> datetime:
    """Return when a job may go again: as the server asks, else by a wait of ours."""
    if after is not None and after >= SHORTEST_ASKED_WAIT:
        return at.now + min(after, LONGEST_ASKED_WAIT)
    return at.now + wait_after(max(job.tries, at.failures), f"{at.seed} {job.number}")


def _all(job: Job, status: ItemStatus, why: str, *, may_be_there: bool = False) -> tuple[EndedItem, ...]:
    return tuple(
        EndedItem(item=item, status=status, why=why, may_be_there=may_be_there) for item in job.request.items
    )


def _ended(item: Item, verdict: Verdict) -> EndedItem:
    if isinstance(verdict, Refused):
        return EndedItem(item=item, status="refused", why=verdict.why)
    return EndedItem(item=item, status="delivered")


def _undelivered(item: Item, why: str, *, may_be_there: bool = False) -> EndedItem:
    return EndedItem(item=item, status="undelivered", why=why, may_be_there=may_be_there)
