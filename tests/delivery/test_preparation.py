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
from broadcast_core.destinations import Secret, plan_check
from broadcast_core.errors import ArgumentError, PluginFault, SecretError
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
    "no URL": lambda out: evolve(out, url=None),
    "a URL of two lines": lambda out: evolve(out, url=out.url + "\r\nX: s3cret"),
    "a header that collides": lambda out: evolve(out, headers={**out.headers, "content-type": "s3cret"}),
    "a header that is no text": lambda out: evolve(out, headers={**out.headers, "X": 5}),
    "a header of no name": lambda out: evolve(out, headers={**out.headers, "a\nb": "s3cret"}),
    "a host": lambda out: evolve(out, headers={**out.headers, "Host": "s3cret.example"}),
    "another compression": lambda out: evolve(out, headers={**out.headers, "Content-Encoding": "s3cret"}),
    "no compression": lambda out: evolve(
        out, headers={name: value for name, value in out.headers.items() if name != "Content-Encoding"}
    ),
}


@pytest.mark.parametrize("what", WRONG_SIGN)
def test_a_signature_that_changes_more_is_a_fault(what: str) -> None:
    """It names the destination, and quotes no value."""
    with pytest.raises(PluginFault, match="'sink' failed: sign ") as caught:
        prepare(request_of(), route_to(Signing(signs=WRONG_SIGN[what])), KEY, now=NOW)

    assert "s3cret" not in str(caught.value)


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


def _with_header(request: Request, name: str, value: str) -> Request:
    return evolve(request, headers={**request.headers, name: value})


WRONG_ADDITIONS: Mapping[str, Callable[[Request, Mapping[str, str]], Any]] = {
    "another separator": lambda request, _: evolve(
        request, endpoint=evolve(request.endpoint, separator=b"\n")
    ),
    "a header less": lambda request, _: evolve(request, headers={}),
    "another value of a header": lambda request, _: _with_header(request, "Content-Type", "text/plain"),
    "another method": lambda request, _: evolve(request, endpoint=evolve(request.endpoint, method="DELETE")),
    "another route": lambda request, _: evolve(request, route="other"),
    "no URL": lambda request, _: evolve(request, url=5),
    "a URL of two lines": lambda request, key: evolve(request, url=f"{request.url}\r\nX: {key['api_key']}"),
    "another kind of URL": lambda request, key: evolve(request, url=f"ftp://{key['api_key']}.example"),
    "a header that collides": lambda request, _: _with_header(request, "content-type", "text/plain"),
    "a length": lambda request, _: _with_header(request, "content-length", "5"),
    "a host": lambda request, key: _with_header(request, "Host", key["api_key"]),
    "a header of no name": lambda request, key: _with_header(request, "X Key", key["api_key"]),
    "too large an envelope": lambda request, _: evolve(
        request, endpoint=evolve(request.endpoint, prefix=b"x" * 900, max_bytes=5000)
    ),
}


@pytest.mark.parametrize("what", WRONG_ADDITIONS)
def test_what_authorize_may_not_add_is_a_fault(what: str) -> None:
    """It names the destination, and quotes no value."""
    request = request_of(3, evolve(ROWS, max_bytes=900))
    with pytest.raises(PluginFault, match="'sink' failed: authorize ") as caught:
        prepare(request, route_to(Sink(adds=WRONG_ADDITIONS[what])), {"api_key": "s3cret"}, now=NOW)

    assert "s3cret" not in str(caught.value)


def test_a_body_that_outgrows_its_endpoint_is_told_with_both_sizes() -> None:
    """Room for what is added is left in `max_bytes`; to the limit all is well."""

    def grow(request: Request, _: Mapping[str, str]) -> Request:
        return evolve(request, endpoint=evolve(request.endpoint, prefix=b"  ["))

    size = len(request_of().body)
    fits, grows = (request_of(3, evolve(ROWS, max_bytes=size + more)) for more in (2, 1))

    assert prepare(fits, route_to(Sink(adds=grow)), KEY, now=NOW)
    with pytest.raises(PluginFault, match=f"a body of {size + 2} bytes, and {size + 1} is the most of"):
        prepare(grows, route_to(Sink(adds=grow)), KEY, now=NOW)


@pytest.mark.parametrize("key", ["k\r\nX-Evil: 1", "k\n", "kéy", "k\x00"])
def test_a_secret_that_no_header_takes_is_told_by_its_header(key: str) -> None:
    """It is not the destination that is to blame, and nothing of it is quoted."""
    with pytest.raises(SecretError, match="route 'sink': the value of the header 'Authorization'") as caught:
        prepare(request_of(), route_to(Sink()), {"api_key": key}, now=NOW)

    assert key not in str(caught.value)
    assert "Evil" not in str(caught.value)


def test_a_request_of_another_route_is_not_authorized() -> None:
    """Its secrets are for another server; a connection test is of no route."""
    other = Request.planned(route="other", endpoint=ROWS)
    with pytest.raises(ArgumentError, match="is of the route 'other', and not of 'sink'"):
        prepare(other, route_to(Sink()), KEY, now=NOW)

    assert "k-1" == prepare(plan_check(ROWS), route_to(Sink()), KEY, now=NOW).headers["Authorization"]


def test_an_envelope_may_change() -> None:
    """A key in the body stands around the items, and is compressed with them."""

    def wrap(request: Request, secrets: Mapping[str, str]) -> Request:
        prefix = b'{"key":"%s","rows":[' % secrets["api_key"].encode()
        return evolve(request, endpoint=evolve(request.endpoint, prefix=prefix, suffix=b"]}"))

    out = prepare(request_of(1), route_to(Sink(adds=wrap)), KEY, now=NOW)

    assert b'{"key":"k-1","rows":[{"n":0}]}' == gzip.decompress(out.body)


@pytest.mark.parametrize("secrets", [{}, {"api_key": ""}, {"api_key": " \n"}, {"other": "x"}])
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
    [
        ({}, "has no value for its header 'X-Own'"),
        ({"header_x_own": "a\r\nEvil: 1"}, "that no header takes"),
        ({"header_x_own": " Evil"}, "that no header takes"),
    ],
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
