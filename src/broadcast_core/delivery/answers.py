"""What an answer means for each item of a request: its destination says, or else the status."""

from __future__ import annotations

from datetime import datetime

from broadcast_core.batching import Request, Response
from broadcast_core.destinations.capabilities import ReadsAnswers
from broadcast_core.destinations.verdicts import (
    Delivered,
    Doubtful,
    FollowUp,
    Refused,
    Retry,
    Split,
    Verdict,
    Verdicts,
    verdict_of_status,
)
from broadcast_core.diagnostics import FAILURES, describe_error
from broadcast_core.errors import ArgumentError
from broadcast_core.pipeline.route import Route

_OF_ONE = (Delivered, Refused, Retry)
_OF_ALL = (*_OF_ONE, Split, FollowUp, Doubtful)


def verdicts(
    request: Request, response: Response, route: Route, now: datetime | None = None
) -> tuple[Verdict, ...]:
    """Return a verdict for each item of a planned request, also where its destination fails on the answer.

    One for all is repeated. A split of one item alone is a refusal. Of an answer that cannot be read nothing
    is known: `Doubtful`, unless its status says that nothing was taken. The answer to a follow-up is given
    with the request that it stands for; raise `ArgumentError` for a request without items.
    """
    if not request.items:
        raise ArgumentError("a request without items has no verdicts: give the one that it follows up")
    given = _given(request, response, route, now)
    each = given if isinstance(given, tuple) else (given,) * len(request.items)
    if len(request.items) == 1 and isinstance(each[0], Split):
        return (Refused(each[0].why),)
    return each


def _given(request: Request, response: Response, route: Route, now: datetime | None) -> Verdicts:
    by_status = verdict_of_status(response, now)
    destination = route.destination
    if not isinstance(destination, ReadsAnswers):
        return by_status
    try:
        given: object = destination.outcomes(request, response, route.config)
    except FAILURES as error:
        wrong = f"raised {describe_error(error)}"
    else:
        if isinstance(given, _OF_ALL):
            return given
        if isinstance(given, tuple) and all(isinstance(one, _OF_ONE) for one in given):
            if len(given) == len(request.items):
                return given
            wrong = f"gave {len(given)} verdicts for {len(request.items)} items"
        else:
            wrong = f"gave a {type(given).__name__}, and no verdicts"
    if not isinstance(by_status, Delivered):
        return by_status
    why = f"the destination {destination.name!r} could not read the answer: its outcomes {wrong}"
    return Doubtful(len(request.items), why)
