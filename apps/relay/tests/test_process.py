"""The relay as a process: what it says, what it logs, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from apps.relay.tests.running import settings_text
from apps.relay.tests.wire import AUTHORIZED, SECRET, answer, connect, exchange, is_closed, request
from attrs import frozen
from tests.paths import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
CANARY = "canary-5f1c"
DELIVERY = f'{{"resourceSpans":["{CANARY}"]}}'.encode()


@frozen
class Ended:
    """What a relay did and said until it had ended."""

    statuses: dict[str, int]
    seconds: float
    code: int
    stdout: str
    stderr: str


def _start(
    folder: Path, *arguments: str, secret: str | None = SECRET, **settings: object
) -> subprocess.Popen[str]:
    file = folder / "relay.toml"
    file.write_text(settings_text("support", "sample", spool="spool", **settings))
    environment = {name: one for name, one in os.environ.items() if name != "BROADCAST_RELAY_SECRET"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *(path for path in sys.path if path)])
    environment["PYTHONASYNCIODEBUG"] = "1"
    return subprocess.Popen(
        [sys.executable, "-m", "apps.relay.tests.process", "relay", "--config", str(file), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment if secret is None else {**environment, "BROADCAST_RELAY_SECRET": secret},
    )


def _lines_until(process: subprocess.Popen[str], pattern: str) -> list[str]:
    """Return the lines on stderr up to one that matches."""
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if re.search(pattern, line):
            return lines
    raise AssertionError(f"it ended without {pattern!r}: {lines}")


def _port_in(lines: list[str]) -> int:
    found = re.search(r"listening on http://127\.0\.0\.1:(\d+)/v1/traces", "".join(lines))
    assert found is not None
    return int(found[1])


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """Return a relay that took deliveries, was reloaded, and then stopped amid others."""
    process = _start(tmp_path_factory.mktemp("relay"), "--port", "0", stop_timeout_seconds=0.3)
    try:
        lines = _lines_until(process, "spool:")
        port = _port_in(lines)
        statuses = {
            "whole": exchange(port, request(DELIVERY, {**AUTHORIZED, "X-Canary": CANARY})).status,
            "unauthorized": exchange(port, request(DELIVERY, {"Authorization": f"Bearer {CANARY}"})).status,
            "no gzip": exchange(port, request(DELIVERY, {**AUTHORIZED, "Content-Encoding": "gzip"})).status,
            "lost": exchange(port, request(DELIVERY, path=f"/{CANARY}")).status,
        }
        process.send_signal(signal.SIGHUP)
        lines += _lines_until(process, "reloaded, routes: support, sample")
        with connect(port) as in_flight, connect(port) as half_sent, connect(port) as idle:
            half_sent.sendall(request(length=1_000) + DELIVERY)
            in_flight.sendall(request(DELIVERY))
            time.sleep(0.1)  # until the delivery is on its way to the disk
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            statuses["in flight"] = answer(in_flight).status
            statuses["half sent"] = answer(half_sent).status
            assert is_closed(idle)
        stdout, stderr = process.communicate(timeout=10)
        seconds = time.monotonic() - began
        yield Ended(statuses, seconds, process.returncode, stdout, "".join(lines) + stderr)
    finally:
        process.kill()
        process.communicate()


def test_a_stop_answers_what_is_on_its_way(ended: Ended) -> None:
    """A body that is only half there is not waited for, and its sender is asked to send it again."""
    assert {
        "whole": 200,
        "unauthorized": 401,
        "no gzip": 200,
        "lost": 404,
        "in flight": 200,
        "half sent": 503,
    } == ended.statuses


def test_a_stop_ends_soon_and_well(ended: Ended) -> None:
    """With the engine closed, after everything was kept that was answered."""
    assert (0, "kept 3, reloaded [['support', 'sample']], closed True\n") == (ended.code, ended.stdout)
    assert ended.seconds < 3
    assert "relay: stopped; what waits in the spool is sent after the next start\n" in ended.stderr


def test_a_start_says_what_is_where(ended: Ended) -> None:
    """The address with its real port, the routes, and the spool with what it holds."""
    lines = [line for line in ended.stderr.splitlines() if line.startswith("relay: ")]

    assert re.fullmatch(
        r"relay: listening on http://127\.0\.0\.1:[1-9]\d+/v1/traces, with a shared secret in "
        r"Authorization: Bearer",
        lines[0],
    )
    assert "relay: routes: support, sample" == lines[1]
    assert re.fullmatch(r"relay: spool: /.*/spool, up to 4,096 MiB and 72 hours; it holds prompts", lines[2])


def test_no_content_and_no_secret_is_in_any_log(ended: Ended) -> None:
    """Though everything is logged that any library logs."""
    assert "DEBUG:asyncio:" in ended.stderr
    assert CANARY not in ended.stdout + ended.stderr
    assert SECRET not in ended.stdout + ended.stderr


def test_without_a_secret_only_this_host_is_listened_to(tmp_path: Path) -> None:
    """And it is said, with what to do."""
    process = _start(tmp_path, "--host", "0.0.0.0", "--port", "0", secret=None)
    try:
        lines = _lines_until(process, "spool:")
        port = _port_in(lines)
        status = exchange(port, request(DELIVERY, {})).status
        others = socket.gethostbyname(socket.gethostname())
        is_reached = others != "127.0.0.1" and _is_reached(others, port)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    finally:
        process.kill()
        process.communicate()

    assert (200, False, 0) == (status, is_reached, process.returncode)
    warning = "listens on 127.0.0.1 alone and not on 0.0.0.0: put one into BROADCAST_RELAY_SECRET"
    assert warning in "".join(lines)


def _is_reached(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=0.2).close()
    except OSError:
        return False
    return True
