"""A disk that is full, or a file that may not grow: refusals, nothing lost, and going on without a hand."""

from __future__ import annotations

import os
import random
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from broadcast_core.sending.spool import engine, holding, planner_loop
from broadcast_core.sending.store import StoreError, StoreFull, database
from tests.sending.spool.platform import Platform, record
from tests.sending.spool.running import Running, running, wait_until

resource = pytest.importorskip("resource")
DISK = 12 * 2**20
OTHER = "other"
"""What else is on the disk, and takes half of it until it is removed."""
DICE = random.Random(1)


def _text(size: int) -> str:
    return DICE.randbytes(size // 2).hex()


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of some megabytes in memory, half of it free; skip the test where that is not allowed."""
    mounted = folder / "disk"
    mounted.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(mounted)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        (mounted / OTHER).write_bytes(bytes(DISK // 2))
        yield mounted
    finally:
        subprocess.run(["umount", str(mounted)], check=True)


def _accepted_until_refused(
    one: Running, max_count: int, size: int, name: str = "g"
) -> tuple[list[str], StoreError]:
    """Deliver until a refusal; return the names of what was accepted, and the refusal."""
    names: list[str] = []
    for n in range(max_count):
        try:
            one.accept(record(f"{name}-{n:03}", text=_text(size)))
        except StoreError as error:
            return names, error
        names.append(f"{name}-{n:03}")
    raise AssertionError("it was never refused")


@pytest.mark.skipif(os.name != "posix", reason="a mount of POSIX")
@pytest.mark.parametrize("makes_space", ["others", "the spool"])
def test_a_small_disk_is_filled_no_further_than_deleting_needs(
    tmp_path: Path, down: Platform, monkeypatch: pytest.MonkeyPatch, makes_space: str
) -> None:
    """The refusal comes while there is space to delete; what waits is sent, and it takes more by itself.

    Once a minute a file that is almost empty is made smaller, so that nobody else has to make space. All is
    a hundredth of what it is: the disk, its log, and what is kept free, which is twice the log.
    """
    monkeypatch.setattr(database, "_WAL_PAGES", 40)
    monkeypatch.setattr(holding, "_RESERVE", holding._RESERVE // 100)
    monkeypatch.setattr(planner_loop, "GROUP", 2)
    with _small_disk(tmp_path) as disk, running(disk / "spool", down.route()) as one:
        names, _ = _accepted_until_refused(one, 200, 100_000)
        for turn in range(100):  # until it stays full
            if (why := one.spool.state().full) is not None:
                break
            names += _accepted_until_refused(one, 200, 20_000, name=f"small-{turn}")[0]
            time.sleep(0.05)
        down.is_down = False
        one.drain()
        with pytest.raises(StoreFull, match="the disk is full"):
            one.accept(record("refused"))
        if makes_space == "others":
            (disk / OTHER).unlink()
        else:
            monkeypatch.setattr(engine, "_CLEAN", 0.0)
        wait_until(lambda: one.spool.state().full is None)
        one.accept(record("after"))
        one.drain()

    assert why == "the disk is full: what is left is for deleting what was sent"
    assert sorted(down.rows) == sorted([*names, "after"])


@pytest.mark.skipif(os.name != "posix", reason="a mount of POSIX")
def test_a_disk_that_others_fill_stops_everything_until_there_is_space(
    tmp_path: Path, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a row can be deleted; what was accepted is delivered once there is space, each once."""
    monkeypatch.setattr(holding, "_RESERVE", 0)
    with _small_disk(tmp_path) as disk, running(disk / "spool", up.route()) as one:
        one.accept(record("first"))
        one.drain()
        up.is_down = True
        names, _ = _accepted_until_refused(one, 400, 100_000)
        up.is_down = False
        wait_until(lambda: one.spool.troubles().get("rows", "").startswith(str(disk)))
        (disk / OTHER).unlink()
        one.drain()
        one.accept(record("after"))
        one.drain()

    assert sorted(set(up.rows)) == sorted(["first", *names, "after"])
    assert len(one.reports) <= 1  # once, where planning met the full disk at all
    assert all(line.startswith("planning waits: ") for line in one.reports)


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_a_file_that_may_not_grow_refuses_and_goes_on_when_it_may(tmp_path: Path, up: Platform) -> None:
    """As where a quota is used up, and no disk can be mounted to try it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with running(tmp_path / "spool", up.route()) as one:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (3 * 2**20, hard))
            names, why = _accepted_until_refused(one, 200, 100_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        one.accept(record("after"))
        one.drain()

    assert re.search("it cannot be read or written|the store is full", str(why))
    assert sorted(set(up.rows)) == sorted([*names, "after"])
