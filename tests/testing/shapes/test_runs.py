"""Runs: a root and its children travel together, and what is there already is success."""

from __future__ import annotations

import json

import pytest
from attrs import evolve

from broadcast_core import Request, Response, plan
from broadcast_core.delivery import split, verdicts
from broadcast_core.destinations import Delivered, Refused, Retry
from broadcast_core.errors import ArgumentError
from broadcast_core.testing.shapes import ALL
from broadcast_core.testing.shapes.runs import MAX_ROWS
from tests.testing.shapes.sending import Sender, generation, ids, requests_of, route_to, send, send_changed

THREE = [generation(f"gen-{n}") for n in range(2)]
MANY = [generation(f"gen-{n:02}", trace=f"t{n // 20}") for n in range(25)]


def test_a_trace_is_one_item_of_several_rows() -> None:
    """The root, and both of its children."""
    (request,) = requests_of(route_to("runs"), *THREE)
    (item,) = request.items

    assert (3, ("gen-0", "gen-1")) == (item.rows, item.generations)
    assert 3 == len(json.loads(request.body)["post"])


def test_a_trace_is_never_split() -> None:
    """Its item is the smallest part of a request."""
    route = route_to("runs")
    (request,) = requests_of(route, *THREE)

    with pytest.raises(ArgumentError, match="fewer than two items"):
        split(request, route)


def test_requests_are_packed_by_rows() -> None:
    """Never more than the platform takes, and the root of a long trace goes first."""
    route, receiver = route_to("runs"), ALL["runs"].receiver()
    requests = requests_of(route, *MANY)
    counts = [len(json.loads(request.body)["post"]) for request in requests]
    sender = Sender(route, receiver)
    for request in requests:
        sender.deliver(request)

    assert len(MANY) + 2 == sum(counts)
    assert max(counts) <= MAX_ROWS
    assert {Delivered} == sender.kinds
    assert [one.id for one in MANY] == ids(receiver)


def test_items_of_several_rows_share_a_request_as_far_as_rows_fit() -> None:
    """Four traces of two rows make eight; the fifth goes with the next request."""
    some = [generation(f"gen-{n}", trace=f"t{n}") for n in range(5)]
    requests = requests_of(route_to("runs"), *some)

    assert [4, 1] == [len(request.items) for request in requests]


def test_a_late_child_finds_its_root() -> None:
    """It goes without it, in a later plan: what is there already would be refused."""
    route, receiver = route_to("runs"), ALL["runs"].receiver()
    first = plan(THREE[:1], route)
    second = plan(THREE[1:], route, state=first.state)
    answers = [send(one, route, receiver).status for one in (*first.requests, *second.requests)]

    assert [202, 202] == answers
    assert ["gen-0", "gen-1"] == ids(receiver)


def test_what_is_there_already_is_success() -> None:
    """A resend is answered with 409, and nothing is there twice."""
    route, receiver = route_to("runs"), ALL["runs"].receiver()
    (request,) = requests_of(route, *THREE)
    send(request, route, receiver)
    answer = send(request, route, receiver, attempt=2)

    assert 409 == answer.status
    assert (Delivered(),) == verdicts(request, answer, route)
    assert ["gen-0", "gen-1"] == ids(receiver)


def test_a_child_without_its_root_is_refused() -> None:
    """Alone, and before it."""
    route, receiver = route_to("runs"), ALL["runs"].receiver()
    (request,) = requests_of(route, *THREE)
    (item,) = request.items
    root, child, other = (json.dumps(run).encode() for run in json.loads(request.body)["post"])
    answers = []
    for runs in ([child], [child, root, other], [root[:-1] + b"x", child]):
        wrong = (evolve(item, body=b",".join(runs)),)
        answers.append(
            send(Request.planned(route="runs", endpoint=request.endpoint, items=wrong), route, receiver)
        )

    assert [424, 424, 400] == [answer.status for answer in answers]
    assert [] == receiver.rows


def test_what_comes_before_its_root_is_sent_again() -> None:
    """The first request of a trace was answered 503, and the others went meanwhile: nothing is lost."""
    route, receiver = route_to("runs"), ALL["runs"].receiver()
    first, *others = requests_of(route, *MANY)
    early = [verdicts(one, send(one, route, receiver), route) for one in others[:1]]
    sender = Sender(route, receiver)
    for request in (first, *others):
        sender.deliver(request)

    assert {Retry} == {type(one) for each in early for one in each}
    assert {Delivered} == sender.kinds
    assert [one.id for one in MANY] == ids(receiver)


def test_a_long_trace_id_keeps_its_root() -> None:
    """The root is small, whatever the caller writes, so that its first runs stay within the limit."""
    long = "t" * 550_000
    requests = requests_of(route_to("runs"), *(generation(f"gen-{n}", trace=long) for n in range(10)))
    runs = [run for request in requests for run in json.loads(request.body)["post"]]
    (root,) = (run for run in runs if run["parent"] is None)

    assert 11 == len(runs)
    assert {root["trace"]} == {run["row"]["trace"] for run in runs if run["parent"]}


def test_a_missing_separator_is_refused() -> None:
    """Between two runs of one item."""
    route, receiver = route_to("runs"), ALL["runs"].receiver()
    (request,) = requests_of(route, *THREE)
    answer = send_changed(request, route, receiver, body=lambda body: body.replace(b'},{"id"', b'}{"id"', 1))

    assert 400 == answer.status


@pytest.mark.parametrize(
    ("status", "verdict"), [(400, Refused), (422, Refused), (409, Delivered), (503, Retry)]
)
def test_a_refused_trace_is_not_split(status: int, verdict: type) -> None:
    """Though other traces are in the request: the platform says what was wrong for all."""
    route = route_to("runs")
    requests = requests_of(route, generation("gen-0", trace="a"), generation("gen-1", trace="b"))

    assert [[verdict] * 2] == [
        [type(one) for one in verdicts(request, Response(status=status), route)] for request in requests
    ]
