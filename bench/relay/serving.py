"""Starts what is measured, each in a process of its own, on loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import field, frozen

from bench.relay.load import SECRET

CONNECTIONS = 32
MISSED = "MISSED"
"""Stands in a line that tells of an aim that was not reached: then the bench ends with 1."""


def aimed(holds: bool, aim: str) -> str:
    """Return an aim, marked where it was missed."""
    return f"aim: {aim}" if holds else f"aim: {aim}: {MISSED}"


@frozen(kw_only=True)
class Served:
    """A server: its process, its port, and its URL."""

    process: subprocess.Popen[str] = field(repr=False)
    port: int

    __hash__ = None  # type: ignore[assignment]

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> str:
        """Return a page."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:
            return str(answer.read(), "utf-8")

    @property
    def delivered(self) -> int:
        """How many generations its routes have delivered."""
        found = re.findall(r'outcome="delivered",route="\w+"} (\d+)', self.get("/metrics"))
        return sum(map(int, found))

    def megabytes(self) -> list[float]:
        """Return the resident memory of its process and of that which plans, where the system tells."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        every = {self.process.pid: 0.0}
        for thread in children.parent.parent.glob("*/children"):
            every |= dict.fromkeys(map(int, thread.read_text().split()), 0.0)
        return [_resident(process) for process in every]


def _resident(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


@contextmanager
def served(arguments: Sequence[str]) -> Iterator[Served]:
    """Start a server of a module; kill it with the block."""
    environment = {**os.environ, "BROADCAST_RELAY_SECRET": SECRET, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-m", *arguments], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", line):
                    yield Served(process=process, port=int(found[1]))
                    break
        finally:
            process.kill()


@contextmanager
def relay(folder: Path, url: str, *, module: str = "broadcast_core.cli") -> Iterator[Served]:
    """Start a relay with one route to a platform, and an empty spool."""
    folder.mkdir()
    (folder / "relay.toml").write_text(
        f'[relay]\nport = 0\nspool = "spool"\n[[routes]]\nname = "opik"\ndestination = "opik"\n'
        f'[routes.options]\nbase_url = "{url}/api"\nproject_name = "bench"\n'
    )
    with served([module, "relay", "--config", str(folder / "relay.toml")]) as one:
        yield one


def deliver(one: Served, bodies: Path, **order: Any) -> dict[str, Any]:
    """Deliver bodies of a file to a server; return what the load says."""
    orders = {"port": one.port, "bodies": str(bodies), "connections": CONNECTIONS, **order}
    done = subprocess.run(
        [sys.executable, "-m", "bench.relay.load", json.dumps(orders)],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    if found["failed"]:
        raise SystemExit(f"{found['failed']} of {found['answers']} deliveries were not taken")
    return found


def write_bodies(path: Path, bodies: Sequence[bytes]) -> Path:
    """Write bodies to a file that the load reads."""
    path.write_bytes(b"\x00".join(bodies))
    return path
