"""A store is of one process at a time, whoever holds it and however that one ends."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
from pathlib import Path

import pytest

from broadcast_core.sending.store import Store, StoreError
from tests.sending.store.processes import holder


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    """It is told why and what to do; what the first one kept is there."""
    path = tmp_path / "store"
    with holder(path) as (first, printed):
        with holder(path) as (_, second), pytest.raises(StoreError, match="another process uses it: wait"):
            Store(str(path))
        first.send_signal(signal.SIGKILL)
        first.wait()
        with Store(str(path)) as store:
            found = store.do(lambda db: db.execute("SELECT value FROM about WHERE name = 'mine'").fetchall())

    assert "open" == printed
    assert (
        f"refused: {path}: another process uses it: wait until that has ended, or give another file" == second
    )
    assert [(1,)] == found


def test_a_second_store_of_the_same_process_is_refused(tmp_path: Path) -> None:
    """And is free once the first is closed."""
    path = str(tmp_path / "store")
    with Store(path), pytest.raises(StoreError, match="another process uses it"):
        Store(path)
    Store(path).close()


@pytest.mark.skipif(os.name != "posix", reason="needs modes of files")
def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    """The file, and the log beside it; also where the file was there and open to others."""
    path = tmp_path / "store"
    path.touch(0o644)
    path.chmod(0o644)
    with Store(str(path)) as store:
        store.do(lambda db: db.execute("INSERT INTO about VALUES ('a', 1)"))
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}

    assert {"store": 0o600, "store-wal": 0o600} == modes
    assert ["store"] == [one.name for one in tmp_path.iterdir()]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_does_not_use_the_store_of_its_parent(tmp_path: Path) -> None:
    """It is refused at once, leaves the file alone when it closes, and the parent goes on."""
    path = str(tmp_path / "store")
    with Store(path) as store:
        if (child := os.fork()) == 0:
            code = 1
            try:
                for use in (lambda: store.do(lambda _db: None), store.empty_log):
                    with pytest.raises(StoreError, match="of the parent of this process"):
                        use()
                store.close()
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        store.do(lambda db: db.execute("INSERT INTO about VALUES ('a', 1)"))
    with sqlite3.connect(path) as plain:
        kept = plain.execute("SELECT value FROM about WHERE name = 'a'").fetchall()
    plain.close()

    assert (0, [(1,)]) == (os.waitstatus_to_exitcode(status), kept)


def test_a_closed_store_is_refused() -> None:
    """And not waited for."""
    store = Store()
    store.close()
    for use in (lambda: store.do(lambda _db: None), store.empty_log):
        with pytest.raises(StoreError, match="the store is closed"):
            use()
