"""TLS and proxies: what goes wrong before a request leaves has reached nobody."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import pytest

from broadcast_core.batching import Response
from broadcast_core.delivery.failure import Failure
from tests.sending.certificate import server_context, unknown_certificate
from tests.sending.kinds import KEY, KINDS, LIMIT, Kind, kind_of, outgoing
from tests.sending.test_exchange import LATE
from tests.sending.wire import ANSWER, Wire, answering, dripping, listening, once, read_request, silent


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a key and its certificate."""
    return unknown_certificate(tmp_path_factory.mktemp("tls"))


def _over_tls(path: Path, behave: Callable[[socket.socket, Wire], None]) -> Callable[..., None]:
    def serve(connection: socket.socket, wire: Wire) -> None:
        kept = connection.dup()  # what speaks TLS takes it over; the other is ended from outside
        with suppress(ssl.SSLError), server_context(path).wrap_socket(kept, server_side=True) as secure:
            behave(secure, wire)

    return serve


def test_a_certificate_that_nobody_knows_is_not_trusted(kind: Kind, certificate: Path) -> None:
    """Nothing is sent to such a server, and it is said how to trust it."""
    with listening(_over_tls(certificate, answering())) as wire:
        got = kind.exchange(outgoing(wire.url.replace("http:", "https:")))

    assert (
        Failure(
            kind="tls",
            why="the certificate of the server is signed by itself: "
            "add its authority to the certificates of the system, or name it in SSL_CERT_FILE",
            may_have_arrived=False,
        )
        == got
    )
    assert [] == wire.requests


@pytest.mark.parametrize(
    ("behave", "failure", "why"),
    [
        (once(b"220 mail.example ESMTP ready\r\n"), "tls", "see that the server speaks TLS at this port"),
        (silent, "timeout", "no connection within 0.2 s"),
    ],
    ids=["no TLS", "nothing said"],
)
def test_a_server_without_tls_gets_nothing(
    behave: Callable[[socket.socket, Wire], None], failure: str, why: str, kind: Kind
) -> None:
    """The request has not left."""

    def hello(connection: socket.socket, wire: Wire) -> None:
        if behave is silent:
            silent(connection, wire)
        else:
            connection.recv(65_536)
            connection.sendall(b"220 mail.example ESMTP ready\r\n")

    with listening(hello) as wire:
        start = time.monotonic()
        got = kind.exchange(outgoing(wire.url.replace("http:", "https:")))

    assert isinstance(got, Failure)
    assert (failure, False) == (got.kind, got.may_have_arrived)
    assert why in got.why
    assert time.monotonic() - start < LATE


@pytest.fixture(params=KINDS)
def trusting(
    request: pytest.FixtureRequest, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Kind]:
    """Return a client made where the environment trusts the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with kind_of(request.param) as made:
        yield made


def test_a_certificate_of_the_environment_is_trusted(trusting: Kind, certificate: Path) -> None:
    """As the library does; what then is lost may have arrived."""
    with listening(_over_tls(certificate, answering())) as wire:
        got = trusting.exchange(outgoing(wire.url.replace("http:", "https:")))
    with listening(
        _over_tls(certificate, dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"))
    ) as wire:
        start = time.monotonic()
        late = trusting.exchange(outgoing(wire.url.replace("http:", "https:")))

    assert isinstance(got, Response)
    assert b"ok" == got.body
    assert isinstance(late, Failure)
    assert ("timeout", True) == (late.kind, late.may_have_arrived)
    assert time.monotonic() - start < LATE


Proxied: TypeAlias = Callable[..., tuple[object, float]]
PROXIES: dict[str, tuple[Callable[[socket.socket, Wire], None], str, str]] = {
    "refuses": (
        once(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
        "proxy",
        "the proxy refused to connect with status 403: see its rules, or go past it with NO_PROXY",
    ),
    "wants a password": (
        once(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
        "proxy",
        "the proxy refused to connect with status 407: put its name and password into HTTPS_PROXY",
    ),
    "closes": (
        once(b""),
        "proxy",
        "the connection to the proxy ended before it was ready: see that it runs",
    ),
    "says nothing": (
        silent,
        "timeout",
        "the proxy made no connection within 0.2 s: see that it runs and may reach the server",
    ),
    "drips": (
        dripping(b"HTTP/1.1 200 OK\r\nX: "),
        "timeout",
        "the proxy made no connection within 0.2 s: see that it runs and may reach the server",
    ),
}


@pytest.fixture(params=["ours", "httpx awaited"])
def proxied(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[object, float]]:
    """Return a function that exchanges through a proxy of the environment, and says how long it took."""

    def exchange(proxy: str, url: str, limit: float = LIMIT) -> tuple[object, float]:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("HTTP_PROXY", proxy)
        with kind_of(request.param, limit) as made:
            start = time.monotonic()
            return made.exchange(outgoing(url)), time.monotonic() - start

    return exchange


@pytest.mark.parametrize("what", PROXIES)
def test_a_proxy_that_makes_no_tunnel_has_seen_nothing(what: str, proxied: Proxied) -> None:
    """But the name of the server: what was to be sent has not left."""
    behave, failure, why = PROXIES[what]
    with listening(behave) as wire:
        got, took = proxied(wire.url, "https://server.example", LIMIT if failure == "timeout" else 10)

    assert Failure(kind=failure, why=why, may_have_arrived=False) == got  # type: ignore[arg-type]
    assert took < LATE
    assert all(one.startswith(b"CONNECT server.example:443 ") for one in wire.requests)
    assert not any(KEY.encode() in one for one in wire.requests)


def _slow_tunnel(connection: socket.socket, wire: Wire) -> None:
    """Make a tunnel late, to a server that says nothing."""
    read_request(connection, wire)
    time.sleep(0.12)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    silent(connection, wire)


def test_the_deadline_is_of_all_steps_together(proxied: Proxied) -> None:
    """A proxy, TLS and an answer do not have it each."""
    with listening(_slow_tunnel) as wire:
        got, took = proxied(wire.url, "https://server.example")

    assert isinstance(got, Failure)
    assert ("timeout", False) == (got.kind, got.may_have_arrived)
    assert took < 0.3


def test_a_proxy_without_a_tunnel_has_the_request(proxied: Proxied) -> None:
    """What it lost may have arrived."""
    with listening(answering(ANSWER)) as wire:
        got, _ = proxied(wire.url, "http://server.example")
    with listening(once(b"")) as wire:
        lost, _ = proxied(wire.url, "http://server.example")

    assert isinstance(got, Response)
    assert isinstance(lost, Failure)
    assert ("lost", True) == (lost.kind, lost.may_have_arrived)
