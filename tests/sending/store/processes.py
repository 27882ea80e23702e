"""Other processes that use a store."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HOLD = """
import sys
from broadcast_core.sending.store import Store, StoreError
try:
    store = Store(sys.argv[1])
except StoreError as error:
    print(f"refused: {error}", flush=True)
else:
    store.do(lambda db: db.execute("INSERT INTO about VALUES ('mine', 1)"))
    print("open", flush=True)
    sys.stdin.read()
"""


@contextmanager
def process(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run Python in a process of its own, which is killed at the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    ) as started:
        try:
            yield started
        finally:
            started.kill()


@contextmanager
def holder(path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a process that opens a store and keeps it; yield it and what it printed."""
    with process(_HOLD, path) as started:
        assert started.stdout is not None
        yield started, started.stdout.readline().strip()
