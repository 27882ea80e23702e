"""The page of the relay, followed as a reader would: its settings, its commands, and what they print."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.relay.tests.running import wait_until
from apps.relay.tests.test_purge import ENVIRONMENT
from apps.relay.tests.wire import AUTHORIZED, exchange, request
from tests.paths import EXAMPLES, ROOT

from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel

PAGE = (ROOT / "docs" / "relay.md").read_text(encoding="utf-8")
BROADCAST = [sys.executable, "-m", "broadcast_core.cli"]
DELIVERY = (EXAMPLES / "deliveries" / "01-plain.json").read_bytes()


def _blocks(kind: str) -> list[str]:
    """Return the blocks of code of a kind, without what they are indented by."""
    fences = re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    return [
        "\n".join(line.removeprefix(indent) for line in text.splitlines())
        for indent, name, text in fences
        if name == kind
    ]


def _lines(beginning: str) -> list[str]:
    """Return the lines of all blocks without a kind that begin with a text."""
    return [line for block in _blocks("") for line in block.splitlines() if line.startswith(beginning)]


@contextmanager
def _relay(folder: Path, url: str) -> Iterator[tuple[int, list[str]]]:
    """Run the relay with the settings of the page, for another Opik and another place; yield its port."""
    settings = _blocks("toml")[0]
    settings = settings.replace("http://opik.internal:5173/api", url)
    settings = settings.replace("[relay]", "[relay]\nport = 0").replace("/var/lib/broadcast-relay", "spool")
    (folder / "relay.toml").write_text(settings, encoding="utf-8")
    (command,) = _lines("/opt/broadcast/bin/broadcast relay")
    arguments = shlex.split(command)[1:]
    with subprocess.Popen(
        [*BROADCAST, *arguments], cwd=folder, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as relay:
        try:
            assert relay.stderr is not None
            lines = [relay.stderr.readline().rstrip("\n") for _ in _lines("relay: ")]
            yield int(lines[0].partition("127.0.0.1:")[2].partition("/")[0]), lines
        finally:
            relay.terminate()


def _metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:  # our own
        return str(answer.read().decode())


def test_the_steps_of_the_page_lead_to_a_trace(tmp_path: Path) -> None:
    """What the relay prints, what it answers, what it counts, and what is in Opik then."""
    model = OpikModel()
    with served(model) as url, _relay(tmp_path, url) as (port, printed):
        shown = [line.replace(":8788/", f":{port}/") for line in _lines("relay: ")]
        empty = [exchange(port, request(b"{}", headers)).status for headers in (AUTHORIZED, {})]
        before = _metrics(port)
        assert exchange(port, request(DELIVERY, AUTHORIZED)).status == 200
        wait_until(lambda: bool(model.spans()), 30)
        assert _metrics(port) != before

    assert [line.replace("/var/lib/broadcast-relay", str(tmp_path / "spool")) for line in shown] == printed
    assert [200, 401] == empty
    assert 'broadcast_relay_deliveries_total{outcome="test"} 1.0' in before
    assert {"openrouter"} == {row["project_name"] for row in model.spans()}


STATUSES = {
    401: request(b"{}", {}),
    404: request(b"{}", AUTHORIZED, path="/v1/other"),
    405: request(b"{}", AUTHORIZED, method="DELETE"),
    413: request(b"{}", AUTHORIZED, length=2**40),
}


def test_what_a_relay_that_runs_says_is_on_the_page(tmp_path: Path) -> None:
    """All of its metrics, and answers that a request can have while all is well."""
    stated = set(re.findall(r"broadcast_relay_[a-z_]+", PAGE))
    with served(OpikModel()) as url, _relay(tmp_path, url) as (port, _):
        found = set(re.findall(r"^# TYPE (broadcast_relay_[a-z_]+)", _metrics(port), flags=re.MULTILINE))
        answered = {status: exchange(port, sent).status for status, sent in STATUSES.items()}
    found = {name for name in found if not name.endswith("_created")}

    assert stated == {name if name in stated else f"{name}_total" for name in found}
    assert answered == {status: status for status in STATUSES}
    for status in STATUSES:
        assert re.search(rf"^\| [0-9, ]*{status}[0-9, ]* \|", PAGE, flags=re.MULTILINE)


def test_the_commands_of_the_page_run(tmp_path: Path) -> None:
    """While the relay does."""
    commands = [*_lines("broadcast purge"), *_lines("broadcast letters")]
    with served(OpikModel()) as url, _relay(tmp_path, url):
        for command in commands:
            ran = subprocess.run(
                [*BROADCAST, *shlex.split(command)[1:]],
                cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT,
            )  # fmt: skip
            assert (0, True) == (ran.returncode, bool(ran.stdout + ran.stderr)), ran.stderr

    assert 5 == len(commands)
