"""Inserts: the query in the URL, and a token of the batch that changes with what is in it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve

from broadcast_core import Endpoint, Request, Response
from broadcast_core.delivery import prepare, split, verdicts
from broadcast_core.destinations import Refused, Retry
from broadcast_core.testing.shapes import ALL
from broadcast_core.testing.shapes.inserts import InsertServer
from tests.testing.shapes.sending import (
    NOW,
    SECRETS,
    generation,
    ids,
    requests_of,
    route_to,
    send,
    send_changed,
)

SOME = [generation(f"gen-{n}") for n in range(5)]


def _token(request: Request) -> str:
    return parse_qs(urlsplit(request.url).query)["insert_deduplication_token"][0]


def test_the_halves_of_a_batch_have_tokens_of_their_own() -> None:
    """Else the second half would be taken for the first, and be dropped."""
    route = route_to("inserts")
    (request,) = requests_of(route, *SOME)
    tokens = {_token(one) for half in split(request, route) for one in (half, *split(half, route))}

    assert 6 == len(tokens)
    assert _token(request) not in tokens


def test_the_token_hangs_on_the_table() -> None:
    """The same rows for another table are another batch."""
    (one,), (other,) = (requests_of(route_to("inserts", table=name), *SOME) for name in ("a", "b"))

    assert [item.body for item in one.items] == [item.body for item in other.items]
    assert _token(one) != _token(other)


def test_a_doubled_token_loses_the_second_batch() -> None:
    """The receiver drops it with a 200, as the platform does, whatever is in it."""
    route, receiver = route_to("inserts"), ALL["inserts"].receiver()
    (first,), (second,) = requests_of(route, *SOME[:2]), requests_of(route, *SOME[2:])
    send(first, route, receiver)
    doubled = send_changed(
        second, route, receiver, url=lambda url: url.replace(_token(second), _token(first))
    )

    assert 200 == doubled.status
    assert ["gen-0", "gen-1"] == ids(receiver)


def test_a_quote_in_the_name_of_a_table_stays_in_the_name() -> None:
    """The query has one identifier, whatever its characters."""
    route = route_to("inserts", table='t" FORMAT CSV --')
    receiver = InsertServer(query='INSERT INTO "t\\" FORMAT CSV --" FORMAT JSONEachRow')
    (request,) = requests_of(route, *SOME)

    assert 200 == send(request, route, receiver).status
    assert 404 == send(request, route, InsertServer()).status


def test_the_key_is_not_in_the_url() -> None:
    """URLs are logged."""
    route = route_to("inserts")
    (request,) = requests_of(route, *SOME)
    out = prepare(request, route, SECRETS, now=NOW)

    assert str(request.url) == str(out.url)


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "rows without a separator": lambda body: body.replace(b"}\n{", b"}{"),
    "an empty line": lambda body: body.replace(b"}\n{", b"}\n\n{"),
    "no end": lambda body: body[:-1],
    "a list": lambda body: b"[" + body[:-1].replace(b"\n", b",") + b"]\n",
    "nothing": lambda _body: b"",
}


@pytest.mark.parametrize("what", WRONG)
def test_a_malformed_body_is_refused(what: str) -> None:
    """The receiver parses line by line."""
    route, receiver = route_to("inserts"), ALL["inserts"].receiver()
    (request,) = requests_of(route, *SOME)

    assert 400 == send_changed(request, route, receiver, body=WRONG[what]).status
    assert [] == receiver.rows


def test_an_endpoint_without_a_separator_is_noticed() -> None:
    """A wrong envelope does not pass the receiver."""
    route, receiver = route_to("inserts"), ALL["inserts"].receiver()
    (request,) = requests_of(route, *SOME)
    endpoint: Endpoint = evolve(request.endpoint, separator=b"")
    wrong = Request.planned(route=route.name, endpoint=endpoint, items=request.items)

    assert 400 == send(wrong.addressed(url=request.url), route, receiver).status


@pytest.mark.parametrize("setting", ["&insert_deduplication_token=x", "&async_insert=1", "&database=default"])
def test_a_wrong_setting_is_refused(setting: str) -> None:
    """One that is unknown, or there twice."""
    route, receiver = route_to("inserts"), ALL["inserts"].receiver()
    (request,) = requests_of(route, *SOME)

    assert send_changed(request, route, receiver, url=lambda url: url + setting).status in (400, 404)


@pytest.mark.parametrize(
    ("code", "verdict"), [("252", Retry), ("241", Retry), ("47", Refused), ("", Refused)]
)
def test_of_errors_500_only_some_pass(code: str, verdict: type) -> None:
    """By the code in a header."""
    route = route_to("inserts")
    (request,) = requests_of(route, *SOME)
    answer = Response(status=500, headers={"X-Exception-Code": code})

    assert {verdict} == {type(one) for one in verdicts(request, answer, route)}
