"""What holds of every shape: all that is planned arrives once, whatever happens on the path."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from functools import cache
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast_core import Checked, Cost, Generation, Outcome, Request, Response, Route, plan
from broadcast_core.delivery import prepare, split
from broadcast_core.destinations import Delivered, assemble, dumps
from broadcast_core.destinations.capabilities import Addresses
from broadcast_core.policy import evaluate
from broadcast_core.testing.lineage import EVERYTHING, field_lineage
from broadcast_core.testing.purity import blocked
from broadcast_core.testing.shapes import ALL, KEY
from broadcast_core.testing.strategies import batches, generations
from tests.testing.drawn import drawn
from tests.testing.shapes.sending import (
    NOW,
    SECRETS,
    Sender,
    by_id,
    expected_rows,
    generation,
    ids,
    requests_of,
    route_to,
    send,
    send_changed,
    sent_at,
    singles,
)

SHAPES = sorted(ALL)
hostile = batches(
    generations(trace_ids=st.one_of(st.none(), st.sampled_from(["a", "../b", "--broadcast-7d1f0c5e9a"]))), 10
)
parted = st.tuples(batches(generations(), 6), st.integers(0, 6))
Drawn = Callable[[st.SearchStrategy[Any], Callable[[Any], None]], None]
SOME = [generation(f"gen-{n}", trace=f"t{n // 3}", day=20 + n % 2) for n in range(9)]


@pytest.fixture(scope="module")
def some() -> Drawn:
    """Return a function that puts a law to draws, the same for all shapes, and tells the least that break."""
    kept = cache(lambda strategy: drawn(strategy, 15))

    def check(strategy: st.SearchStrategy[Any], law: Callable[[Any], None]) -> None:
        try:
            for one in kept(strategy):
                law(pickle.loads(one))
        except Exception:
            settings(max_examples=15)(given(strategy)(lambda one: law(one)))()
            raise

    return check


def _expected(route: Route, batch: list[Generation]) -> list[Any]:
    """Return the rows of what a policy lets out and is not too old, as the shapes share them."""
    (endpoint,) = route.endpoints.values()
    fresh = [
        one for one in batch if endpoint.oldest is None or sent_at(1) - one.timing.start <= endpoint.oldest
    ]
    allowed = [evaluate(route.policy, one, route=route.name).redacted for one in fresh]
    return expected_rows(assemble([one for one in allowed if one is not None]))


@pytest.mark.parametrize("shape", SHAPES)
def test_everything_planned_arrives_and_reads_as_it_was(shape: str, some: Drawn) -> None:
    """Hostile content too: each row once, and the same value."""
    some(hostile, lambda batch: _arrives(shape, batch))


def _arrives(shape: str, batch: list[Generation]) -> None:
    route, receiver = route_to(shape), ALL[shape].receiver()
    sender = Sender(route, receiver)
    for request in requests_of(route, *batch):
        sender.deliver(request)

    assert sender.kinds <= {Delivered}
    assert _expected(route, batch) == by_id(receiver.rows)


@pytest.mark.parametrize("shape", SHAPES)
def test_everything_arrives_item_by_item(shape: str, some: Drawn) -> None:
    """Split until each request has one item: no row is lost, none is there twice."""
    some(hostile, lambda batch: _arrives_item_by_item(shape, batch))


def _arrives_item_by_item(shape: str, batch: list[Generation]) -> None:
    route, receiver = route_to(shape), ALL[shape].receiver()
    for request in requests_of(route, *batch):
        for one in singles(request, route):
            Sender(route, receiver).deliver(one)

    assert _expected(route, batch) == by_id(receiver.rows)


@pytest.mark.parametrize("shape", SHAPES)
def test_any_partition_brings_the_same_rows(shape: str, some: Drawn) -> None:
    """Two plans, with the state of the first in the second, store what one plan does."""
    some(parted, lambda both: _arrives_in_two_plans(shape, *both))


def _arrives_in_two_plans(shape: str, batch: list[Generation], at: int) -> None:
    route, receiver = route_to(shape), ALL[shape].receiver()
    first = plan(batch[:at], route)
    second = plan(batch[at:], route, state=first.state)
    sender = Sender(route, receiver)
    for request in (*first.requests, *second.requests):
        sender.deliver(request)

    assert _expected(route, batch) == by_id(receiver.rows)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_request_again_does_what_the_endpoint_says(shape: str) -> None:
    """As when its answer was lost: every row is there once, unless the endpoint says that it doubles."""
    route, receiver = route_to(shape), ALL[shape].receiver()
    requests = requests_of(route, *SOME)
    for attempt in (1, 2, 3):
        for request in requests:
            send(request, route, receiver, attempt=attempt)
    times = 3 if requests[0].endpoint.on_resend == "doubles" else 1

    assert sorted(one.id for one in SOME for _ in range(times)) == ids(receiver)


@pytest.mark.parametrize("shape", SHAPES)
def test_an_item_in_another_request_does_what_the_endpoint_says(shape: str) -> None:
    """As in a plan of the same generations and one more, or in halves: `merges_request` says no more."""
    route, receiver = route_to(shape), ALL[shape].receiver()
    alike = [generation(f"gen-{n}") for n in range(4)]
    sender = Sender(route, receiver)
    for request in (*requests_of(route, *alike[:3]), *requests_of(route, *alike)):
        sender.deliver(request)
    (endpoint,) = route.endpoints.values()
    times = 2 if endpoint.on_resend in ("doubles", "merges_request") else 1

    assert sorted(one.id for n, one in enumerate(alike) for _ in range(times if n < 3 else 1)) == ids(
        receiver
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_a_plan_that_is_delivered_anew_doubles_nothing(shape: str) -> None:
    """By a process that forgot that it was: each attempt is the first. Only what says so doubles."""
    route, receiver = route_to(shape), ALL[shape].receiver()
    requests = requests_of(route, *SOME)
    for sender in (Sender(route, receiver), Sender(route, receiver)):
        for request in requests:
            sender.deliver(request)
    times = 2 if requests[0].endpoint.on_resend == "doubles" else 1

    assert sorted(one.id for one in SOME for _ in range(times)) == ids(receiver)


LIKE = ["g1", " g1", "g1 ", "g 1", "a/b", "a_b", "..", ".", "x" * 500, "x" * 501]


COSTS = ["0." + "1" * 80_000, "1e-1100000", "-0.0", "0.10"]


@pytest.mark.parametrize("cost", COSTS, ids=lambda cost: cost[:9])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_cost_of_any_length_arrives(shape: str, cost: str) -> None:
    """As near as fifty digits have it, with a diagnostic where that is not all of it; 0 has no sign."""
    route, receiver = route_to(shape), ALL[shape].receiver()
    planned = plan([generation("gen-1", cost=Cost(total=Decimal(cost)))], route)
    for request in planned.requests:
        Sender(route, receiver).deliver(request)
    (row,) = receiver.rows
    near = Context(prec=49, Emax=MAX_EMAX, Emin=MIN_EMIN)

    assert near.create_decimal(cost) == near.create_decimal(row["dollars"])
    assert not row["dollars"].startswith("-")
    assert (len(cost) > 50) == ("$.cost" in {one.path for one in planned.outcomes[0].diagnostics})


def _with(column: str, text: str, n: int) -> Generation:
    return generation(text) if column == "id" else generation(f"gen-{n}", trace=text)


@pytest.mark.parametrize("column", ["id", "trace"])
@pytest.mark.parametrize("shape", SHAPES)
def test_two_ids_are_never_one(shape: str, column: str) -> None:
    """Those that differ in space, in what no column holds, or beyond what it holds; and what these became."""
    texts = LIKE
    for _ in range(2):
        route, receiver = route_to(shape), ALL[shape].receiver()
        for request in requests_of(route, *(_with(column, text, n) for n, text in enumerate(texts))):
            Sender(route, receiver).deliver(request)
        found = {row[column] for row in receiver.rows}

        assert [len(texts)] * 2 == [len(found), len(receiver.rows)]
        texts = sorted(found.union(texts))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_resend_has_the_same_address_and_a_half_another(shape: str) -> None:
    """A platform that drops what it knows must know a resend, and must not take a half for it."""
    route = route_to(shape)
    (request, *_), (again, *_) = requests_of(route, *SOME), requests_of(route, *SOME)

    assert (request.url, request.headers) == (again.url, again.headers)
    if isinstance(route.destination, Addresses) and len(request.items) > 1:
        one, other = split(request, route)
        addresses = {(part.url, str(sorted(part.headers.items()))) for part in (request, one, other)}
        assert 3 == len(addresses)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_wrong_key_is_refused(shape: str) -> None:
    """By each receiver, which then has stored nothing."""
    route, receiver = route_to(shape), ALL[shape].receiver()
    answers = [send(one, route, receiver, key="wrong").status for one in requests_of(route, *SOME)]

    assert set(answers) <= {401, 403}
    assert [] == receiver.rows


@pytest.mark.parametrize("shape", SHAPES)
def test_a_body_that_is_cut_off_is_refused(shape: str) -> None:
    """One byte less than there was, before compression."""
    route, receiver = route_to(shape), ALL[shape].receiver()
    answers = [
        send_changed(one, route, receiver, body=lambda body: body[:-1]) for one in requests_of(route, *SOME)
    ]

    assert {400} == {answer.status for answer in answers}
    assert [] == receiver.rows


@pytest.mark.parametrize("shape", SHAPES)
def test_an_unknown_column_is_refused(shape: str) -> None:
    """Each receiver looks into the rows themselves."""
    route, receiver = route_to(shape), ALL[shape].receiver()
    (request,) = requests_of(route, SOME[0])
    item = request.items[0]
    other = evolve(item, body=item.body.replace(b"metadata", b"metabolic"))
    changed = Request.planned(route=route.name, endpoint=request.endpoint, items=(other,))
    destination: Any = route.destination
    if isinstance(destination, Addresses):
        changed = destination.address(changed, route.config)

    assert send(changed, route, receiver).status in (400, 422)
    assert [] == receiver.rows


@pytest.mark.parametrize("shape", SHAPES)
def test_no_field_of_the_record_is_lost(shape: str) -> None:
    """Each changes something of what arrives."""

    def rows_of(one: Generation) -> dict[str, Any]:
        route, receiver = Route.to(ALL[shape].destination, policy=EVERYTHING), ALL[shape].receiver()
        for request in plan([one], route).requests:
            send(request, route, receiver)
        return {"row": json.loads(dumps(receiver.rows))}

    lost = [path for path, lineage in field_lineage(rows_of).items() if not any(lineage.values())]

    assert [] == lost


@pytest.mark.parametrize("shape", SHAPES)
def test_a_check_stores_nothing_and_knows_a_wrong_key(shape: str) -> None:
    """The receiver's own answers decide what a connection test says."""
    route, receiver = route_to(shape), ALL[shape].receiver()
    request = route.destination.check(route.config)
    assert isinstance(request, Request)
    right = route.destination.check(route.config, (send(request, route, receiver),))
    wrong = route.destination.check(route.config, (send(request, route, receiver, key="wrong"),))
    gone = route.destination.check(route.config, (Response(status=500),))

    assert [True, False, False] == [one.works for one in (right, wrong, gone) if isinstance(one, Checked)]
    assert [] == receiver.rows


