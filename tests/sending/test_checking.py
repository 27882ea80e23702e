"""Connection tests over real sockets: a model of Opik, and servers that misbehave."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from broadcast_core import Response, Route
from broadcast_core.delivery.checking import CheckedRoute, CheckStep
from broadcast_core.plugins import destination
from broadcast_core.sending.checking import check_route
from broadcast_core.sending.client import Client
from broadcast_core.testing.loopback import serve
from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel
from tests.sending.wire import Wire, listening, once, read_request

KEY = {"api_key": "opik-canary-key"}


@pytest.fixture(scope="module")
def client(_no_proxies: None) -> Iterator[Client]:
    """Return a client that waits 0.2 seconds."""
    with Client(timeout=timedelta(seconds=0.2)) as made:
        yield made


def _checked(client: Client, base_url: str, secrets: Any = KEY, **options: str) -> CheckedRoute:
    route = Route.to(destination("opik"), {"base_url": base_url, **options})
    return check_route(route, secrets, client, datetime.now(UTC))


def test_a_server_that_works_is_told_step_by_step(client: Client) -> None:
    """Each request as it may be shown, with the status of its answer."""
    model = OpikModel(api_key="opik-canary-key", workspace="team")
    with served(model) as url:
        told = _checked(client, url, workspace="team", project_name="support")

    project = "the project 'support' is not there yet: Opik creates it with the first trace"

    assert (
        CheckedRoute(
            works=True,
            what=f"Opik accepts the key for this workspace; {project}",
            steps=(
                CheckStep(name="server", method="GET", url=f"{url}/is-alive/ping", status=200),
                CheckStep(name="key and workspace", method="POST", url=f"{url}/v1/private/auth", status=204),
                CheckStep(
                    name="project", method="POST", url=f"{url}/v1/private/projects/retrieve", status=404
                ),
            ),
        )
        == told
    )
    assert "canary" not in repr(told)


def test_a_wrong_key_ends_the_test_where_it_is_refused(client: Client) -> None:
    """The project is not asked for."""
    with served(OpikModel(api_key="another", workspace="team")) as url:
        told = _checked(client, url, workspace="team", project_name="support")

    assert (False, [200, 401]) == (told.works, [step.status for step in told.steps])
    assert told.what.startswith("Opik refused the API key (it says: ")
    assert "canary" not in repr(told)


def test_the_page_beside_the_api_does_not_get_the_key(client: Client) -> None:
    """It answers 200 to any path."""
    asked = []

    def page(_method: str, path: str, headers: Any, _body: bytes) -> Response:
        asked.append((path, headers.get("Authorization")))
        return Response(status=200, body=b"<!doctype html>")

    with serve(page) as url:
        told = _checked(client, url)

    assert [("/is-alive/ping", None)] == asked
    assert (False, f"set base_url to Opik's API, which ends with /api: {url}/api") == (
        told.works,
        told.next_step,
    )


@pytest.mark.parametrize("before", [0, 190], ids=["whole", "where it is cut"])
def test_a_server_that_quotes_the_key_does_not_bring_it_onto_the_screen(client: Client, before: int) -> None:
    """Nor the beginning of it."""

    def quoting(_method: str, path: str, headers: Any, _body: bytes) -> Response:
        if path.endswith("ping"):
            return Response(status=200, body=b'{"healthy": true}')
        return Response(
            status=401, body=b'{"message": "%b %b"}' % (b"x" * before, headers["Authorization"].encode())
        )

    with serve(quoting) as url:
        told = _checked(client, url)

    assert (False, True) == (told.works, "(it says: " in told.what)
    assert "opik-" not in told.what


def _silent(connection: socket.socket, wire: Wire) -> None:
    read_request(connection, wire)
    wire.ended.wait(5)


MISBEHAVING = {
    "silence": (_silent, "no answer within 0.2 s"),
    "no HTTP": (once(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "what came is no HTTP"),
    "half an answer": (
        once(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"),
        "the connection ended before the whole answer was there",
    ),
    "html": (once(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"), "a web page or another program"),
}


@pytest.mark.parametrize(("behave", "what"), MISBEHAVING.values(), ids=MISBEHAVING)
def test_a_server_that_misbehaves_is_told_in_words(client: Client, behave: Any, what: str) -> None:
    """With what to do next."""
    with listening(behave) as wire:
        told = _checked(client, f"{wire.url}/api")

    assert (False, True) == (told.works, told.what.startswith(what))
    assert told.next_step
    assert "server" == told.steps[-1].name


def test_a_server_that_is_not_there_is_told(client: Client) -> None:
    """Nothing listens at the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api"
        told = _checked(client, url)

    assert (False, "the server refused the connection") == (told.works, told.what)
    assert told.next_step.startswith("see that it runs")
    assert (None,) == tuple(step.status for step in told.steps)


def test_a_clock_that_is_wrong_is_a_note(client: Client) -> None:
    """By the date of an answer, whether the connection works or not."""
    head = b"HTTP/1.1 500 No\r\nDate: Mon, 23 Nov 2020 10:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
    with listening(once(head)) as wire:
        told = _checked(client, f"{wire.url}/api")

    assert (1, False) == (len(told.notes), told.works)
    assert "ahead of that of the server" in told.notes[0]


def test_a_secret_that_is_missing_is_asked_for_before_anything_goes_out(client: Client) -> None:
    """A destination that cannot do without it."""
    from tests.delivery.sink import Sink
    from tests.delivery.test_checking import Asking

    told = check_route(Route.to(Asking()), {}, client, datetime.now(UTC))

    assert (False, ()) == (told.works, told.steps)
    assert "lacks its secret 'api_key'" in told.what
    assert check_route(Route.to(Sink()), {}, client, datetime.now(UTC)).works
