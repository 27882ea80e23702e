"""Statements: rows inside a JSON string, a request id that survives a resend, and answers that come later."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve

from broadcast_core import Request, Response
from broadcast_core.delivery import prepare, split, verdicts
from broadcast_core.destinations import Delivered, Doubtful, FollowUp, Refused, loads
from broadcast_core.testing.shapes import ALL
from broadcast_core.testing.shapes.statements import StatementServer
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
)

SOME = [generation(f"gen-{n}") for n in range(5)]


def _query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def test_rows_are_escaped_once() -> None:
    """The binding is a text, and the text is a JSON array of the rows."""
    (request,) = requests_of(route_to("statements"), *SOME)
    text = json.loads(request.body)["bindings"]["1"]["value"]

    assert isinstance(text, str)
    assert [one.id for one in SOME] == [row["id"] for row in json.loads(text)]


def test_the_limit_counts_escaped_bytes() -> None:
    """What the plan packs is what is sent: quotes in rows have two bytes."""
    route = route_to("statements")
    many = [generation(f"gen-{n}", extra={"x": '"' * 15_000}) for n in range(20)]
    requests = requests_of(route, *many)

    assert 1 < len(requests)
    for request in requests:
        assert len(request.body) <= request.endpoint.max_bytes
        assert len(loads(request.body)["bindings"]["1"]["value"]) < len(request.body)


def test_a_resend_says_so_and_has_the_same_request_id() -> None:
    """From the second attempt on; the first has no such word."""
    route = route_to("statements")
    (request,) = requests_of(route, *SOME)
    first, second, third = (
        _query(prepare(request, route, SECRETS, now=NOW, attempt=n).url) for n in (1, 2, 3)
    )

    assert {"requestId"} == first.keys()
    assert {**first, "retry": ["true"]} == second == third


def test_a_resend_without_the_word_is_refused() -> None:
    """The receiver knows the id, and would run the statement once more."""
    route, receiver = route_to("statements"), ALL["statements"].receiver()
    (request,) = requests_of(route, *SOME)

    assert [200, 409, 200] == [send(request, route, receiver, attempt=n).status for n in (1, 1, 2)]
    assert [one.id for one in SOME] == ids(receiver)


def test_a_request_that_is_known_already_is_doubtful() -> None:
    """As after a restart that forgot it: its halves would be run, and every row be there twice."""
    route, receiver = route_to("statements"), ALL["statements"].receiver()
    (request,) = requests_of(route, *SOME)
    send(request, route, receiver)
    sender = Sender(route, receiver)
    sender.deliver(request)

    assert {Doubtful} == sender.kinds
    assert [one.id for one in SOME] == ids(receiver)


def test_a_later_answer_is_asked_for_by_its_handle() -> None:
    """A GET with the token, without items, that stands for the items of the first request."""
    route, receiver = route_to("statements"), StatementServer(is_slow=True)
    (request,) = requests_of(route, *SOME)
    (first, *_) = verdicts(request, send(request, route, receiver), route)
    assert isinstance(first, FollowUp)
    assert [] == receiver.rows
    answer = send(first.request, route, receiver, attempt=2)

    assert ("GET", ()) == (first.request.method, first.request.items)
    assert (Delivered(),) * 5 == verdicts(request, answer, route)
    assert [one.id for one in SOME] == ids(receiver)


def test_a_resend_of_what_runs_is_asked_for_too() -> None:
    """Its first answer was lost: the statement is not run twice."""
    route, receiver = route_to("statements"), StatementServer(is_slow=True)
    (request,) = requests_of(route, *SOME)
    send(request, route, receiver)
    sender = Sender(route, receiver)
    sender.deliver(request, attempt=2)

    assert {Delivered} == sender.kinds
    assert [one.id for one in SOME] == ids(receiver)


def test_a_handle_is_the_text_of_a_server() -> None:
    """It stays within its part of the path."""
    route = route_to("statements")
    (request,) = requests_of(route, *SOME)
    answer = Response(status=202, body=b'{"statementHandle":"../../x?y#z"}')
    (first, *_) = verdicts(request, answer, route)
    assert isinstance(first, FollowUp)

    assert "/api/v2/statements/..%2F..%2Fx%3Fy%23z" == urlsplit(first.request.url).path


def test_one_bad_row_is_found_by_halves() -> None:
    """All others arrive once."""
    route, receiver = route_to("statements"), StatementServer(refused=frozenset({"gen-3"}))
    (request,) = requests_of(route, *SOME)
    sender = Sender(route, receiver)
    sender.deliver(request)
    bad = [key for key, one in sender.verdicts.items() if isinstance(one, Refused)]

    assert [request.items[3].key] == bad
    assert ["gen-0", "gen-1", "gen-2", "gen-4"] == ids(receiver)


def test_a_half_has_a_request_id_of_its_own() -> None:
    """A platform that knows the id of the whole would not run the half."""
    route = route_to("statements")
    (request,) = requests_of(route, *SOME)
    known = {str(_query(one.url)["requestId"]) for one in (request, *split(request, route))}

    assert 3 == len(known)


UNESCAPED: dict[str, Callable[[bytes], bytes]] = {
    "not at all": lambda body: json.loads(b'"%s"' % body).encode(),
    "twice": lambda body: json.dumps(body.decode())[1:-1].encode(),
}


@pytest.mark.parametrize("how", UNESCAPED)
def test_a_row_that_is_not_escaped_once_is_refused(how: str) -> None:
    """The receiver parses both levels."""
    route, receiver = route_to("statements"), ALL["statements"].receiver()
    (request,) = requests_of(route, SOME[0])
    item = request.items[0]
    items = (evolve(item, body=UNESCAPED[how](item.body)),)
    wrong = Request.planned(route=route.name, endpoint=request.endpoint, items=items)

    assert send(wrong.addressed(url=request.url), route, receiver).status in (400, 422)
    assert [] == receiver.rows


def test_a_missing_separator_is_refused() -> None:
    """Between two rows in the text."""
    route, receiver = route_to("statements"), ALL["statements"].receiver()
    (request,) = requests_of(route, *SOME)
    answer = send_changed(request, route, receiver, body=lambda body: body.replace(b'}},{\\"id', b'}}{\\"id'))

    assert 422 == answer.status


def test_an_answer_without_a_handle_does_not_stop_delivery() -> None:
    """Nothing is known then: no item is called delivered."""
    route = route_to("statements")
    (request,) = requests_of(route, *SOME)
    each = verdicts(request, Response(status=202, body=b"{}"), route)

    assert Delivered not in {type(one) for one in each}
