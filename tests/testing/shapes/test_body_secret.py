"""A secret in the body: around the items, before compression, within the limit, and in no other place."""

from __future__ import annotations

import gzip
import json

import pytest

from broadcast_core import plan
from broadcast_core.delivery import prepare
from broadcast_core.errors import ArgumentError
from broadcast_core.testing.shapes import ALL, KEY
from broadcast_core.testing.shapes.body_secret import LIMIT
from tests.testing.shapes.sending import NOW, SECRETS, generation, requests_of, route_to, send, send_changed

SOME = [generation(f"gen-{n}") for n in range(3)]


def test_the_key_stands_beside_the_items_and_is_compressed_with_them() -> None:
    """The plan has none."""
    route = route_to("body_secret")
    (request,) = requests_of(route, *SOME)
    out = prepare(request, route, SECRETS, now=NOW)
    sent, planned = json.loads(gzip.decompress(out.body)), json.loads(request.body)

    assert {"api_key": KEY, **planned} == sent
    assert KEY.encode() not in request.body


@pytest.mark.parametrize("key", ["k", "k" * 100, '"' * 100, "\x01" * 100, "é" * 100])
def test_the_limit_holds_with_any_key(key: str) -> None:
    """Requests as full as they get, with keys that JSON writes with more bytes."""
    route = route_to("body_secret")
    many = [generation(f"gen-{n}", extra={"x": "x" * (1000 + 37 * n)}) for n in range(150)]
    requests = requests_of(route, *many)
    sizes = [len(prepare(one, route, {"api_key": key}, now=NOW, compress=False).body) for one in requests]

    assert 1 < len(sizes)
    assert max(sizes) <= LIMIT


def test_a_key_without_a_reserve_would_be_noticed() -> None:
    """A body over the limit is refused, by its size before compression."""
    route, receiver = route_to("body_secret"), ALL["body_secret"].receiver()
    (request,) = requests_of(route, *SOME)
    answer = send_changed(request, route, receiver, body=lambda body: body + b" " * LIMIT)

    assert 413 == answer.status


def test_a_key_that_is_too_long_is_not_sent() -> None:
    """Before anything goes out; its text is in no message."""
    route = route_to("body_secret")
    (request,) = requests_of(route, *SOME)
    with pytest.raises(ArgumentError, match="more than 100 characters") as caught:
        prepare(request, route, {"api_key": "secret" * 50}, now=NOW)

    assert "secretsecret" not in str(caught.value)


def test_a_key_that_json_cannot_carry_is_not_sent() -> None:
    """A lone surrogate, as of bytes that were no UTF-8: no message quotes it."""
    route = route_to("body_secret")
    (request,) = requests_of(route, *SOME)
    with pytest.raises(ArgumentError, match="lone surrogate") as caught:
        prepare(request, route, {"api_key": "secret\udcff"}, now=NOW)

    assert "secret\udcff" not in str(caught.value)


def test_the_key_is_in_one_place() -> None:
    """The receiver refuses it in a header or the URL."""
    route, receiver = route_to("body_secret"), ALL["body_secret"].receiver()
    (request,) = requests_of(route, *SOME)
    answers = [
        send_changed(request, route, receiver, headers={"Authorization": f"Bearer {KEY}"}),
        send_changed(request, route, receiver, url=lambda url: f"{url}?key={KEY}"),
        send_changed(request, route, receiver, body=lambda body: body.replace(b'"api_key"', b'"key"')),
    ]

    assert [400, 400, 400] == [answer.status for answer in answers]
    assert 200 == send(request, route, receiver).status


def test_what_is_authorized_hides_the_key() -> None:
    """Its repr, and that of what goes out."""
    route = route_to("body_secret")
    (request,) = plan(SOME, route).requests
    authorized = route.destination.authorize(request, route.config, SECRETS, NOW, 1)
    out = prepare(request, route, SECRETS, now=NOW, compress=False)

    assert KEY not in f"{authorized!r} {out!r} {out.body!r}"
