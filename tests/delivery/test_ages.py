"""The ages of items: what is too old for its endpoint is not sent, and says so."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Endpoint, Request
from broadcast_core.delivery import without_old
from broadcast_core.destinations import Refused
from broadcast_core.errors import SecretError
from broadcast_core.pipeline.plugin_checks import address
from tests.delivery.sink import KEY, NOW, ROWS, Counting, Sink, request_of, route_to

DAY = timedelta(days=1)
OF_A_DAY = evolve(ROWS, oldest=DAY)


def _aged(*ages: timedelta | None, endpoint: Endpoint = OF_A_DAY) -> Request:
    """Return a request, addressed, whose items have some ages; None: no time."""
    items = (
        evolve(item, time=None if age is None else NOW - age)
        for item, age in zip(request_of(len(ages)).items, ages, strict=True)
    )
    request = Request.planned(route="sink", endpoint=endpoint, items=tuple(items))
    return address(request, Counting(), None)


def test_what_is_too_old_is_left_out_and_the_rest_addressed_anew() -> None:
    """The rest is another batch."""
    request = _aged(2 * DAY, DAY, 3 * DAY, timedelta())
    fresh, old = without_old(request, route_to(Counting()), NOW)
    why = Refused("the endpoint 'rows' takes no item older than 1 day, 0:00:00")
    assert fresh is not None

    assert (f"{ROWS.url}?of=1+3", ("gen-1", "gen-3")) == (fresh.url, fresh.generations)
    assert ((request.items[0], why), (request.items[2], why)) == old


def test_nothing_is_left_where_all_is_too_old() -> None:
    """Each item is refused."""
    fresh, old = without_old(_aged(2 * DAY, 3 * DAY), route_to(Counting()), NOW)

    assert (None, ["0", "1"]) == (fresh, [item.key for item, _ in old])


@pytest.mark.parametrize(
    "request_",
    [
        _aged(DAY, timedelta()),
        _aged(None, None),
        _aged(-DAY),
        _aged(9999 * DAY, endpoint=ROWS),
        request_of(0),
    ],
    ids=["young enough", "without a time", "of the future", "any age is taken", "without items"],
)
def test_a_request_with_nothing_too_old_is_the_same(request_: Request) -> None:
    """The request itself, so that a platform which knows it knows it again."""
    fresh, old = without_old(request_, route_to(Counting()), NOW)

    assert fresh is request_
    assert () == old


def test_an_item_without_a_time_is_kept_beside_old_ones() -> None:
    """It has no age."""
    fresh, _ = without_old(_aged(2 * DAY, None), route_to(Counting()), NOW)
    assert fresh is not None

    assert ("gen-1",) == fresh.generations


def test_ages_are_of_moments_and_not_of_clocks_on_the_wall() -> None:
    """Whatever the time zones."""
    east = NOW.astimezone(timezone(timedelta(hours=14)))
    fresh, _ = without_old(_aged(DAY, 2 * DAY), route_to(Counting()), east)
    assert fresh is not None

    assert ("gen-0",) == fresh.generations


@given(st.lists(st.none() | st.integers(0, 60).map(lambda n: n * DAY / 20), max_size=9))
def test_each_item_is_kept_or_refused(ages: list[timedelta | None]) -> None:
    """Once, in order; and what is kept is kept again."""
    request = _aged(*ages)
    fresh, old = without_old(request, route_to(Counting()), NOW)
    kept = fresh.items if fresh is not None else ()
    refused = tuple(item for item, _ in old)

    assert [item.key for item in request.items] == sorted(item.key or "" for item in kept + refused)
    assert [age is not None and age > DAY for age in ages] == [item in refused for item in request.items]
    if fresh is not None:
        assert (fresh, ()) == without_old(fresh, route_to(Counting()), NOW)


def test_a_request_with_secrets_has_no_parts() -> None:
    """They would show what it hides."""
    route = route_to(Sink())
    authorized = route.destination.authorize(_aged(2 * DAY, DAY), route.config, KEY, NOW, 1)

    with pytest.raises(SecretError, match="take parts of the one that was planned"):
        without_old(authorized, route, NOW)


def test_the_age_is_that_at_the_time_that_is_given() -> None:
    """A pure function of it: the same request is too old later."""
    request, route = _aged(DAY), route_to(Counting())
    later: datetime = NOW + timedelta(microseconds=1)

    assert request is without_old(request, route, NOW)[0]
    assert without_old(request, route, later)[0] is None
