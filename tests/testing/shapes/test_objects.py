"""Objects: a key of the caller's texts that is safe, and a signature over the bytes as they go out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import pytest
from attrs import evolve
from hypothesis import given

from broadcast_core import ConfigError, TraceContext, plan
from broadcast_core.delivery import prepare
from broadcast_core.errors import ArgumentError
from broadcast_core.testing.shapes import ALL
from broadcast_core.testing.strategies import identifiers
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

ONE = generation("gen-1")


@given(identifiers())
def test_a_trace_id_is_one_part_of_a_key(trace: str) -> None:
    """Whatever the caller writes into it, the object lies below its prefix, two parts deep."""
    route = route_to("objects")
    (request,) = requests_of(route, generation("gen-1", trace=trace))
    parts = unquote(urlsplit(request.url).path).split("/")

    assert ["", "bucket", "broadcast"] == parts[:3]
    assert 5 == len(parts)
    assert not {"", ".", ".."} & set(parts[1:])


@pytest.mark.parametrize("trace", ["..", "a/../b", "/", "a+b c%2F", "été", "x" * 500])
def test_two_odd_trace_ids_have_two_keys(trace: str) -> None:
    """What is replaced in a key is told, and leaves a hash of the whole."""
    route, receiver = route_to("objects"), ALL["objects"].receiver()
    (request,) = requests_of(route, generation("gen-1", trace=trace))
    (other,) = requests_of(route, generation("gen-1", trace=trace + "/"))

    assert request.url != other.url
    assert 200 == send(request, route, receiver).status


def test_a_key_that_was_made_of_an_id_is_of_no_other_id() -> None:
    """Also where another id is the very text that stands in it."""
    (request,) = requests_of(route_to("objects"), generation("gen-1", trace="a/b"))
    made = unquote(urlsplit(request.url).path).split("/")[3]
    (other,) = requests_of(route_to("objects"), generation("gen-1", trace=made))

    assert made.startswith("a_b")
    assert request.url != other.url


def test_a_changed_key_is_reported() -> None:
    """With the path of the caller's text."""
    (outcome,) = plan([generation("gen-1", trace="a/b")], route_to("objects")).outcomes

    assert ["$.trace.trace_id"] == [one.path for one in outcome.diagnostics]


def test_the_signature_is_over_the_compressed_bytes() -> None:
    """Other bytes under the same signature are refused, and so are the same ones without compression."""
    route, receiver = route_to("objects"), ALL["objects"].receiver()
    (request,) = requests_of(route, ONE)
    out = prepare(request, route, SECRETS, now=NOW)
    other = out.body[:-1] + bytes([out.body[-1] ^ 1])

    assert 400 == receiver(out.method, out.url, out.headers, other).status
    assert 400 == receiver(out.method, out.url, out.headers, request.body).status
    assert 200 == receiver(out.method, out.url, out.headers, out.body).status


WRONG: Mapping[str, Mapping[str, str | None]] = {
    "another time": {"X-Date": "20261126T120001Z"},
    "no time": {"X-Date": None},
    "no hash": {"X-Content-Sha256": None},
    "another content type": {"Content-Type": "text/plain"},
    "no signature": {"Authorization": None},
    "another signature": {"Authorization": "HMAC-SHA256 " + "0" * 64},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_signed_cannot_be_changed(what: str) -> None:
    """Each of the headers that are in it."""
    route, receiver = route_to("objects"), ALL["objects"].receiver()
    (request,) = requests_of(route, ONE)

    assert send_changed(request, route, receiver, headers=WRONG[what]).status in (400, 403)
    assert [] == receiver.rows


def test_another_key_of_the_object_breaks_the_signature() -> None:
    """The URL is in it as it is sent."""
    route, receiver = route_to("objects"), ALL["objects"].receiver()
    (request,) = requests_of(route, ONE)

    assert 403 == send_changed(request, route, receiver, url=lambda url: url + "2").status


def test_a_resend_at_another_time_has_another_signature_and_the_same_object() -> None:
    """A signature is made at delivery, and the key of the object never hangs on the time of sending."""
    route, receiver = route_to("objects"), ALL["objects"].receiver()
    (request,) = requests_of(route, ONE)
    outs = [prepare(request, route, SECRETS, now=NOW + timedelta(hours=n), attempt=n + 1) for n in range(2)]

    assert outs[0].headers["Authorization"] != outs[1].headers["Authorization"]
    assert [200, 200] == [receiver(out.method, out.url, out.headers, out.body).status for out in outs]
    assert ["gen-1"] == ids(receiver)


def test_the_secret_that_signs_is_not_sent() -> None:
    """Not in the URL, the headers or the body."""
    route = route_to("objects")
    (request,) = requests_of(route, ONE)
    out = prepare(request, route, SECRETS, now=NOW, compress=False)

    assert SECRETS["api_key"] not in f"{out.url} {dict(out.headers.items())} {out.body.decode()}"
    assert "Authorization" in out.headers


@pytest.mark.parametrize("key", ["secret\udcff", "sécret", "secret\n", "secret\x00"])
def test_a_key_that_cannot_sign_is_reported(key: str) -> None:
    """In words, none of which quotes it."""
    route = route_to("objects")
    (request,) = requests_of(route, ONE)
    with pytest.raises(ArgumentError, match="no key has: copy it again") as caught:
        prepare(request, route, {"api_key": key}, now=NOW)

    assert key not in str(caught.value)


def test_two_keys_are_two_objects() -> None:
    """Though their rows were of one id: a store of objects looks into none."""
    route, receiver = route_to("objects"), ALL["objects"].receiver()
    (one,), (other,) = (requests_of(route, generation("gen-1", trace=name)) for name in "ab")
    for request in (one, other, one):
        send(request, route, receiver)

    assert ["gen-1", "gen-1"] == ids(receiver)


@pytest.mark.parametrize("prefix", ["../up", "a//b", "/a", "a/", "é", "x" * 201])
def test_a_prefix_that_leaves_the_bucket_is_refused(prefix: str) -> None:
    """By the options, before anything is planned."""
    with pytest.raises(ConfigError, match="prefix"):
        route_to("objects", prefix=prefix)


def test_a_later_version_takes_the_place_of_the_object() -> None:
    """The key hangs on ids alone."""
    route, receiver = route_to("objects"), ALL["objects"].receiver()
    for one in (ONE, evolve(ONE, trace=TraceContext(trace_id="t", trace_name="later"))):
        (request,) = requests_of(route, one)
        send(request, route, receiver)

    assert ["later"] == [row["metadata"]["trace_name"] for row in receiver.rows]
