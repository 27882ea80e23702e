"""The relay as a process, from OpenRouter's webhook to what Opik shows: nothing in it is replaced."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

import pytest
from apps.relay.tests.running import wait_until
from apps.relay.tests.test_purge import ENVIRONMENT, RELAY
from apps.relay.tests.wire import SECRET, exchange, request
from tests.paths import EXAMPLES

from broadcast_core import plan
from broadcast_core.readers import read_text
from broadcast_core.record.messages import text_of
from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel
from broadcast_relay.settings.file import Source, load_configuration

BODIES = [path.read_bytes() for path in sorted((EXAMPLES / "deliveries").glob("*.json"))]


def _settings(folder: Path, url: str) -> Path:
    file = folder / "relay.toml"
    lines = (
        "[relay]", "port = 0", 'spool = "spool"',
        "[[routes]]", 'name = "opik"', 'destination = "opik"',
        "[routes.options]", f'base_url = "{url}"', 'project_name = "demo"',
    )  # fmt: skip
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_deliveries_become_traces(method: str, tmp_path: Path) -> None:
    """Plain and in gzip; what Opik shows is what the same generations planned in a program show."""
    model, expected = OpikModel(), OpikModel()
    headers = {"Authorization": f"Bearer {SECRET}"}
    with served(model) as url:
        file = _settings(tmp_path, url)
        routes = load_configuration(Source(file=str(file))).routes.routes
        generations = [one for body in BODIES for one in read_text(body).generations]
        for planned in plan(generations, routes).requests:
            expected.handle(planned)
        with subprocess.Popen(
            [*RELAY, str(file)], stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
        ) as relay:
            assert relay.stderr is not None
            port = int(relay.stderr.readline().partition("127.0.0.1:")[2].partition("/")[0])
            statuses = []
            for n, body in enumerate(BODIES):
                packed = {**headers, "Content-Encoding": "gzip"} if n % 2 else headers
                sent = gzip.compress(body) if n % 2 else body
                statuses.append(exchange(port, request(sent, packed, method=method)).status)
            wait_until(lambda: len(model.spans()) >= len(expected.spans()), 30)
            relay.terminate()
            words = relay.stderr.read()

    assert {200} == set(statuses)
    assert sorted(expected.traces()) == sorted(model.traces())
    assert {row["id"] for row in expected.span_rows()} == {row["id"] for row in model.span_rows()}
    texts = {line for one in generations for line in (text_of(one.content.output) or "").splitlines()}
    assert [] == [text for text in texts if len(text) > 12 and text in words]
    assert "relay: routes: opik" in words
