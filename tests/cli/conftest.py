"""Where the tests of `--memory` keep it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import remembering


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the memory is kept; the folder is not there yet."""
    return tmp_path / "kept" / "memory.json"


@pytest.fixture
def kept(path: Path) -> bytes:
    """Keep the memory of an earlier run there."""
    return remembering.kept(path)
