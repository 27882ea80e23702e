"""Fixtures: a client of each kind, in an environment without proxies."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.sending.kinds import KINDS, Kind, kind_of


@pytest.fixture(autouse=True, scope="package")
def _no_proxies() -> Iterator[None]:
    """Take the proxies of the machine out of the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            patch.delenv(name)
        yield


@pytest.fixture(params=KINDS, scope="package")
def kind(request: pytest.FixtureRequest, _no_proxies: None) -> Iterator[Kind]:
    """Return a client of each kind in turn, one for all tests."""
    with kind_of(request.param) as made:
        yield made


@pytest.fixture(params=KINDS, scope="package")
def patient(request: pytest.FixtureRequest, _no_proxies: None) -> Iterator[Kind]:
    """Return such clients that wait long: for what is answered at once, on whatever machine."""
    with kind_of(request.param, 20) as made:
        yield made
