"""Parts of a request: halves, and what is to be sent again, each at its own address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.delivery import prepare, retried, split
from broadcast_core.destinations import Delivered, Refused, Retry
from broadcast_core.errors import ArgumentError, SecretError
from tests.delivery.sink import KEY, NOW, ROWS, Counting, Sink, request_of, route_to

DONE, AGAIN, NEVER = Delivered(), Retry("busy"), Refused("bad")


@given(st.integers(2, 40))
def test_halves_are_the_whole_in_order(count: int) -> None:
    """Neither is empty, and they differ by one item at most."""
    request = request_of(count)
    one, other = split(request, route_to(Sink()))

    assert request.items == one.items + other.items
    assert len(other.items) - len(one.items) in (0, 1)


def test_halves_are_addressed_anew() -> None:
    """What was made of the whole batch is in neither."""
    route = route_to(Counting())
    request = route.addressed(request_of(4))
    urls = [half.url for half in split(request, route)]

    assert f"{ROWS.url}?of=0+1+2+3" == request.url
    assert [f"{ROWS.url}?of=0+1", f"{ROWS.url}?of=2+3"] == urls


def test_one_item_is_not_split() -> None:
    """A caller asks for a verdict before."""
    with pytest.raises(ArgumentError, match="fewer than two items"):
        split(request_of(1), route_to(Sink()))


def test_a_request_with_secrets_is_not_split() -> None:
    """The planned one is, and is authorized anew."""
    route = route_to(Sink())
    authorized = route.destination.authorize(request_of(), route.config, KEY, NOW, 1)

    with pytest.raises(SecretError, match="split the one that was planned"):
        split(authorized, route)


def test_what_is_to_be_sent_again_has_those_items_alone() -> None:
    """In their order, at an address of their own."""
    route = route_to(Counting())
    request = route.addressed(request_of(4))
    again = retried(request, (AGAIN, DONE, NEVER, AGAIN), route)
    assert again is not None

    assert (f"{ROWS.url}?of=0+3", ("gen-0", "gen-3")) == (again.url, again.generations)
    assert f"{ROWS.url}?of=0+3" == prepare(again, route, KEY, now=NOW).url


def test_a_whole_request_is_sent_again_as_it_is() -> None:
    """So that a platform which knows its token knows it again."""
    request = request_of(3)

    assert request is retried(request, (AGAIN,) * 3, route_to(Counting()))


def test_a_request_with_secrets_has_no_parts() -> None:
    """What is to be sent again is taken of the planned one: a part of this would show what it hides."""
    route = route_to(Sink())
    authorized = route.destination.authorize(request_of(), route.config, KEY, NOW, 1)

    with pytest.raises(SecretError, match="take parts of the one that was planned"):
        retried(authorized, (AGAIN, DONE, AGAIN), route)


def test_nothing_is_sent_again_where_nothing_is_to_be() -> None:
    """Neither what arrived nor what is refused."""
    assert retried(request_of(3), (DONE, NEVER, DONE), route_to(Sink())) is None


def test_verdicts_of_another_number_are_refused() -> None:
    """They are of another request."""
    with pytest.raises(ArgumentError, match="2 verdicts for 3 items"):
        retried(request_of(3), (AGAIN, DONE), route_to(Sink()))
