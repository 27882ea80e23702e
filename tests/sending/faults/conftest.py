"""Fixtures: the processes that all tests of a worker use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sending.faults.campaign import Bench, bench


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Start a witness and a launcher."""
    with bench(tmp_path_factory.mktemp("faults")) as started:
        yield started
