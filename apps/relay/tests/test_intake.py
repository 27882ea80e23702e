"""Deliveries over a loopback socket: who may deliver what, and what is answered."""

from __future__ import annotations

import gzip
import hmac
import json
import select
import time
import zlib
from collections.abc import Iterator
from datetime import UTC

import pytest
from apps.relay.tests.engines import State
from apps.relay.tests.running import Running, running, wait_until
from apps.relay.tests.wire import DELIVERY, SECRET, connect, exchange, request
from apps.relay.tests.wire import answer as answer_on

from broadcast_core.secrets import SecretBytes
from broadcast_core.sending.store import StoreFull
from broadcast_relay.intake.access import Access


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a relay that all tests of this module share."""
    with running(tmp_path_factory.mktemp("relay"), max_body_bytes=8_192) as one:
        yield one


@pytest.fixture
def relay(shared: Running) -> Running:
    """Return the relay with an engine as new."""
    shared.engine.kept.clear()
    shared.engine.failure, shared.engine.reported, shared.engine.delay = None, State(), 0.0
    shared.reports.clear()
    return shared


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_delivery_is_kept_as_it_was_sent(relay: Running, method: str) -> None:
    """And answered as OTLP says, once it is kept."""
    answer = relay.post(DELIVERY, method=method)

    (kept,) = relay.engine.kept
    assert (200, {}, "application/json") == (answer.status, answer.json, answer.headers["content-type"])
    assert (DELIVERY, "identity", UTC) == (kept.body, kept.encoding, kept.at.tzinfo)


def test_a_delivery_is_answered_once_it_is_kept(relay: Running) -> None:
    """And no sooner, however long the disk takes."""
    relay.engine.delay = 0.15
    with connect(relay.port) as connection:
        connection.sendall(request(DELIVERY))
        is_answered = select.select([connection], [], [], 0.1)[0] != []
        answer = answer_on(connection)

    assert (False, 200, 1) == (is_answered, answer.status, len(relay.engine.kept))


def test_a_delivery_is_kept_though_its_sender_has_gone(relay: Running) -> None:
    """It was taken; whether it was answered, nobody knows."""
    relay.engine.delay = 0.05
    before = relay.counted('broadcast_relay_deliveries_total{outcome="accepted"}')
    with connect(relay.port) as connection:
        connection.sendall(request(DELIVERY))
        time.sleep(0.02)

    wait_until(lambda: relay.counted('broadcast_relay_deliveries_total{outcome="accepted"}') == before + 1)
    assert [DELIVERY] == [kept.body for kept in relay.engine.kept]


def test_a_gzip_delivery_is_kept_as_it_was_sent(relay: Running) -> None:
    """With its encoding, so that nothing is compressed anew."""
    body = gzip.compress(DELIVERY, mtime=0)

    assert 200 == relay.post(body, {"Content-Encoding": "GZIP"}).status
    assert [(body, "gzip")] == [(kept.body, kept.encoding) for kept in relay.engine.kept]


NOTHING = {
    "no bytes": b"",
    "blanks": b" \n",
    "an object": b"{}",
    "no resources": b'{"resourceSpans": []}',
    "no scopes": b'{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[]}]}',
    "no spans": b'{"resourceSpans":[{"scopeSpans":[{"spans":[]}]}]}',
}


@pytest.mark.parametrize("body", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize("is_gzip", [False, True])
def test_a_connection_test_leaves_no_delivery(relay: Running, body: bytes, is_gzip: bool) -> None:
    """It is answered like a delivery."""
    sent, headers = (gzip.compress(body), {"Content-Encoding": "gzip"}) if is_gzip else (body, {})

    assert (200, []) == (relay.post(sent, headers).status, relay.engine.kept)


@pytest.mark.parametrize("is_gzip", [False, True])
def test_a_delivery_behind_blanks_is_kept(relay: Running, is_gzip: bool) -> None:
    """Only the beginning of a large body is looked into, and it says nothing."""
    body = b" " * 5_000 + DELIVERY
    sent, headers = (gzip.compress(body), {"Content-Encoding": "gzip"}) if is_gzip else (body, {})

    assert (200, [sent]) == (relay.post(sent, headers).status, [kept.body for kept in relay.engine.kept])


def test_what_says_that_it_is_a_test_leaves_no_delivery(relay: Running) -> None:
    """Whatever it holds."""
    assert (200, []) == (relay.post(DELIVERY, {"X-Test-Connection": "true"}).status, relay.engine.kept)


def test_a_connection_test_needs_the_secret(relay: Running) -> None:
    """Else it would pass and no delivery would."""
    assert 401 == exchange(relay.port, request(b"{}", {"X-Test-Connection": "true"})).status


UNREADABLE = {
    "no JSON": (b"nope", "identity"),
    "another document": (b'{"a":1}', "identity"),
    "a list": (b"[]", "identity"),
    "resources that are none": (b'{"resourceSpans":[7]}', "identity"),
    "scopes that are none": (b'{"resourceSpans":[{"scopeSpans":7}]}', "identity"),
    "spans that are none": (b'{"resourceSpans":[{"scopeSpans":[{"spans":7}]}]}', "identity"),
    "deep": (b"[" * 4_000, "identity"),
    "no gzip": (DELIVERY, "gzip"),
    "half a gzip": (gzip.compress(DELIVERY)[:-9], "gzip"),
    "a gzip with a tail": (gzip.compress(b"{}") + b"tail", "gzip"),
    "another encoding": (b"{}x", "br"),
    "two encodings": (b"{}x", "gzip, gzip"),
}


@pytest.mark.parametrize(("body", "encoding"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_kept(relay: Running, body: bytes, encoding: str) -> None:
    """A sender takes 400 as final, so it is for whoever plans to say what is wrong."""
    headers = {} if encoding == "identity" else {"Content-Encoding": encoding}

    assert 200 == relay.post(body, headers).status
    assert [(body, encoding)] == [(kept.body, kept.encoding) for kept in relay.engine.kept]


def test_an_encoding_that_is_no_name_is_kept_as_unknown(relay: Running) -> None:
    """It stands in a database afterwards."""
    assert 200 == relay.post(DELIVERY, {"Content-Encoding": "<script>"}).status
    assert ["unknown"] == [kept.encoding for kept in relay.engine.kept]


WRONG_SECRETS = {
    "none": {},
    "another": {"Authorization": "Bearer another-secret-of-the-tests"},
    "its beginning": {"Authorization": f"Bearer {SECRET[:-1]}"},
    "more than it": {"Authorization": f"Bearer {SECRET}x"},
    "without its scheme": {"Authorization": SECRET},
    "of another scheme": {"Authorization": f"Basic {SECRET}"},
    "nothing": {"Authorization": "Bearer "},
    "no ASCII": {"Authorization": "Bearer \xe4\xf6\xfc"},
    "in another header": {"X-Secret": SECRET},
}


@pytest.mark.parametrize("headers", WRONG_SECRETS.values(), ids=WRONG_SECRETS)
def test_a_delivery_without_the_secret_is_refused(relay: Running, headers: dict[str, str]) -> None:
    """The answer says what to do, and nothing of what was sent."""
    answer = exchange(relay.port, request(DELIVERY, headers))

    assert (401, "Bearer", "close", []) == (
        answer.status,
        answer.headers["www-authenticate"],
        answer.headers["connection"],
        relay.engine.kept,
    )
    assert "the shared secret is missing or wrong" in answer.json["message"]


def test_the_scheme_of_the_secret_may_be_in_any_case(relay: Running) -> None:
    """As HTTP has it."""
    assert 200 == exchange(relay.port, request(DELIVERY, {"Authorization": f"bearer {SECRET}"})).status


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_refused(relay: Running, method: str) -> None:
    """With those that are taken."""
    answer = relay.post(DELIVERY, method=method)

    assert (405, "POST, PUT", []) == (answer.status, answer.headers["allow"], relay.engine.kept)


@pytest.mark.parametrize(
    "kind", ["application/x-protobuf", "application/protobuf", "Application/X-Protobuf; charset=utf-8"]
)
def test_protobuf_is_refused_with_what_to_send(relay: Running, kind: str) -> None:
    """Before any of it is kept: as a dead letter it would be of no use, and its sender would not know."""
    answer = relay.post(b"\n\x00", {"Content-Type": kind})

    assert (415, "close", []) == (answer.status, answer.headers["connection"], relay.engine.kept)
    assert "give a collector's exporter `encoding: json`" in answer.json["message"]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-protobuf-not", ""])
def test_what_names_no_protobuf_is_kept(relay: Running, kind: str) -> None:
    """Whatever else it is called."""
    assert (200, 1) == (relay.post(DELIVERY, {"Content-Type": kind}).status, len(relay.engine.kept))


def test_protobuf_without_the_secret_is_told_nothing_but_that(relay: Running) -> None:
    """What the relay takes is for those who may deliver."""
    answer = exchange(relay.port, request(DELIVERY, {"Content-Type": "application/x-protobuf"}))

    assert 401 == answer.status


def test_another_path_is_refused(relay: Running) -> None:
    """With the one that is taken; a slash at its end makes no difference."""
    answer = relay.post(DELIVERY, path="/v1/trace")

    assert (404, True) == (answer.status, "/v1/traces" in answer.json["message"])
    assert 200 == relay.post(DELIVERY, path="/v1/traces/").status


def test_a_full_spool_says_when_to_come_again(relay: Running) -> None:
    """And why."""
    relay.engine.failure = StoreFull("the disk has 3 MB left")
    answer = relay.post(DELIVERY)

    assert (503, "60", {"message": "the disk has 3 MB left"}) == (
        answer.status,
        answer.headers["retry-after"],
        answer.json,
    )


def test_a_delivery_that_cannot_be_kept_can_come_again(relay: Running) -> None:
    """Whatever failed; its text is not shown, since it may quote."""
    relay.engine.failure = OSError(f"canary {DELIVERY!r}")
    answer = relay.post(DELIVERY)

    assert (503, "30") == (answer.status, answer.headers["retry-after"])
    (line,) = relay.reports
    assert line.startswith("a delivery could not be kept: OSError")
    assert "canary" not in line + answer.body.decode()


def test_one_connection_brings_several_deliveries(relay: Running) -> None:
    """Also after one that found the spool full."""
    with connect(relay.port) as connection:
        for expected in (200, 503, 200):
            relay.engine.failure = None if expected == 200 else StoreFull("full")
            connection.sendall(request(DELIVERY))
            assert expected == answer_on(connection).status


def test_a_delivery_at_the_limit_is_taken_and_one_beyond_it_is_not(relay: Running) -> None:
    """By its announced length, before a byte of it is read."""
    at_limit = json.dumps({"resourceSpans": ["x" * 8_170]}).encode().replace(b" ", b"")[:8_192].ljust(8_192)

    assert 200 == relay.post(at_limit).status
    with connect(relay.port) as connection:
        connection.sendall(request(b"", length=8_193))
        answer = answer_on(connection)

    assert (413, "close") == (answer.status, answer.headers["connection"])
    assert "raise max_body_bytes" in answer.json["message"]
    assert 1 == len(relay.engine.kept)


@pytest.mark.parametrize("form", ["one", "members"])
def test_a_deflate_bomb_is_refused(relay: Running, form: str) -> None:
    """After as many inflated bytes as a body may have; in several members too."""
    member = gzip.compress(bytes(1_000), 9)
    bomb = gzip.compress(bytes(4_000_000), 9) if form == "one" else member * 9
    assert len(bomb) < 8_192
    answer = relay.post(bomb, {"Content-Encoding": "gzip"})

    assert (413, []) == (answer.status, relay.engine.kept)


def test_what_is_no_gzip_at_its_end_is_bounded_too(relay: Running) -> None:
    """The bytes before it count."""
    bomb = gzip.compress(bytes(50_000), 9)[:-8]

    assert 413 == relay.post(bomb, {"Content-Encoding": "gzip"}).status


def test_raw_deflate_is_no_gzip(relay: Running) -> None:
    """It is kept as it came."""
    body = zlib.compress(DELIVERY)

    assert 200 == relay.post(body, {"Content-Encoding": "gzip"}).status
    assert [body] == [kept.body for kept in relay.engine.kept]


def test_unknown_headers_change_nothing(relay: Running) -> None:
    """Whatever they hold."""
    headers = {"traceparent": "00-nonsense", "X-Webhook-Signature": "sha", "Content-Type": "text/plain"}

    assert 200 == relay.post(DELIVERY, headers).status


def test_every_secret_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the function that is made for it, and all of them, whichever is right."""
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    access = Access(secrets=(SecretBytes(b"first"), SecretBytes(b"second")))

    assert access.allows([(b"authorization", b"Bearer first")])
    assert not access.allows([(b"authorization", b"Bearer third")])
    assert 4 == len(compared)
