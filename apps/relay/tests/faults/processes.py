"""Processes of a campaign, and what they are told: environment, settings, a port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from apps.relay.tests.wire import SECRET
from tests.paths import ROOT


def environment() -> dict[str, str]:
    """Return the environment of processes that find what this one has."""
    return {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *(path for path in sys.path if path)]),
        "BROADCAST_RELAY_SECRET": SECRET,
        "NO_COLOR": "1",
    }


@contextmanager
def python(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a module until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(), cwd=ROOT,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def settings(url: str, name: str, port: int) -> str:
    """Return a file of settings with a route to Opik and one to a collector of lines."""
    return f"""
[relay]
port = {port}
spool = "spool"
keep_alive_seconds = 5
stop_timeout_seconds = 0.2
[[routes]]
name = "opik"
destination = "opik"
[routes.options]
base_url = "{url}/{name}/api"
project_name = "demo"
[[routes]]
name = "lines"
destination = "ndjson"
[routes.options]
url = "{url}/{name}+small/doubles"
"""


def free_port() -> int:
    """Return a port of this host that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def wait_for_end(process: int, seconds: float) -> None:
    """Wait until a process has ended, or for some seconds."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
