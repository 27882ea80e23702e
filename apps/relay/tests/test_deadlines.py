"""The time limits of bodies: one timer for all, and each ends as its own."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from broadcast_relay.intake.incoming import Deadlines, Incoming


class Silent(Incoming):
    """A body that comes after some seconds, or never."""

    def __init__(self, seconds: float = 60.0) -> None:
        self.seconds = seconds

    async def read(self) -> Any:
        """Wait."""
        await asyncio.sleep(self.seconds)
        return self.seconds


def _timed(*steps: Any) -> list[tuple[Any, float]]:
    """Return what each step gave and after how many seconds; all begin together."""

    async def one(step: Any, began: float) -> tuple[Any, float]:
        return await step, time.monotonic() - began

    async def run() -> list[tuple[Any, float]]:
        began = time.monotonic()
        return await asyncio.gather(*(one(step, began) for step in steps))

    return asyncio.run(run())


async def _stop(deadlines: Deadlines, after: float) -> None:
    await asyncio.sleep(after)
    deadlines.stop()


async def _later(deadlines: Deadlines, after: float) -> Any:
    await asyncio.sleep(after)
    return await deadlines.read(Silent())


def test_each_has_its_time_from_its_own_beginning() -> None:
    """One that came is over; those that did not come end in their order."""
    one = Deadlines(0.2, 60)
    found = _timed(one.read(Silent()), one.read(Silent(0.1)), _later(one, 0.1), _later(one, 0.3))

    assert ["timeout", 0.1, "timeout", "timeout"] == [outcome for outcome, _ in found]
    for (_, took), due in zip(found, (0.2, 0.1, 0.3, 0.5), strict=True):
        assert due - 0.01 < took < due + 0.5


def test_a_stop_ends_all_soon_also_what_begins_after_it() -> None:
    """Each at its own time where that is sooner."""
    one = Deadlines(0.2, 0.3)
    found = _timed(one.read(Silent()), _stop(one, 0.1), _later(one, 0.15))

    assert ["stopping", None, "stopping"] == [outcome for outcome, _ in found]
    assert 0.19 < found[0][1] < 0.29
    assert 0.34 < found[2][1] < 0.8


def test_a_stop_ends_bodies_that_have_much_time_at_its_own() -> None:
    """What has not begun by then is not waited for."""
    one = Deadlines(30, 0.1)
    found = _timed(one.read(Silent()), _stop(one, 0), _later(one, 0.2))

    assert ["stopping", None, "stopping"] == [outcome for outcome, _ in found]
    assert all(took < 1 for _, took in found)


def test_who_is_cancelled_while_it_is_late_is_cancelled() -> None:
    """As at the end of a server that waits no longer."""
    deadlines = Deadlines(0, 60)

    async def run() -> None:
        task = asyncio.ensure_future(deadlines.read(Silent()))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
