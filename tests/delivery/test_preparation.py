"""What goes out: authorized, with headers of the route, compressed, signed, in this order."""

from __future__ import annotations

import copy
import gzip
import pickle
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from broadcast_core import Item, Request
from broadcast_core.batching import Outgoing
from broadcast_core.delivery import prepare
from broadcast_core.delivery.preparation import own_headers
from broadcast_core.destinations import Secret
from broadcast_core.errors import PluginFault, SecretError
from tests.delivery.sink import KEY, NOW, ROWS, Signing, Sink, add_key, request_of, route_to


def test_a_planned_request_becomes_what_is_sent() -> None:
    """Method, URL, headers, and the body as gzip has it."""
    out = prepare(request_of(), route_to(Sink()), KEY, now=NOW)

    assert ("POST", ROWS.url) == (out.method, out.url)
    assert {
        "Content-Type": "application/json",
        "Authorization": "k-1",
        "Content-Encoding": "gzip",
    } == dict(out.headers)
    assert b'[{"n":0},{"n":1},{"n":2}]' == gzip.decompress(out.body)


def test_the_same_request_gives_the_same_bytes() -> None:
    """The time of the compression is not in them."""
    request, route = request_of(), route_to(Sink())
    outs = [prepare(request, route, KEY, now=NOW + timedelta(days=n)) for n in range(2)]

    assert outs[0] == outs[1]


@pytest.mark.parametrize(
    ("compression", "count", "wanted"), [(None, 3, True), ("gzip", 3, False)], ids=["none", "not wanted"]
)
def test_a_body_is_compressed_only_where_both_want_it(compression: Any, count: int, wanted: bool) -> None:
    """The endpoint and the caller; then no header speaks of it."""
    request = request_of(count, evolve(ROWS, compression=compression))
    out = prepare(request, route_to(Sink()), KEY, now=NOW, compress=wanted)

    assert request.body == out.body
    assert "Content-Encoding" not in out.headers


def test_an_empty_body_is_not_compressed() -> None:
    """A request without items and envelope, as a GET."""
    request = request_of(0, evolve(ROWS, prefix=b"", suffix=b""))

    assert b"" == prepare(request, route_to(Sink()), KEY, now=NOW).body


def test_a_signature_is_over_what_goes_out() -> None:
    """With the compressed body, and with all headers."""
    seen: list[Outgoing] = []

    def sign(outgoing: Outgoing) -> Outgoing:
        seen.append(outgoing)
        return evolve(
            outgoing, headers={**outgoing.headers, "X-Signature": "s"}, url=outgoing.url + "?signed"
        )

    secrets = {**KEY, "header_x_own": "own"}
    out = prepare(request_of(), route_to(Signing(signs=sign), "X-Own"), secrets, now=NOW)

    assert [out.body] == [one.body for one in seen]
    assert {"Authorization", "X-Own", "Content-Encoding"} <= seen[0].headers.keys()
    assert ("s", ROWS.url + "?signed") == (out.headers["X-Signature"], out.url)


WRONG_SIGN: Mapping[str, Callable[[Outgoing], Any]] = {
    "another body": lambda out: evolve(out, body=out.body + b" "),
    "another method": lambda out: evolve(out, method="PUT"),
    "nothing": lambda _out: None,
}


@pytest.mark.parametrize("what", WRONG_SIGN)
def test_a_signature_that_changes_more_is_a_fault(what: str) -> None:
    """It names the destination."""
    with pytest.raises(PluginFault, match="'sink' failed: sign "):
        prepare(request_of(), route_to(Signing(signs=WRONG_SIGN[what])), KEY, now=NOW)


def _with_items(request: Request, *items: Item) -> Request:
    return evolve(request, items=items)


WRONG_ITEMS: Mapping[str, Callable[[Request, Mapping[str, str]], Any]] = {
    "one less": lambda request, _: _with_items(request, *request.items[1:]),
    "one more": lambda request, _: _with_items(request, *request.items, request.items[0]),
    "another body": lambda request, _: _with_items(
        request, evolve(request.items[0], body=b"{}"), *request.items[1:]
    ),
    "another order": lambda request, _: _with_items(request, *reversed(request.items)),
    "nothing": lambda _request, _secrets: None,
}


