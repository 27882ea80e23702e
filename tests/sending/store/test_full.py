"""A full disk loses nothing that was kept, and a store goes on once there is space."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcast_core.sending.store import Store, StoreError, StoreFull
from tests.sending.store.processes import process

BODY = bytes(range(256)) * 256


def _add(store: Store) -> None:
    statement = "INSERT INTO inbox (at, encoding, body, size) VALUES (0, '', ?, 0)"
    store.do(lambda db: db.execute(statement, (BODY,)))


def _fill(store: Store, limit: int = 2_000) -> int:
    """Add rows until that fails; return how many were acknowledged."""
    for n in range(limit):
        try:
            _add(store)
        except StoreError:
            return n
    raise AssertionError("it is never full")


def _whole(store: Store) -> int:
    """Return how many rows there are whose bodies are whole."""
    rows = store.do(lambda db: db.execute("SELECT count(*) FROM inbox WHERE body = ?", (BODY,)).fetchone())
    return int(rows[0])


def _delete_half(db: sqlite3.Connection) -> int:
    return db.execute("DELETE FROM inbox WHERE id % 2").rowcount


def test_a_store_that_has_its_size_is_full_and_goes_on_once_rows_are_deleted(tmp_path: Path) -> None:
    """`max_bytes`: what was acknowledged is there, deleting works, and then there is space again."""
    path = str(tmp_path / "store")
    with Store(path, max_bytes=4_000_000) as store:
        kept = _fill(store)
        with pytest.raises(StoreFull):
            _add(store)
        before = _whole(store)
        deleted = store.do(_delete_half)
        more = _fill(store)
    with Store(path) as store:
        after = _whole(store)

    assert 20 < kept == before
    assert 0 < more <= deleted
    assert kept - deleted + more == after
    assert (tmp_path / "store").stat().st_size <= 4_000_000


def test_a_full_store_says_so() -> None:
    """In words that help."""
    with (
        Store(max_bytes=64 * 16_384) as store,
        pytest.raises(StoreFull, match="full: free space, nothing that"),
    ):
        store.do(lambda db: db.execute("INSERT INTO letter VALUES (1, 'r', x'', zeroblob(9000000), 0, 0)"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of eight megabytes."""
    place, mount = tmp_path / "disk", shutil.which("mount")
    place.mkdir()
    command = [str(mount), "-t", "tmpfs", "-o", "size=8m", "none", str(place)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_loses_nothing_and_space_is_enough_to_go_on(small_disk: Path) -> None:
    """Others fill the disk; once they leave, the same store deletes and adds, and so does the next."""
    path = str(small_disk / "store")
    with Store(path) as store:
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(5_000_000))
        kept = _fill(store)
        before = _whole(store)
        ballast.unlink()
        deleted = store.do(_delete_half)
        store.empty_log()
        more = _fill(store)
    with Store(path) as store:
        after = _whole(store)

    assert 20 < kept == before
    assert more > 0
    assert kept - deleted + more == after


LIMITED = """
import resource, signal, sys
from tests.sending.store.test_full import _fill, _whole, _delete_half
from broadcast_core.sending.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
store = Store(sys.argv[1])
kept = _fill(store)
before = _whole(store)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
deleted = store.do(_delete_half)
more = store.do(lambda db: db.execute("INSERT INTO inbox (at, encoding, body, size) SELECT at, encoding, body, 0 FROM inbox LIMIT 3").rowcount)
store.close()
print(kept, before, deleted, more)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of files")
def test_a_file_that_cannot_grow_loses_nothing(tmp_path: Path) -> None:
    """By a limit on the size of files, which is lifted later."""
    path = tmp_path / "store"
    with process(LIMITED, path) as started:
        printed, _ = started.communicate(timeout=30)
    kept, before, deleted, more = map(int, printed.split())
    with Store(str(path)) as store:
        after = _whole(store)

    assert 20 < kept == before
    assert (3, kept - deleted + more) == (more, after)


def test_an_error_of_the_disk_is_a_store_error(tmp_path: Path) -> None:
    """And the store goes on when the disk does."""
    path = tmp_path / "store"
    with Store(str(path)) as store:
        os.truncate(path, 20_000)
        with pytest.raises(StoreError, match=f"^{path}: "):
            store.do(lambda db: db.execute("SELECT nothing FROM about"))
