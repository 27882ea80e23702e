"""An authorized request shows no secret, wherever a destination has put it, and is sent as it is."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from broadcast_core import Content, Endpoint, Generation, Item, Request, Route, Timing, plan
from broadcast_core.errors import SecretError
from broadcast_core.testing.strategies import EPOCH
from tests.fake import LINES, Lines
from tests.reports import shown

KEY = "k3y-canary-7f"
HEADED = evolve(LINES, headers={"X-Team": "red"})


def _planned(count: int = 2) -> Request:
    batch = [
        Generation(id=f"gen-{n}", timing=Timing(start=EPOCH), model="m", content=Content(input="asked"))
        for n in range(count)
    ]
    (request,) = plan(batch, Route.to(Headed())).requests
    return request


class Headed(Lines):
    """Has a header that is no secret."""

    def endpoints(self, config: Any) -> tuple[Endpoint, ...]:
        """With the team."""
        return (HEADED,)


def _anew(request: Request) -> Request:
    return Request(
        route=request.route,
        endpoint=request.endpoint,
        url=request.url,
        headers={**request.headers, "Authorization": KEY},
        items=request.items,
    )


def _enveloped(request: Request) -> Request:
    prefix, suffix = f'{{"key":"{KEY}","batch":['.encode(), f'],"{KEY}":1}}'.encode()
    return evolve(request, endpoint=evolve(request.endpoint, prefix=prefix, suffix=suffix))


def _wrapped(request: Request) -> Request:
    first, *rest = request.items
    return evolve(request, items=(evolve(first, body=KEY.encode() + first.body), *rest))


def _with_header(request: Request, **headers: str) -> Request:
    return evolve(request, headers={**request.headers, **headers})


WAYS: dict[str, Callable[[Request], Request]] = {
    "a header": lambda request: _with_header(request, Authorization=f"Bearer {KEY}"),
    "another value of a planned header": lambda request: _with_header(request, **{"X-Team": KEY}),
    "a key that no header takes": lambda request: _with_header(request, Authorization=f"ä\n{KEY}"),
    "the URL": lambda request: evolve(request, url=f"{request.url}?key={KEY}"),
    "the URL of the endpoint": lambda request: evolve(
        request, endpoint=evolve(request.endpoint, url=f"https://e.example/{KEY}")
    ),
    "a header of the endpoint": lambda request: evolve(
        request, endpoint=evolve(request.endpoint, headers={"X-Team": KEY})
    ),
    "the content type": lambda request: evolve(
        request, endpoint=evolve(request.endpoint, content_type=f"text/plain; boundary={KEY}")
    ),
    "between the items": lambda request: evolve(
        request, endpoint=evolve(request.endpoint, separator=KEY.encode())
    ),
    "the envelope": _enveloped,
    "the body of an item": _wrapped,
    "an item more": lambda request: evolve(
        request, items=(*request.items, Item(endpoint="lines", body=KEY.encode(), generations=()))
    ),
    "a request that is built anew": _anew,
    "two steps": lambda request: _with_header(_wrapped(request), Authorization=KEY),
}


@pytest.mark.parametrize("authorize", WAYS.values(), ids=WAYS)
def test_an_authorized_request_shows_no_secret(authorize: Callable[[Request], Request]) -> None:
    """Nor do its parts, what is made of it later, or a copy."""
    request = authorize(_planned())
    found = [request, evolve(request, route="other"), copy.copy(request)]
    found += [copy.deepcopy(request), evolve(request, items=request.items[:1])]
    parts = [part for one in found for part in (one.url, one.headers, one.endpoint, one.items, one.body)]
    text = "\n".join(map(shown, [*found, parts]))

    assert "k3y" not in text
    assert "****" in text


@pytest.mark.parametrize("authorize", WAYS.values(), ids=WAYS)
def test_an_authorized_request_is_not_pickled(authorize: Callable[[Request], Request]) -> None:
    """The message says what to do instead."""
    with pytest.raises(TypeError) as caught:
        pickle.dumps(authorize(_planned()))

    expected = (
        "a request that may hold secrets is not pickled: pickle the planned request, and authorize it where "
        "it is sent"
    )
    assert expected == str(caught.value)


@pytest.mark.parametrize("authorize", WAYS.values(), ids=WAYS)
def test_an_authorized_request_is_sent_as_it_was_authorized(authorize: Callable[[Request], Request]) -> None:
    """What hides is still there."""
    request = authorize(_planned())
    endpoint = request.endpoint
    sent = [request.url, endpoint.url, endpoint.content_type]
    sent += [*endpoint.headers.values(), *request.headers.values()]

    assert KEY in "".join(sent) + request.body.decode()
    assert (list(request.headers), "POST") == (
        [*_planned().headers, *(["Authorization"] if "Authorization" in request.headers else [])],
        request.method,
    )


def test_what_was_planned_is_shown_beside_the_secret() -> None:
    """So that a person sees which request it is."""
    request = _with_header(_planned(), Authorization=KEY)
    expected = "{'Content-Type': 'application/x-ndjson', 'X-Team': 'red', 'Authorization': ****}"

    assert expected == repr(request.headers)
    assert repr(_planned()).replace(repr(_planned().headers), expected) == repr(request)


def test_items_that_were_planned_are_shown_beside_those_that_were_not() -> None:
    """Each by itself."""
    bodies = [item.body for item in _wrapped(_planned()).items]

    assert f"[****, {_planned().items[1].body!r}]" == repr(bodies)


def test_of_an_endpoint_what_is_on_the_wire_is_hidden_where_it_was_not_planned() -> None:
    """The rest is as declared."""
    endpoint = _enveloped(_planned()).endpoint
    expected = repr(HEADED).replace("prefix=b''", "prefix=****").replace("suffix=b'\\n'", "suffix=****")

    assert expected == repr(endpoint)


def test_a_planned_request_is_shown_compared_pickled_and_copied() -> None:
    """Plans are stored, compared and attached to reports."""
    request = _planned()
    again = pickle.loads(pickle.dumps(request))

    assert request == again == copy.copy(again) == copy.deepcopy(again)
    assert repr(request) == repr(again)
    assert ("asked" in repr(request), "****" in repr(request)) == (True, False)
    assert {"Content-Type": "application/x-ndjson", "X-Team": "red"} == request.headers


def test_halves_of_a_planned_request_are_planned() -> None:
    """They are pickled too, and each without the other half."""
    halves = [pickle.loads(pickle.dumps(half)) for half in _planned().split()]

    assert list(_planned().split()) == halves
    assert "****" not in repr(halves)
    assert len(pickle.dumps(halves[0])) < len(pickle.dumps(_planned()))


def test_an_authorized_request_is_not_split() -> None:
    """Its halves would have the address, and the token, of another batch."""
    with pytest.raises(SecretError, match="split the one that was planned"):
        _with_header(_planned(), Authorization=KEY).split()


def test_halves_have_the_address_of_their_endpoint() -> None:
    """That of the whole batch is none of theirs."""
    request = _planned().addressed(url="https://lines.example/lines?batch=1", headers={"X-Batch": "1"})
    one, other = request.split()

    assert ("https://lines.example/lines?batch=1", "1") == (request.url, request.headers["X-Batch"])
    assert [("https://lines.example/lines", HEADED.headers)] * 2 == [
        (half.url, {name: value for name, value in half.headers.items() if name != "Content-Type"})
        for half in (one, other)
    ]


def test_an_addressed_request_shows_all_of_itself() -> None:
    """It is planned: nothing of it is a secret."""
    request = _planned().addressed(url="https://lines.example/other")

    assert "****" not in repr(request)
    assert request == pickle.loads(pickle.dumps(request))
    with pytest.raises(SecretError, match="address it before it is authorized"):
        _with_header(request, Authorization=KEY).addressed(url="https://lines.example/more")


def test_a_pickled_request_hides_what_is_added_to_it() -> None:
    """A worker authorizes it."""
    request = _with_header(pickle.loads(pickle.dumps(_planned())), Authorization=KEY)

    assert "k3y" not in shown(request)
    assert repr(_with_header(_planned(), Authorization=KEY)) == repr(request)


def test_a_request_to_which_nothing_was_added_is_pickled() -> None:
    """As to a server without accounts."""
    request = evolve(_planned(), headers=dict(_planned().headers))

    assert request == pickle.loads(pickle.dumps(request))


def test_secrets_that_are_taken_out_again_leave_a_planned_request() -> None:
    """It can be stored."""
    request = evolve(_with_header(_planned(), Authorization=KEY), headers=_planned().headers)

    assert _planned() == pickle.loads(pickle.dumps(request))


def test_headers_are_not_changed_in_place() -> None:
    """Else nobody would know what was added to a request, and the plan would hold it."""
    request = _planned()
    with pytest.raises(TypeError, match="does not support item assignment"):
        request.headers["Authorization"] = KEY  # type: ignore[index]

    assert "k3y" not in repr(request)


def test_authorizing_twice_does_not_add_up() -> None:
    """As after an answer that asks for another key."""
    first = _with_header(_planned(), Authorization=KEY)
    second = _with_header(first, Authorization="an0ther-canary")

    assert "canary" not in shown(second)
    assert "an0ther-canary" == second.headers["Authorization"]


def test_a_request_built_by_hand_hides_everything() -> None:
    """Nobody can tell which of it is secret; `Request.planned` says that nothing is."""
    endpoint = Endpoint(name="a", url="https://a.example/a", headers={"X": "y"}, content_type="")
    by_hand = Request(route="a", endpoint=endpoint, url="https://a.example/a", headers={"X": "y"})
    planned = Request.planned(route="a", endpoint=endpoint)

    assert by_hand == planned
    assert ("url=****, headers={'X': ****}" in repr(by_hand), "****" in repr(planned)) == (True, False)
    assert planned == pickle.loads(pickle.dumps(planned))
