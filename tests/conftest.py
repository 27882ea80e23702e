"""Fixtures of the tests of the command: a way to run it, records, and plugins that look installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from broadcast_core.cli.app import broadcast
from tests.paths import EXAMPLES
from tests.runner import runner

PLUGIN = Path(__file__).parent / "cli/plugin"


@frozen
class Ran:
    """The result of a run of the command."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def page(self) -> str:
        """The output on stdout, as text."""
        return self.stdout.decode()

    @property
    def messages(self) -> list[str]:
        """The lines on stderr."""
        return self.stderr.splitlines()

    @property
    def summary(self) -> str:
        """The last line on stderr."""
        return self.messages[-1]

    @property
    def errors(self) -> list[str]:
        """The error messages on stderr."""
        return [line for line in self.messages if line.startswith("error: ")]

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The requests on stdout."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def rows(self) -> Any:
        """What is on stdout, as one JSON document."""
        return json.loads(self.stdout)

    @property
    def generations(self) -> list[str]:
        """The ids of the generations in all requests, in order."""
        rows = [row for request in self.requests for row in request["body"]]
        return [row["generation"] for row in rows if "generation" in row]


@pytest.fixture
def run() -> Callable[..., Ran]:
    """Return a function that runs the command in this process: arguments, and bytes for stdin."""
    plain = {"FORCE_COLOR": None, "COLUMNS": None, "TTY_COMPATIBLE": None}

    def call(*arguments: object, stdin: bytes = b"", **environment: str) -> Ran:
        result = runner(**{**plain, **environment}).invoke(
            broadcast, [str(one) for one in arguments], stdin, catch_exceptions=False
        )
        return Ran(result.exit_code, result.stdout_bytes, result.stderr)

    return call


@pytest.fixture
def spawn(plugins: Path) -> Callable[..., Ran]:
    """Return a function that runs the command in a process of its own; the demo plugin is there."""
    paths = [str(plugins), str(PLUGIN), *(path for path in sys.path if path)]

    def call(
        *arguments: object, stdin: bytes = b"", before: Sequence[str] = ("-m", "broadcast_core.cli")
    ) -> Ran:
        command = [sys.executable, *before, *(str(one) for one in arguments)]
        environment = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(command, input=stdin, capture_output=True, env=environment, timeout=60)
        return Ran(done.returncode, done.stdout, done.stderr.decode())

    return call


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that makes a plugin look installed: its package and its entry points."""
    monkeypatch.syspath_prepend(str(PLUGIN))

    def call(package: str, **entry_points: str) -> Path:
        site = tmp_path / "site"
        about = site / f"{package.replace('-', '_')}-1.2.3.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2.3\n")
        points = "\n".join(f"{name} = {value}" for name, value in entry_points.items())
        (about / "entry_points.txt").write_text(f"[broadcast_core.destinations]\n{points}\n")
        monkeypatch.syspath_prepend(str(site))
        return site

    return call


@pytest.fixture
def plugins(install: Callable[..., Path]) -> Path:
    """Install the demo destination, also as several that differ in their endpoint."""
    kinds = {
        name: f"broadcast_demo:{name}"
        for name in ("lines", "binary", "pretty", "tiny", "cut", "twofold", "constants", "bytes_of_json")
    }
    return install("broadcast-demo", demo="broadcast_demo:destination", **kinds)


@pytest.fixture
def record() -> Callable[..., bytes]:
    """Return a function that makes a line of our own NDJSON: an id, and fields to change."""

    def make(generation: str = "gen-1", **changes: Any) -> bytes:
        document = {"id": generation, "timing": {"start": "2026-11-23T10:00:00Z"}, **changes}
        present = {key: value for key, value in document.items() if value is not None}
        return json.dumps(present).encode() + b"\n"

    return make


@pytest.fixture
def examples() -> Path:
    """Return the directory of the example data."""
    return EXAMPLES