@pytest.mark.parametrize("what", WRONG_ITEMS)
def test_items_that_authorize_changes_are_a_fault(what: str) -> None:
    """What was planned is what is sent."""
    with pytest.raises(PluginFault, match="'sink' failed: authorize "):
        prepare(request_of(), route_to(Sink(adds=WRONG_ITEMS[what])), KEY, now=NOW)


def test_an_envelope_may_change() -> None:
    """A key in the body stands around the items, and is compressed with them."""

    def wrap(request: Request, secrets: Mapping[str, str]) -> Request:
        prefix = b'{"key":"%s","rows":[' % secrets["api_key"].encode()
        return evolve(request, endpoint=evolve(request.endpoint, prefix=prefix, suffix=b"]}"))

    out = prepare(request_of(1), route_to(Sink(adds=wrap)), KEY, now=NOW)

    assert b'{"key":"k-1","rows":[{"n":0}]}' == gzip.decompress(out.body)


@pytest.mark.parametrize("secrets", [{}, {"api_key": ""}, {"other": "x"}])
def test_a_secret_that_is_missing_is_told_by_its_name(secrets: dict[str, str]) -> None:
    """With the words of the destination, before it is asked to authorize."""
    with pytest.raises(SecretError, match=r"route 'sink' lacks its secret 'api_key': The key of the sink\."):
        prepare(request_of(), route_to(Sink()), secrets, now=NOW)


def test_a_secret_that_is_not_required_may_be_missing() -> None:
    """As on a server without keys."""
    optional = Sink(secrets={"api_key": Secret(help="", required=False)}, adds=lambda request, _: request)

    assert "Authorization" not in prepare(request_of(), route_to(optional), {}, now=NOW).headers


def test_headers_of_the_route_take_their_values_from_secrets() -> None:
    """Under `header_` and the name in lower case."""
    route = route_to(Sink(), "X-Proxy-Key", "CF.Access")
    secrets = {**KEY, "header_x_proxy_key": "p", "header_cf_access": "c"}
    out = prepare(request_of(), route, secrets, now=NOW)

    assert ("p", "c", "k-1") == (
        out.headers["X-Proxy-Key"],
        out.headers["CF.Access"],
        out.headers["Authorization"],
    )


def test_a_header_of_the_route_takes_the_place_of_another() -> None:
    """Whatever the letter case: never are there two."""
    route, secrets = route_to(Sink(), "authorization"), {**KEY, "header_authorization": "mine"}
    out = prepare(request_of(), route, secrets, now=NOW)

    assert ["mine"] == [value for name, value in out.headers.items() if name.lower() == "authorization"]


@pytest.mark.parametrize(
    ("secrets", "why"),
    [({}, "has no value for its header 'X-Own'"), ({"header_x_own": "a\r\nEvil: 1"}, "that no header takes")],
)
def test_a_header_of_the_route_without_a_fit_value_is_told(secrets: dict[str, str], why: str) -> None:
    """By the names of the route and the header; the value is in no message."""
    with pytest.raises(SecretError, match=why) as caught:
        own_headers(route_to(Sink(), "X-Own"), secrets)

    assert "route 'sink'" in str(caught.value)
    assert "Evil" not in str(caught.value)


def test_what_goes_out_hides_its_secrets() -> None:
    """Its repr, and what a copy shows; it is not pickled."""
    route, secrets = route_to(Sink(), "X-Own"), {**KEY, "header_x_own": "own-value"}
    out = prepare(request_of(), route, secrets, now=NOW)

    assert "Outgoing(POST ****, " in repr(copy.deepcopy(out))
    assert not any(text in f"{out!r} {out.headers!r}" for text in ("k-1", "own-value"))
    with pytest.raises(SecretError, match="not pickled"):
        pickle.dumps(out)


def test_time_and_attempt_reach_the_destination() -> None:
    """As they are given to delivery."""
    seen: list[object] = []

    class Noting(Sink):
        """Notes what it is given."""

        def authorize(self, request: Request, *rest: Any) -> Any:
            """Note the time and the attempt."""
            seen.extend(rest[2:])
            return add_key(request, rest[1])

    prepare(request_of(), route_to(Noting()), KEY, now=NOW, attempt=7)

    assert [NOW, 7] == seen
