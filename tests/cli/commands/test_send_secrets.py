"""No secret is anywhere after a run that sends, nor what was said anywhere but in files that say so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.destinations import Response
from tests.cli.served import Opik, records
from tests.stores import values_of

Run = Callable[..., Any]
KEY = "opik-canary-0815"
HEADER = "header-canary-4711"
SAID = b"said by gen-2"


@pytest.mark.parametrize("status", [403, 502], ids=["blocked", "down"])
def test_secrets_are_in_no_file_message_or_log(
    status: int, run: Run, server: Opik, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where the server repeats them, and requests wait or are refused."""
    server.model.api_key, server.model.workspace = KEY, "team"

    def refuse(path: str, body: bytes) -> Response | None:
        if not path.endswith("/batch"):
            return None
        if b"said by gen-1" in body and b"said by gen-2" not in body:
            return Response(status=400, body=f'{{"message": "{KEY}"}}'.encode())
        return Response(status=status, body=f'{{"message": "{KEY} {HEADER}"}}'.encode())

    server.refusal = refuse
    routes, source, letters = (tmp_path / name for name in ("routes.toml", "day.ndjson", "letters"))
    routes.write_text(
        '[[routes]]\nname = "r"\ndestination = "opik"\noptions.workspace = "team"\n'
        f'options.base_url = "{server.url}"\nheaders = ["X-Canary"]\n'
    )
    source.write_bytes(records("gen-1", "gen-2"))
    secrets = {"BROADCAST_R_API_KEY": KEY, "BROADCAST_R_HEADER_X_CANARY": HEADER}
    command = ("send", "--routes", routes, source, "--dead-letters", letters, "--tries", 2)
    with caplog.at_level(logging.DEBUG):
        ran = run(*command, **secrets)
    checkpoint = tmp_path / "day.ndjson.checkpoint"
    kept = list(values_of(checkpoint))

    assert 4 == ran.code
    assert any(SAID in value for value in kept)
    told = [ran.stdout, ran.stderr.encode(), caplog.text.encode()]
    assert not any(SAID in one for one in told)
    for canary in (KEY, HEADER):
        assert not any(canary.encode() in one for one in (*told, *kept))

    server.refusal = lambda path, _body: Response(status=400) if path.endswith("/batch") else None
    assert 1 == run(*command, **secrets).code
    assert SAID in letters.read_bytes()
    assert b"canary-" not in letters.read_bytes()


def test_a_secret_in_the_arguments_is_no_option(run: Run, server: Opik) -> None:
    """Others on the machine can read arguments: a key is not taken from there."""
    ran = run("send", "--sample", *server.to(api_key=KEY))

    assert (2, [], False) == (ran.code, server.sent, KEY in ran.stderr)
