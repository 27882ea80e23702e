"""Where the tests of `--state` save it, and files to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import runs_with_state


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the state file; its directory does not exist yet."""
    return tmp_path / "kept" / "state.json"


@pytest.fixture
def saved(path: Path) -> bytes:
    """Save the state of an earlier run there, and return the text."""
    return runs_with_state.save_earlier_state(path)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Return a function that writes a file."""

    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write
