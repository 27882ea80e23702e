"""Futures of other threads, awaited in one loop: each gets its own result, and many need one wake."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

import pytest

from broadcast_relay.intake.acknowledging import Acknowledgements


def test_each_gets_its_own_result_from_many_threads() -> None:
    """Whatever their order; none is forgotten."""

    async def wait() -> list[int]:
        acknowledgements = Acknowledgements()
        futures: list[Future[int]] = [Future() for _ in range(400)]
        waiting = [asyncio.ensure_future(acknowledgements.result_of(one)) for one in futures]
        await asyncio.sleep(0)

        def end(first: int) -> None:
            for n in range(first, len(futures), 4):
                futures[n].set_result(n)

        threads = [threading.Thread(target=end, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        return await asyncio.wait_for(asyncio.gather(*waiting), 5)

    assert list(range(400)) == asyncio.run(wait())


def test_all_that_wait_for_one_wake_the_loop_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a group that one commit keeps; who goes away takes nobody with it."""

    async def wait() -> tuple[int, list[int]]:
        acknowledgements = Acknowledgements()
        loop: Any = asyncio.get_running_loop()
        wakes: list[object] = []
        wake = loop.call_soon_threadsafe
        monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *given: (wakes.append(given), wake(*given)))
        future: Future[int] = Future()
        waiting = [asyncio.ensure_future(acknowledgements.result_of(future)) for _ in range(50)]
        await asyncio.sleep(0)
        waiting.pop().cancel()
        future.set_result(7)
        late = asyncio.ensure_future(acknowledgements.result_of(future))
        return len(wakes), await asyncio.gather(*waiting, late)

    assert (1, [7] * 50) == asyncio.run(wait())


def test_what_failed_is_raised() -> None:
    """Whether it had failed before or fails later."""

    async def wait(*, before: bool) -> None:
        future: Future[int] = Future()
        loop = asyncio.get_running_loop()
        error = OSError("why")
        if before:
            future.set_exception(error)
        else:
            loop.call_soon(future.set_exception, error)
        await Acknowledgements().result_of(future)

    for before in (True, False):
        with pytest.raises(OSError, match="why"):
            asyncio.run(wait(before=before))


def test_who_stops_waiting_cancels_nothing() -> None:
    """What is on its way to the disk is kept, and can say so though the loop is closed."""
    future: Future[int] = Future()

    async def wait() -> None:
        await asyncio.wait_for(Acknowledgements().result_of(future), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(wait())
    future.set_result(7)

    assert 7 == future.result()
