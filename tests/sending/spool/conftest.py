"""Fixtures: waits of senders and of the planner that are short."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from broadcast_core.delivery import steps
from broadcast_core.sending import route_sender
from broadcast_core.sending.spool import engine, planner_loop
from tests.sending.spool.platform import Platform, platform


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(steps, "wait_after", lambda _failures, _seed: timedelta(milliseconds=5))
    monkeypatch.setattr(route_sender, "_STORE_PAUSE", 0.01)
    monkeypatch.setattr(planner_loop, "_PAUSE", 0.01)
    monkeypatch.setattr(engine, "_LOOK", 0.05)


@pytest.fixture
def up() -> Iterator[Platform]:
    """A platform that takes what comes."""
    with platform() as one:
        yield one


@pytest.fixture
def down() -> Iterator[Platform]:
    """A platform that answers 503 until it is told to be up."""
    with platform(is_down=True) as one:
        yield one
