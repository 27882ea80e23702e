"""One input sent in several lives, of which all but the last are cut short, and what must hold at the end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from attrs import field, frozen

from tests.paths import ROOT

PLUGIN = Path(__file__).parent / "plugin"
TIMEOUT = 30
GENERATIONS = 24


@frozen(kw_only=True)
class Death:
    """How a life ends: at a point, when it has come there so often; or after some seconds."""

    number: int = signal.SIGKILL
    point: str | None = None
    nth: int = 1
    after: float | None = None


Lives: TypeAlias = Sequence[Death]


@frozen(kw_only=True)
class Life:
    """What one process did: how it ended, and what it printed."""

    code: int
    stderr: str

    @property
    def counts(self) -> dict[str, int]:
        """The counts of the last line, where it came to print it."""
        found = re.findall(r"^(?:rows|opik): delivered .*$", self.stderr, re.MULTILINE)
        return {name: int(n) for name, n in re.findall(r"(\w+) (\d+)", found[-1])} if found else {}


@frozen(kw_only=True)
class Bench:
    """A witness and a launcher, which live as long as the tests of a module, and a folder."""

    url: str
    launcher: subprocess.Popen[str] = field(repr=False)
    folder: Path

    __hash__ = None  # type: ignore[assignment]

    @property
    def hits(self) -> Path:
        """Where processes note at which point they end."""
        return self.folder / "hits"

    def state(self, place: str) -> Any:
        """Return what a platform has."""
        with urllib.request.urlopen(f"{self.url}/{place}/state", timeout=TIMEOUT) as answer:
            return json.loads(answer.read())

    def live(
        self,
        arguments: Sequence[object],
        death: Death | None = None,
        bug: str | None = None,
        file_bytes: int | None = None,
    ) -> Life:
        """Run the command once, until it ends or is killed."""
        stderr = self.folder / "stderr"
        stderr.write_bytes(b"")  # a process may die before it opens it
        order: dict[str, Any] = {
            "arguments": [str(one) for one in arguments], "stderr": str(stderr), "hits": str(self.hits),
            "bug": bug, "file_bytes": file_bytes,
        }  # fmt: skip
        if death is not None and death.point is not None:
            order["point"] = (death.point, death.nth, int(death.number))
        assert self.launcher.stdin is not None
        assert self.launcher.stdout is not None
        self.launcher.stdin.write(json.dumps(order) + "\n")
        self.launcher.stdin.flush()
        process = int(self.launcher.stdout.readline())
        if death is not None and death.after is not None:
            time.sleep(death.after)
            with suppress(ProcessLookupError):  # it was quicker
                os.kill(process, death.number)
        code = int(self.launcher.stdout.readline())
        return Life(code=code, stderr=stderr.read_text())


def environment(folder: Path) -> dict[str, str]:
    """Make the plugin of the tests look installed; return the environment of processes that find it."""
    site = folder / "site"
    about = site / "broadcast_rows-1.2.3.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: broadcast-rows\nVersion: 1.2.3\n")
    (about / "entry_points.txt").write_text(
        "[broadcast_core.destinations]\nrows = broadcast_rows:destination\n"
    )
    paths = [str(site), str(PLUGIN), str(ROOT), *(path for path in sys.path if path)]
    return {"PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Start a witness and a launcher; end them with the block."""
    found = environment(folder)
    with (
        _python(found, "tests.sending.faults.witness", str(folder / "log")) as witness,
        _python(found, "tests.sending.faults.launcher") as launcher,
    ):
        assert witness.stdout is not None
        url = witness.stdout.readline().strip()
        yield Bench(url=url, launcher=launcher, folder=folder)


@contextmanager
def _python(found: dict[str, str], module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=found, cwd=ROOT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def records(path: Path, count: int = GENERATIONS, poison: Sequence[int] = ()) -> Path:
    """Write generations of traces of four, and return the file."""
    with path.open("w") as file:
        for n in range(count):
            name = f"gen-{n:03}{'-poison' if n in poison else ''}"
            start = f"2026-11-23T10:{n % 60:02}:00Z"
            record = {"id": name, "timing": {"start": start}, "trace": {"trace_id": f"t-{n % (count // 4)}"}}
            file.write(json.dumps(record) + "\n")
    return path
