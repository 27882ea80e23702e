"""How a route is delivered, from settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from broadcast_core.delivery.limits import Limits
from broadcast_core.settings import Settings, load, settings_schema
from broadcast_core.settings.delivery import RANGES, DeliveryOptions
from tests.fake import Lines


def _load(**delivery: Any) -> Settings:
    route = {"name": "one", "destination": "lines", "delivery": delivery}
    return load({"routes": [route]}, find=lambda _name: Lines())


def test_what_a_route_states_goes_before_what_its_sender_has() -> None:
    """And what it leaves out is as the sender has it."""
    stated = _load(
        tries=3, age_hours=0.5, concurrency=2, timeout_seconds=1.5, on_unknown_outcome="keep"
    ).delivery["one"]

    limits = stated.over(Limits())

    assert (
        Limits(
            tries=3,
            age=timedelta(minutes=30),
            concurrency=2,
            timeout=timedelta(seconds=1.5),
            on_unknown_outcome="keep",
        )
        == limits
    )
    assert Limits(tries=None) == DeliveryOptions().over(Limits(tries=None))


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        ({"tries": 0}, "expected a number from 1 to 1e+06, got 0 @ $.routes[0].delivery.tries"),
        ({"concurrency": 65}, "expected a number from 1 to 64, got 65 @ $.routes[0].delivery.concurrency"),
        ({"trys": 1}, "did you mean 'tries'? @ $.routes[0].delivery.trys"),
        ({"on_unknown_outcome": "ask"}, "@ $.routes[0].delivery.on_unknown_outcome"),
        ({"tries": "3"}, "@ $.routes[0].delivery.tries"),
    ],
)
def test_mistakes_are_told_with_their_path(stated: dict[str, Any], problem: str) -> None:
    """Every one, and the route is not used."""
    settings = _load(**stated)

    assert () == settings.routes
    assert [problem] == [text[-len(problem) :] for one in settings.wrong for text in map(str, one.problems)]


def test_the_schema_knows_it() -> None:
    """With its ranges."""
    schema: Any = settings_schema([Lines()])
    delivery = schema["$defs"]["route"]["properties"]["delivery"]["properties"]

    assert set(delivery) == {"tries", "age_hours", "concurrency", "timeout_seconds", "on_unknown_outcome"}
    assert {
        name: (one["minimum"], one["maximum"]) for name, one in delivery.items() if name in RANGES
    } == dict(RANGES)


def test_a_table_of_an_app_beside_the_routes_is_its_own() -> None:
    """The relay's: it stops no route, and what is like it does."""
    route = {"name": "one", "destination": "lines"}
    find = lambda _name: Lines()  # noqa: E731

    assert ["one"] == [one.name for one in load({"relay": {"port": 1}, "routes": [route]}, find=find).routes]
    assert () == load({"relais": {}, "routes": [route]}, find=find).routes
