"""Groups: rows of two days never share an object."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit

from attrs import evolve

from broadcast_core import Request, Timing
from broadcast_core.delivery import split
from broadcast_core.testing.shapes import ALL
from tests.testing.shapes.sending import generation, ids, requests_of, route_to, send, send_changed

MIXED = [generation(f"gen-{n}", trace=f"t{n}", day=20 + n % 3) for n in range(9)]

SAME = [generation(f"gen-{n}") for n in range(3)]


def _day(request: Request) -> str:
    return urlsplit(request.url).path.split("/")[2]


def test_each_day_has_its_requests() -> None:
    """In the order in which the days appear, with the rows of each in their order."""
    requests = requests_of(route_to("groups"), *MIXED)

    assert ["date=2026-11-20", "date=2026-11-21", "date=2026-11-22"] == [_day(one) for one in requests]
    assert [("gen-0", "gen-3", "gen-6"), ("gen-1", "gen-4", "gen-7"), ("gen-2", "gen-5", "gen-8")] == [
        one.generations for one in requests
    ]


def test_a_day_is_that_in_utc() -> None:
    """Whatever the time zone of a start."""
    west = datetime(2026, 11, 20, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    same = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
    some = [generation(f"gen-{n}", timing=Timing(start=start)) for n, start in enumerate((west, same))]
    (request,) = requests_of(route_to("groups"), *some)

    assert "date=2026-11-21" == _day(request)


def test_a_trace_over_midnight_goes_to_two_days() -> None:
    """A group is of an item, and not of a trace."""
    some = [generation("gen-1", day=20), generation("gen-2", day=21)]

    assert 2 == len(requests_of(route_to("groups"), *some))


def test_halves_stay_in_their_day_under_names_of_their_own() -> None:
    """The name is a hash of what is in the object."""
    route, receiver = route_to("groups"), ALL["groups"].receiver()
    (request, *_) = requests_of(route, *MIXED)
    one, other = split(request, route)

    assert {_day(request)} == {_day(one), _day(other)}
    assert 3 == len({request.url, one.url, other.url})
    assert [200, 200] == [send(half, route, receiver).status for half in (one, other)]
    assert sorted(request.generations) == ids(receiver)


def test_a_row_in_two_objects_is_there_twice() -> None:
    """A store of objects looks into none: its endpoint says so."""
    route, receiver = route_to("groups"), ALL["groups"].receiver()
    (first,), (second,) = requests_of(route, *SAME[:2]), requests_of(route, *SAME)
    answers = [send(one, route, receiver).status for one in (first, second, second)]

    assert [200, 200, 200] == answers
    assert 2 == len(receiver.stored)
    assert ["gen-0", "gen-0", "gen-1", "gen-1", "gen-2"] == ids(receiver)
    assert "merges_request" == first.endpoint.on_resend


def test_rows_of_two_days_in_one_object_are_refused() -> None:
    """A destination that forgot the group would be noticed."""
    route, receiver = route_to("groups"), ALL["groups"].receiver()
    one, other, _ = requests_of(route, *MIXED)
    mixed = Request.planned(route="groups", endpoint=one.endpoint, items=one.items + other.items)
    destination = ALL["groups"].destination
    answer = send(destination.address(mixed, route.config), route, receiver)  # type: ignore[attr-defined]

    assert 400 == answer.status
    assert [] == receiver.rows


def test_an_object_that_is_not_what_its_name_says_is_refused() -> None:
    """Another body, another day, another name, no separator."""
    route, receiver = route_to("groups"), ALL["groups"].receiver()
    (request, *_) = requests_of(route, *MIXED)
    wrong = evolve(request.endpoint, separator=b"")
    unseparated = Request.planned(route="groups", endpoint=wrong, items=request.items)
    destination = ALL["groups"].destination
    answers = [
        send_changed(request, route, receiver, body=lambda body: body.replace(b"quoted", b"Quoted")),
        send_changed(request, route, receiver, url=lambda url: url.replace("11-20", "11-21")),
        send_changed(request, route, receiver, url=lambda url: url.replace(".ndjson", ".json")),
        send(destination.address(unseparated, route.config), route, receiver),  # type: ignore[attr-defined]
    ]

    assert [400, 400, 404, 400] == [answer.status for answer in answers]
    assert [] == receiver.rows
