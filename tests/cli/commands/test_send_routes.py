"""`broadcast send` through several routes, and what it says where one of them stops."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.destinations import Response
from tests.cli.served import Opik, opik, records

Run = Callable[..., Any]
ROUTE = """
[[routes]]
name = "{}"
destination = "opik"
[routes.options]
base_url = "{}"
workspace = "{}"
"""
NAMES = ["gen-1", "gen-2", "gen-3"]
NOT_THE_ROUTE = "next: opik: the connection works, and yet requests did not pass: "


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a file with some records."""
    path = tmp_path / "day.ndjson"
    path.write_bytes(records(*NAMES))
    return path


def _blocks(*words: bytes, status: int = 403) -> Callable[[str, bytes], Response | None]:
    """Return a firewall that refuses rows with some words."""

    def refuse(path: str, body: bytes) -> Response | None:
        is_bad = path.endswith("/batch") and any(word in body for word in words)
        return Response(status=status, body=b"<html>blocked</html>") if is_bad else None

    return refuse


def test_a_route_whose_key_is_refused_delays_no_other(run: Run, server: Opik, source: Path) -> None:
    """What the one takes is there; the other waits, and is told what to do. The same command goes on."""
    with opik(api_key="right", workspace="team") as guarded:
        routes = source.with_name("routes.toml")
        routes.write_text(
            ROUTE.format("open", server.url, "default") + ROUTE.format("guarded", guarded.url, "team")
        )
        ran = run("send", "--routes", routes, source, BROADCAST_GUARDED_API_KEY="wrong")
        checkpoint = source.with_name("day.ndjson.checkpoint")

        assert (4, NAMES, []) == (ran.code, server.names, guarded.names)
        assert [
            "error: guarded: stopped: it answered 401",
            f"guarded: server: GET {guarded.url}/is-alive/ping: answered 200",
            f"guarded: key and workspace: POST {guarded.url}/v1/private/auth: answered 401",
            "guarded: failed: Opik refused the API key (it says: User not allowed to access workspace)",
            "guarded: next: copy the API key again from Opik: Settings > API Keys",
            f"next: 3 generations wait in {checkpoint}: run the same command again, it goes on",
        ] == ran.messages[:6]
        assert [
            "open: delivered 3, refused 0, undelivered 0",
            "guarded: delivered 0, refused 0, undelivered 0, waiting 3",
        ] == ran.messages[-2:]

        sent = len(server.batches)
        again = run("send", "--routes", routes, source, BROADCAST_GUARDED_API_KEY="right")

        assert (0, NAMES, sent) == (again.code, guarded.names, len(server.batches))


def test_a_secret_that_is_missing_is_told_and_nothing_is_sent(run: Run, server: Opik, source: Path) -> None:
    """With its place."""
    server.model.api_key = "k"
    ran = run("send", *server.to(workspace="default"), source)
    place = "BROADCAST_OPIK_API_KEY of the environment, or a secrets file, as api_key under [opik]"

    assert 4 == ran.code
    assert f"opik: note: the secret 'api_key' is not set; its place is {place}" in ran.messages


def test_a_wrong_route_in_a_file_is_told_and_stops_no_other(run: Run, server: Opik, source: Path) -> None:
    """Code 2; with --strict nothing is sent."""
    routes = source.with_name("routes.toml")
    routes.write_text(ROUTE.format("open", server.url, "default") + ROUTE.format("wrong", "no url", "w"))
    strict = run("send", "--routes", routes, "--strict", source)

    assert (2, []) == (strict.code, server.sent)
    ran = run("send", "--routes", routes, source)
    assert (2, NAMES) == (ran.code, server.names)
    assert ran.errors[0].startswith(f"error: {routes}: wrong: ")


@pytest.mark.parametrize("guilty", NAMES)
def test_a_firewall_that_refuses_one_generation_stops_nothing_else(
    guilty: str, run: Run, server: Opik, source: Path
) -> None:
    """The connection works, so that the request is at fault: split down to the one that is refused."""
    server.refusal = _blocks(f"said by {guilty}".encode())
    letters = source.with_name("letters")
    ran = run("send", *server.to(), source, "--dead-letters", letters)
    others = [name for name in NAMES if name != guilty]

    assert (1, others) == (ran.code, server.names)
    assert [f"error: opik: {guilty}: refused: traces: it answered 403; spans: it answered 403"] == ran.errors
    assert [[guilty], [guilty]] == [
        json.loads(line)["generations"] for line in letters.read_text().splitlines()
    ]
    assert not source.with_name("day.ndjson.checkpoint").exists()


def test_where_nothing_passes_the_route_stops_although_the_connection_works(
    run: Run, server: Opik, source: Path
) -> None:
    """Nothing is refused: a key that may not write passes the test as well."""
    server.refusal = _blocks(b"said by")
    ran = run("send", *server.to(), source)

    assert (4, "opik: delivered 0, refused 0, undelivered 0, waiting 3") == (ran.code, ran.summary)
    assert "opik: ok: Opik accepts the key for this workspace" in ran.messages
    assert any(line.startswith(NOT_THE_ROUTE) for line in ran.messages)
    assert len(server.batches) < 20
