"""Where the tests of `--state` save it, files to read, and a server to send to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broadcast_core.delivery import limits
from tests import runs_with_state
from tests.cli.served import Opik, opik


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


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opik]:
    """Serve a model of Opik; nothing waits long, and no proxy is between."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(limits, "_FIRST_WAIT", timedelta(milliseconds=2))
    with opik() as served:
        yield served
