"""Runs of the command that go on while a test does something else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

PLUGIN = Path(__file__).parent / "plugin"
BUFFERED = [
    pytest.param({}, id="buffered"),
    pytest.param({"PYTHONUNBUFFERED": "1"}, id="unbuffered"),
]


def start_command(
    plugins: Path,
    *arguments: str,
    before: Sequence[str] = ("-m", "broadcast_core.cli"),
    stdin: Any = subprocess.DEVNULL,
    stdout: Any = subprocess.PIPE,
    stderr: Any = subprocess.PIPE,
    preexec_fn: Any = None,
    **environment: str,
) -> subprocess.Popen[bytes]:
    """Return a process that runs the command, with the plugins of the tests.

    One whose files are limited caches no module: what is cut short there would be loaded by every later test.
    """
    uncached = {} if preexec_fn is None else {"PYTHONDONTWRITEBYTECODE": "1"}
    paths = [str(plugins), str(PLUGIN), *(path for path in sys.path if path)]
    return subprocess.Popen(
        [sys.executable, *before, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        preexec_fn=preexec_fn,
        env={"PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8", **uncached, **environment},
    )
