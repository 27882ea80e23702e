"""Where the tests of `--state` keep it, and files to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import runs_with_state


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the state is kept; the folder is not there yet."""
    return tmp_path / "kept" / "state.json"


@pytest.fixture
def kept(path: Path) -> bytes:
    """Keep the state of an earlier run there."""
    return runs_with_state.kept(path)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Return a function that writes a file."""

    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write
