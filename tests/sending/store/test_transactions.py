"""Work that waits together is one transaction, and a failing piece of work harms itself alone."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.sending.store import Store, StoreError


def _insert(name: str, log: list[str] | None = None) -> Any:
    def work(db: sqlite3.Connection) -> str:
        if log is not None:
            log.append(name)
        db.execute("INSERT INTO about VALUES (?, 1)", (name,))
        return name

    return work


def _names(store: Store) -> list[str]:
    rows = store.do(
        lambda db: db.execute("SELECT name FROM about WHERE name LIKE 'a%' ORDER BY name").fetchall()
    )
    return [name for (name,) in rows]


def _together(store: Store, works: list[Any]) -> list[Future[Any]]:
    """Post work while the store is busy, so that all of it waits; return it, done."""
    begun, free = threading.Event(), threading.Event()
    store.post(lambda _db: (begun.set(), free.wait(5)))
    begun.wait(5)
    futures = [store.post(work) for work in works]
    free.set()
    wait(futures, timeout=5)
    return futures


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note of each transaction how many pieces of work it has."""
    found: list[int] = []
    original = Store._transact

    def transact(self: Store, works: list[Any]) -> list[Any]:
        found.append(len(works))
        return original(self, works)

    monkeypatch.setattr(Store, "_transact", transact)
    return found


def test_what_waits_together_is_one_transaction(tmp_path: Path, commits: list[int]) -> None:
    """Up to a number; each gets its own result."""
    with Store(str(tmp_path / "store")) as store:
        futures = _together(store, [_insert(f"a{n:03}") for n in range(100)])
        results = [future.result() for future in futures]

    assert [1, 64, 36] == commits
    assert [f"a{n:03}" for n in range(100)] == results


def test_a_failing_piece_of_work_harms_itself_alone(tmp_path: Path) -> None:
    """What waits beside it is kept, in its order; its own rows are not, and it gets its error."""

    def failing(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO about VALUES ('a-lost', 1)")
        raise ValueError("no")

    path = str(tmp_path / "store")
    with Store(path) as store:
        works = [_insert("a1"), failing, _insert("a2"), _insert("a1"), _insert("a3")]
        futures = _together(store, works)
        errors = [future.exception() for future in futures]
    with Store(path) as store:
        kept = _names(store)

    assert ["a1", "a2", "a3"] == kept
    assert [None, ValueError, None, StoreError, None] == [error and type(error) for error in errors]


def test_work_is_done_by_whoever_posted_it_first() -> None:
    """In the order of posting."""
    log: list[str] = []
    with Store() as store:
        _together(store, [_insert(f"a{n}", log) for n in range(5)])

    assert ["a0", "a1", "a2", "a3", "a4"] == log


def test_what_was_posted_is_kept_when_the_store_is_closed(tmp_path: Path) -> None:
    """All of it, before the file is closed."""
    path = str(tmp_path / "store")
    store = Store(path)
    futures = [store.post(_insert(f"a{n:03}")) for n in range(200)]
    store.close()
    with Store(path) as store:
        kept = _names(store)

    assert all(future.done() for future in futures)
    assert [f"a{n:03}" for n in range(200)] == kept


def test_whoever_posts_while_the_store_is_closed_does_not_wait_for_ever(tmp_path: Path) -> None:
    """Each piece of work is kept, or refused."""
    path = str(tmp_path / "store")
    for n in range(20):
        store = Store(path)
        futures: list[Future[Any]] = []

        def post(store: Store = store, futures: list[Future[Any]] = futures) -> None:
            for _ in range(200):
                futures.append(store.post(lambda db: db.execute("SELECT 1").fetchone()))

        thread = threading.Thread(target=post)
        thread.start()
        if n % 2:
            store.do(lambda _db: None)
        store.close()
        thread.join()

        assert not wait(futures, timeout=5).not_done
