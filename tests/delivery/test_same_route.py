"""A request is used with its own route alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve

from broadcast_core import Request, Response, Route
from broadcast_core.delivery import prepare, retried, split, verdicts, without_old
from broadcast_core.destinations import Retry, plan_check
from broadcast_core.errors import ArgumentError, ArgumentTypeError
from tests.delivery.sink import KEY, NOW, ROWS, Sink, request_of, route_to


@pytest.mark.parametrize("name", ["check", "connection test", "sink "])
def test_no_name_of_a_route_is_that_of_connection_tests(name: str) -> None:
    """Else requests of a route with that name would get the secrets of any other."""
    named = evolve(route_to(Sink()), name=name)
    with pytest.raises(ArgumentError, match="and not of 'sink'"):
        prepare(evolve(request_of(), route=named.name), route_to(Sink()), KEY, now=NOW)
    with pytest.raises(ArgumentTypeError):
        evolve(named, name=plan_check(ROWS).route)


USES: dict[str, Callable[[Request, Route], object]] = {
    "split": split,
    "retried": lambda request, route: retried(request, (Retry("busy"),) * 3, route),
    "without_old": lambda request, route: without_old(request, route, NOW),
    "verdicts": lambda request, route: verdicts(request, Response(status=200), route),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_request_of_another_route_is_of_no_use(use: Callable[[Request, Route], object]) -> None:
    """Its destination would be another: its addresses, its ages and its answers."""
    route = evolve(route_to(Sink()), name="other")
    with pytest.raises(ArgumentError, match="is of the route 'sink', and not of 'other'"):
        use(request_of(), route)
