"""What an answer means for each item of a request: its destination says, or else the status."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from broadcast_core.batching import Request, Response
from broadcast_core.batching.address import is_same_server, wrong_address
from broadcast_core.delivery.same_route import check_route
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
    wrong_verdict,
)
from broadcast_core.errors import ArgumentError, PluginFault
from broadcast_core.pipeline.plugin_faults import asked
from broadcast_core.pipeline.route import Route

_OF_ONE = (Delivered, Refused, Retry)


def verdicts(
    request: Request, response: Response, route: Route, now: datetime | None = None
) -> tuple[Verdict, ...]:
    """Return a verdict for each item of a planned request, also where its destination fails on the answer.

    One for all is repeated. A split of one item alone is a refusal. Of an answer that cannot be read nothing
    is known: `Doubtful`, unless its status says that nothing was taken. The answer to a follow-up is given
    with the request that it stands for, and tells which it answers (`Response.follow_up`); raise
    `ArgumentError` for a request without items, or of another route. `now` is when the answer came, where it
    does not say so.
    """
    check_route(request, route)
    if not request.items:
        raise ArgumentError("a request without items has no verdicts: give the one that it follows up")
    if response.received is None:
        response = evolve(response, received=now)
    given = _given(request, response, route)
    each = given if isinstance(given, tuple) else (_counted(given, request),) * len(request.items)
    if len(request.items) == 1 and isinstance(each[0], Split):
        return (Refused(each[0].why),)
    return each


def _counted(verdict: Verdict, request: Request) -> Verdict:
    """Return a verdict that counts: all items of a request where it does not know how many."""
    if isinstance(verdict, Doubtful) and verdict.count is None:
        return Doubtful(len(request.items), verdict.why)
    return verdict


def _given(request: Request, response: Response, route: Route) -> Verdicts:
    by_status = verdict_of_status(response)
    destination = route.destination
    if not isinstance(destination, ReadsAnswers):
        return by_status
    try:
        given = asked(lambda: destination.outcomes(request, response, route.config), "its outcomes")
        wrong = _wrong(given, request)
    except PluginFault as error:
        wrong = str(error)
    else:
        if wrong is None:
            return given
    if not isinstance(by_status, Delivered):
        return by_status
    return Doubtful(None, f"the destination {destination.name!r} could not read the answer: {wrong}")


def _wrong(given: object, request: Request) -> str | None:
    """Say what is wrong with verdicts for the items of a request, or None."""
    some, count = given if isinstance(given, tuple) else (given,), len(request.items)
    whats = (wrong_verdict(one) or _misplaced(one, request) for one in some)
    what = next((what for what in whats if what is not None), None)
    if what is None and isinstance(given, tuple):
        if len(given) != count:
            what = f"gave {len(given)} verdicts for {count} items"
        elif not all(isinstance(one, _OF_ONE) for one in given):
            what = "gave a verdict for one item that is for all: Delivered, Refused and Retry are for one"
    return None if what is None else f"its outcomes {what}"


def _misplaced(given: object, request: Request) -> str | None:
    """Say why a verdict of the right form cannot be one of a request, or None."""
    count = len(request.items)
    if isinstance(given, Doubtful) and given.count is not None and given.count > count:
        return f"gave a Doubtful of more items than the {count} of the request"
    if not isinstance(given, FollowUp):
        return None
    if given.request.route != request.route:
        return "gave a FollowUp of another route: plan it with the route of the request"
    if (what := _wrong_address(given.request, request)) is not None:
        return f"gave a FollowUp that {what}"
    if not is_same_server(given.request.url, request.url):
        return "gave a FollowUp to another server, which would get the secrets of this one"
    return None


def _wrong_address(asked: Request, request: Request) -> str | None:
    return wrong_address(asked.url, asked.method, (request.url,))
