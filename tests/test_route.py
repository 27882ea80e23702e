"""`plan`: an account of every generation, whatever happens to the others."""

from __future__ import annotations

import pytest

from broadcast_core import Content, Generation, Policy, Route, Timing, plan
from broadcast_core.testing.strategies import EPOCH
from tests.fake import Lines


def _generation(name: str, model: str | None = "m", asked: str | None = None) -> Generation:
    return Generation(id=name, timing=Timing(start=EPOCH), model=model, content=Content(input=asked))


def test_every_generation_has_an_account_in_order() -> None:
    """What cannot be carried is rejected alone, with a reason."""
    result = plan([_generation("a"), _generation("b", model=None), _generation("c")], Route.to(Lines()))

    assert [("a", "planned", ""), ("b", "rejected", "no model"), ("c", "planned", "")] == [
        (account.generation, account.outcome, account.reason) for account in result.accounts
    ]
    assert ("a", "c") == result.requests[0].generations


def test_a_generation_that_fits_no_request_is_rejected_alone() -> None:
    """The endpoint takes 10,000 bytes."""
    result = plan([_generation("a"), _generation("b", asked="x" * 10_001)], Route.to(Lines()))

    (small, large) = result.accounts
    assert "planned" == small.outcome
    assert ("rejected", "10013 bytes are more than the endpoint 'lines' takes at once") == (
        large.outcome,
        large.reason,
    )


def test_items_are_packed_to_the_limit_of_the_endpoint() -> None:
    """Three lines a request."""
    result = plan([_generation(str(n)) for n in range(7)], Route.to(Lines()))

    assert [3, 3, 1] == [len(request.items) for request in result.requests]


def test_each_route_decides_for_itself() -> None:
    """The same generations, one route open, one private, one closed."""
    routes = [
        Route.to(Lines(), name="open"),
        Route.to(Lines(), name="private", policy=Policy(privacy_mode=True)),
        Route.to(Lines(), name="closed", policy=Policy(enabled=False)),
    ]

    result = plan([_generation("a", asked="my secret")], routes)

    assert {"open": True, "private": False} == {r.route: b"my secret" in r.body for r in result.requests}
    assert [("open", "planned"), ("private", "planned"), ("closed", "skipped")] == [
        (account.route, account.outcome) for account in result.accounts
    ]
    assert "the route is not enabled" == result.accounts[2].reason


def test_two_routes_need_two_names() -> None:
    """Accounts and memory are told apart by them."""
    with pytest.raises(ValueError, match="two routes have the same name"):
        plan([], [Route.to(Lines()), Route.to(Lines())])


def test_the_same_generation_twice_has_two_accounts() -> None:
    """So that counts add up; it is sent once."""
    result = plan([_generation("a"), _generation("a")], Route.to(Lines()))

    assert ["planned", "planned"] == [account.outcome for account in result.accounts]
    assert 1 == len(result.requests[0].items)
