"""Deliveries that come while the store is busy: kept together and in order, or refused together."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.sending.spool import inbox
from broadcast_core.sending.spool.accepting import Accepting
from broadcast_core.sending.store import Store, StoreError

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store in a file."""
    with Store(str(tmp_path / "store")) as one:
        yield one


def _break(_db: sqlite3.Connection) -> Any:
    raise sqlite3.OperationalError("disk I/O error")


@contextmanager
def _busy(store: Store) -> Iterator[None]:
    """Keep a store from doing anything in the block."""
    begun, free = threading.Event(), threading.Event()
    store.post(lambda _db: (begun.set(), free.wait(5)))
    begun.wait(5)
    try:
        yield
    finally:
        free.set()


def _kept(store: Store) -> list[bytes]:
    return [one.body for one in store.do(lambda db: inbox.unplanned(db, 0, 10_000, 10**9))]


def _accepting(store: Store, kept: Callable[[], None] = lambda: None) -> Callable[[bytes], Future[None]]:
    one = Accepting(store, kept)
    return lambda body: one.accept(body, "identity", AT)


def test_what_waits_is_kept_together_up_to_a_number(store: Store) -> None:
    """In the order in which it came; each group is told once."""
    told: list[int] = []
    accept = _accepting(store, lambda: told.append(1))
    bodies = [b"%d" % n for n in range(150)]
    with _busy(store):
        futures = [accept(body) for body in bodies]
    wait(futures, timeout=5)

    assert [None] * 150 == [one.result() for one in futures]
    assert [64, 64, 22] == [futures.count(one) for one in dict.fromkeys(futures)]
    assert bodies == _kept(store)
    assert [1, 1, 1] == told


def test_many_threads_lose_nothing_and_double_nothing(store: Store) -> None:
    """Whatever is done is in the store by then."""
    accept = _accepting(store)
    missing: list[bytes] = []

    def deliver(name: int) -> None:
        for n in range(60):
            body = b"%d %d" % (name, n)
            accept(body).result(5)
            if n % 20 == 0 and body not in _kept(store):
                missing.append(body)

    threads = [threading.Thread(target=deliver, args=(name,)) for name in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert not missing
    assert sorted(b"%d %d" % (name, n) for name in range(8) for n in range(60)) == sorted(_kept(store))


def test_a_group_beside_work_that_fails_is_kept_once(store: Store) -> None:
    """Both are tried again alone."""

    def fails(_db: sqlite3.Connection) -> None:
        raise ValueError

    accept = _accepting(store)
    with _busy(store):
        futures = [accept(b"a"), accept(b"b")]
        failing = store.post(fails)
    wait([*futures, failing], timeout=5)

    assert isinstance(failing.exception(), ValueError)
    assert [None, None] == [one.result() for one in futures]
    assert [b"a", b"b"] == _kept(store)


@pytest.mark.parametrize("where", ["before it begins", "in its midst"])
def test_a_group_that_fails_is_refused_whole_and_takes_nobody_else_with_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """What comes afterwards is of another group."""
    accept = _accepting(store)
    original = Store._transact

    def fail(self: Store, works: list[Any]) -> list[Any]:
        return original(self, [*works, _break] if where == "in its midst" else _break(self._connection))

    with _busy(store):
        futures = [accept(b"a"), accept(b"b")]
        monkeypatch.setattr(Store, "_transact", fail)
    wait(futures, timeout=5)
    monkeypatch.setattr(Store, "_transact", original)
    accept(b"c").result(5)

    assert [StoreError, StoreError] == [type(one.exception()) for one in futures]
    assert [b"c"] == _kept(store)


def test_a_closed_store_refuses(tmp_path: Path) -> None:
    """Each delivery, however many come."""
    store = Store(str(tmp_path / "store"))
    accept = _accepting(store)
    store.close()

    for _ in range(3):
        with pytest.raises(StoreError, match="closed"):
            accept(b"a").result(5)
