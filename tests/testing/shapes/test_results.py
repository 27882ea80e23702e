"""Results by item: 200 though some are refused, and only what is to be sent again is."""

from __future__ import annotations

from attrs import evolve

from broadcast_core import Response
from broadcast_core.delivery import prepare, retried, split, verdicts, without_old
from broadcast_core.destinations import Delivered, Doubtful, Refused, Retry, dumps
from broadcast_core.testing.shapes import ALL
from broadcast_core.testing.shapes.common import id_of
from broadcast_core.testing.shapes.results import ResultServer
from tests.testing.shapes.sending import (
    NOW,
    SECRETS,
    Sender,
    generation,
    ids,
    requests_of,
    route_to,
    send,
    send_changed,
    sent_at,
)

SOME = [generation(f"gen-{n}") for n in range(4)]
KEYS = [id_of(one.id) for one in SOME]


def test_each_item_has_its_own_verdict() -> None:
    """In the order of the items, whatever the order of the results."""
    route = route_to("results")
    (request,) = requests_of(route, *SOME)
    results = dict(zip(reversed(KEYS), ["ok", "drop", "retry", "ok"], strict=True))
    each = verdicts(request, Response(status=200, body=dumps({"results": results})), route)

    assert [Delivered, Retry, Refused, Delivered] == [type(one) for one in each]


def test_only_what_is_to_be_sent_again_is_sent_again() -> None:
    """Under an id of its own, since it is another batch."""
    route, receiver = route_to("results"), ResultServer(delayed=frozenset(KEYS[1:3]))
    (request,) = requests_of(route, *SOME)
    sender = Sender(route, receiver)
    sender.deliver(request)
    first, second = receiver.requests

    assert {Delivered} == sender.kinds
    assert [one.id for one in SOME] == ids(receiver)
    assert 2 == second.body.count(b'"uuid"')
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert ["1", "2"] == [one.headers["x-attempt"] for one in (first, second)]


def test_a_refused_item_stops_no_other() -> None:
    """The others are delivered by the same answer."""
    route, receiver = route_to("results"), ResultServer(refused=frozenset({KEYS[0]}))
    (request,) = requests_of(route, *SOME)
    sender = Sender(route, receiver)
    sender.deliver(request)

    assert [KEYS[0]] == [key for key, one in sender.verdicts.items() if isinstance(one, Refused)]
    assert ["gen-1", "gen-2", "gen-3"] == ids(receiver)


OLD = [generation(f"gen-{n}", day=n + 10) for n in range(5)]
"""The first three are older than two weeks when they are sent."""


def test_what_is_too_old_is_refused_by_the_platform() -> None:
    """The receiver looks at the time of each."""
    route, receiver = route_to("results"), ALL["results"].receiver()
    (request,) = requests_of(route, *OLD)
    each = verdicts(request, send(request, route, receiver), route)

    assert [Refused] * 3 + [Delivered] * 2 == [type(one) for one in each]


def test_what_is_too_old_is_not_sent() -> None:
    """By its endpoint alone, under an id of what is left; each item left out is refused, and says why."""
    route, receiver = route_to("results"), ALL["results"].receiver()
    (request,) = requests_of(route, *OLD)
    fresh, old = without_old(request, route, sent_at(1))
    assert fresh is not None
    each = verdicts(fresh, send(fresh, route, receiver), route)

    assert ["gen-0", "gen-1", "gen-2"] == [name for item, _ in old for name in item.generations]
    assert {Refused("the endpoint 'events' takes no item older than 14 days, 0:00:00")} == {
        verdict for _, verdict in old
    }
    assert (Delivered(), Delivered()) == each
    assert fresh.headers["X-Request-Id"] != request.headers["X-Request-Id"]


def test_an_item_that_the_answer_lacks_is_sent_again() -> None:
    """It merges, so that nothing is there twice."""
    route = route_to("results")
    (request,) = requests_of(route, *SOME)
    each = verdicts(request, Response(status=200, body=dumps({"results": {KEYS[0]: "ok"}})), route)
    again = retried(request, each, route)
    assert again is not None

    assert KEYS[1:] == [item.key for item in again.items]


def test_an_answer_that_cannot_be_read_is_doubtful() -> None:
    """It is a 200, and says nothing of any item."""
    route = route_to("results")
    (request,) = requests_of(route, *SOME)

    for body in (b"", b"[]", b"{}", b'{"results":[]}'):
        each = verdicts(request, Response(status=200, body=body), route)
        assert [Doubtful] * 4 == [type(one) for one in each]


def test_the_time_and_the_attempt_stand_in_headers() -> None:
    """Those of delivery, and not of the plan."""
    route = route_to("results")
    (request,) = requests_of(route, *SOME)
    out = prepare(request, route, SECRETS, now=NOW, attempt=3)

    assert ("3", "2026-11-26T12:00:00Z") == (str(out.headers["X-Attempt"]), str(out.headers["X-Sent"]))
    assert not {"X-Attempt", "X-Sent"} & request.headers.keys()


def test_a_missing_header_or_a_doubled_event_is_refused() -> None:
    """And so is a batch that is no JSON."""
    route, receiver = route_to("results"), ALL["results"].receiver()
    (request,) = requests_of(route, *SOME)
    (one, *_) = request.items
    endpoint = request.endpoint
    doubled = evolve(request, items=(one, one), endpoint=endpoint)
    answers = [
        send_changed(request, route, receiver, headers={"X-Request-Id": None}),
        send_changed(request, route, receiver, headers={"X-Attempt": None}),
        send_changed(request, route, receiver, body=lambda body: body.replace(b"}},{", b"}}{", 1)),
        send(doubled, route, receiver),
    ]

    assert [400] * 4 == [answer.status for answer in answers]
    assert [] == receiver.rows


def test_halves_have_ids_of_their_own() -> None:
    """A header by batch, as an address in the URL is."""
    route = route_to("results")
    (request,) = requests_of(route, *SOME)
    names = {one.headers["X-Request-Id"] for one in (request, *split(request, route))}

    assert 3 == len(names)