@pytest.mark.parametrize("shape", SHAPES)
def test_bodies_stay_within_the_limit_of_what_is_sent(shape: str) -> None:
    """With the secret in the envelope too, and with rows as large as they get."""
    route = route_to(shape)
    large = [evolve(one, extra={"x": '"\\' * 40_000}, content=_large()) for one in SOME]
    for request in requests_of(route, *large):
        authorized = route.destination.authorize(request, route.config, SECRETS, NOW, 1)

        assert len(authorized.body) <= authorized.endpoint.max_bytes
        assert KEY not in repr(authorized)


def _large() -> Any:
    return evolve(generation("x").content, input='\\"' * 50_000, output='"\\' * 50_000)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_cut_is_reported(shape: str) -> None:
    """By a diagnostic for each large field."""
    outcome: Outcome
    (outcome,) = plan([evolve(SOME[0], content=_large())], route_to(shape)).outcomes

    assert {"$.content.input", "$.content.output"} == {
        one.path for one in outcome.diagnostics if one.kind == "truncated"
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_preparing_touches_nothing_and_gives_the_same_bytes(shape: str) -> None:
    """The same request at the same time: the same URL, headers and body, under a blocker of side effects."""
    route = route_to(shape)
    with blocked("broadcast_core"):
        out = [prepare(one, route, SECRETS, now=NOW) for one in requests_of(route, *SOME)]
    again = [prepare(one, route, SECRETS, now=NOW) for one in requests_of(route, *SOME)]

    assert again == out
