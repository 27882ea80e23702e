"""What a spool holds gets too old: what was accepted long ago is not sent, and dead letters go at last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcast_core.sending.spool import keeping, planner_loop
from broadcast_core.sending.spool.engine import KIND
from broadcast_core.sending.store import Store, letters
from tests.sending.spool.platform import Platform, record
from tests.sending.spool.running import LIMITS, letters_in, running, wait_until

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
AGE = timedelta(hours=1)


def test_the_age_counts_from_when_a_delivery_was_accepted(tmp_path: Path, up: Platform) -> None:
    """Not from when there was room to plan it; what is not too old is sent."""
    path = tmp_path / "spool"
    with running(path, up.route()) as one:
        now = datetime.now(UTC)
        old = now - LIMITS.age - timedelta(minutes=1)
        one.spool.accept(record("old"), encoding="identity", at=old).result(5)
        one.drain()
        almost = now - LIMITS.age + timedelta(minutes=5)
        one.spool.accept(record("almost"), encoding="identity", at=almost).result(5)
        one.drain()

    assert ["almost"] == sorted(up.rows)
    assert [(["old"], "undelivered")] == [(head["generations"], head["status"]) for head in letters_in(path)]


def test_the_oldest_of_a_group_decides(tmp_path: Path, down: Platform) -> None:
    """They are planned together, once there is a route; nothing is sent later than its time."""
    path = tmp_path / "spool"
    now = datetime.now(UTC)
    old = now - LIMITS.age + timedelta(minutes=9)
    with running(path) as one:
        for name, at in (("new", now), ("old", old)):
            one.spool.accept(record(name), encoding="identity", at=at).result(5)
    with running(path, down.route()) as one:
        wait_until(lambda: one.spool.state().deliveries == 0)
    with Store(str(path), kind=KIND) as store:
        since = [row[0] for row in store.do(lambda db: db.execute("SELECT since FROM request").fetchall())]

    assert {old.timestamp()} == set(since)


def test_what_waits_behind_a_route_that_is_down_gets_too_old_there(
    tmp_path: Path, down: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing more is planned while much waits to be sent; it is no younger for that."""
    monkeypatch.setattr(planner_loop, "AHEAD_BYTES", 1)
    monkeypatch.setattr(planner_loop, "GROUP", 1)
    path = tmp_path / "spool"
    at = datetime.now(UTC) - LIMITS.age + timedelta(seconds=1)
    with running(path, down.route()) as one:
        for n in range(3):
            one.spool.accept(record(f"gen-{n}"), encoding="identity", at=at).result(5)
        one.drain(20)

    assert [] == down.rows
    assert [[f"gen-{n}"] for n in range(3)] == [head["generations"] for head in letters_in(path)]


@pytest.fixture
def store() -> Iterator[Store]:
    """A store that keeps dead letters, without a file."""
    with Store(kind=KIND) as made:
        yield made


def _add(store: Store, number: int, at: datetime, size: int = 10) -> None:
    body = bytes(size)
    store.do(lambda db: letters.add_delivery(db, number, body, "br", "why", at))


def _numbers(store: Store) -> list[int]:
    rows = store.do(lambda db: db.execute("SELECT id FROM letter ORDER BY id").fetchall())
    return [number for (number,) in rows]


def test_dead_letters_go_when_they_are_ten_times_as_old(store: Store) -> None:
    """As the page on the relay says."""
    for number, age in enumerate((10 * AGE + timedelta(seconds=1), 10 * AGE - timedelta(seconds=1)), 1):
        _add(store, number, NOW - age)

    assert 1 == store.do(lambda db: keeping.clean(db, NOW, AGE, None))
    assert [2] == _numbers(store)


def test_the_oldest_dead_letters_go_when_they_fill_a_quarter(store: Store) -> None:
    """Until they do no more."""
    for number in range(1, 9):
        _add(store, number, NOW, size=1000)
    size = store.do(letters.size)

    assert 4 == store.do(lambda db: keeping.clean(db, NOW, AGE, 2 * size))
    assert [5, 6, 7, 8] == _numbers(store)
    assert 0 == store.do(lambda db: keeping.clean(db, NOW, AGE, 2 * size))
