"""Directories that lines are written to, small disks, and what is in them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from broadcast_core import Generation
from broadcast_core.record.codec import decode_line


def written(folder: Path) -> list[Generation]:
    """Return the records of all files in a directory, as a reader of it finds them."""
    names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    return [decode_line(line) for name in names for line in (folder / name).read_bytes().splitlines()]


@contextmanager
def small_disk(folder: Path, *options: str) -> Iterator[Path]:
    """Mount a disk of a megabyte in memory; skip the test where that is not allowed."""
    if _mount(folder, "size=1m", *options):
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def enlarge(folder: Path) -> None:
    """Give a small disk space."""
    assert not _mount(folder, "remount", "size=64m")


def _mount(folder: Path, *options: str) -> int:
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode
