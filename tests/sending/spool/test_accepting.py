"""Accepting: what is said to be kept is in the file; once that is full, what comes is refused."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.sending.spool import engine, holding
from broadcast_core.sending.store import Store, StoreError, StoreFull, jobs
from tests.sending.spool.platform import Platform, record
from tests.sending.spool.running import running, wait_until


def test_what_is_accepted_is_in_the_file(tmp_path: Path, down: Platform) -> None:
    """A copy of the files, taken once the future is done, has the delivery or the request that it became."""
    path = tmp_path / "spool"
    with running(path, down.route()) as one:
        one.accept(record("a"))
        for file in tmp_path.glob("spool*"):
            shutil.copy(file, tmp_path / file.name.replace("spool", "copy"))

    with sqlite3.connect(tmp_path / "copy") as copy:
        counts = copy.execute("SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM request)")
        assert counts.fetchone() == (1,)
    copy.close()


def test_a_delivery_is_kept_though_whoever_waits_goes_away(up: Platform) -> None:
    """The work of a future cannot be cancelled, and the store goes on."""
    with running(None, up.route()) as one:
        assert not one.post(record("a")).cancel()
        one.accept(record("b"))
        one.drain()

    assert sorted(up.rows) == ["a", "b"]


def test_a_full_spool_refuses_while_what_waits_is_sent_and_then_takes_more(
    tmp_path: Path, down: Platform
) -> None:
    """The refusal says how full it is."""
    dice = random.Random(1)
    text = "".join(chr(dice.randrange(32, 127)) for _ in range(40_000))
    with running(tmp_path / "spool", down.route(), max_bytes=2**21) as one:
        with pytest.raises(StoreFull, match=r"the spool (is full|has no space)"):
            one.accept(*(record(f"g-{n}", text=text) for n in range(200)))
        wait_until(lambda: one.spool.state().full is not None)
        held = one.spool.state().bytes
        down.is_down = False
        one.drain()
        wait_until(lambda: one.spool.state().full is None)
        one.accept(record("after"))
        one.drain()

    assert 0.5 * 2**21 < held < 2**21
    assert len(set(down.rows)) == len(down.rows) > 10
    assert down.rows[-1] == "after"


def test_what_is_accepted_between_two_looks_is_taken_off_the_space(monkeypatch: pytest.MonkeyPatch) -> None:
    """A spool that is looked at rarely is filled no further than one that is looked at often."""
    monkeypatch.setattr(engine, "_LOOK", 30.0)
    dice = random.Random(1)
    with running(None, max_bytes=2**21) as one, pytest.raises(StoreFull, match="no space for 50000 bytes"):
        one.accept(*(dice.randbytes(50_000) for _ in range(100)))


def test_too_little_free_space_of_the_disk_is_a_refusal(
    tmp_path: Path, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left is for deleting; it takes deliveries again once there is more."""
    free = [holding._RESERVE]
    monkeypatch.setattr(holding, "_free_bytes", lambda _path: free[0])
    with running(tmp_path / "spool", up.route()) as one:
        with pytest.raises(StoreFull, match="the disk is full"):
            one.accept(record("a"))
        free[0] += 10**6
        wait_until(lambda: one.spool.state().full is None)
        one.accept(record("b"))
        one.drain()

    assert up.rows == ["b"]


def _failing(original: Callable[..., Any], times: int) -> Callable[..., Any]:
    left = [times]

    def work(*arguments: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise StoreFull("the disk or the store is full")
        return original(*arguments)

    return work


@pytest.mark.parametrize("name", ["begin", "settle", "load_jobs", "add_stored_batch"])
def test_a_store_that_cannot_be_written_for_a_while_is_waited_for(
    name: str, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row arrives once, and nobody has to restart anything."""
    monkeypatch.setattr(jobs, name, _failing(getattr(jobs, name), 3))
    with running(None, up.route()) as one:
        one.accept(record("a"), record("b"))
        one.drain()

    assert sorted(up.rows) == ["a", "b"]
    assert [outcome.status for outcome in one.outcomes] == ["delivered", "delivered"]


def test_a_second_process_is_refused(tmp_path: Path, up: Platform) -> None:
    """It says that another has the file."""
    path = tmp_path / "spool"
    with running(path, up.route()), pytest.raises(StoreError, match="another process uses it"):
        Store(str(path), kind=engine.KIND)
