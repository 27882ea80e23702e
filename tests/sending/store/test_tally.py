"""How many deliveries wait is known without reading them, and is what reading them would say."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.sending.spool import holding, inbox
from broadcast_core.sending.store import Store

AT, HOUR = datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=1)
STEPS = st.lists(
    st.tuples(st.sampled_from(["accept", "plan", "purge", "open again"]), st.integers(1, 9), st.booleans()),
    max_size=12,
)


def _do(db: sqlite3.Connection, name: str, number: int, at: float) -> None:
    if name == "accept":
        inbox.accept(db, [(at + n / 16, "identity", b"[]") for n in range(number)])
    elif name == "plan":
        inbox.forget_planned(db, {"a": number, "b": number + 3})
    elif name == "purge":
        db.execute("DELETE FROM inbox WHERE id % 10 = ?", (number,))


def _step(db: sqlite3.Connection, *, name: str, number: int, at: float, fails: bool) -> None:
    _do(db, name, number, at)
    if fails:
        raise ValueError


def _counted(store: Store) -> tuple[int, float | None]:
    return store.do(lambda db: db.execute("SELECT count(*), min(at) FROM inbox").fetchone())


@given(STEPS)
def test_it_is_what_counting_says(steps: list[tuple[str, int, bool]]) -> None:
    """After any steps, those that fail and are taken back among them, and in a file that is opened again."""
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "store")
        store = Store(path)
        for turn, (name, number, fails) in enumerate(steps):
            if name == "open again":
                store.close()
                store = Store(path)
            store.post(
                partial(_step, name=name, number=number, at=AT.timestamp() + turn, fails=fails)
            ).exception()
            deliveries, oldest = _counted(store)
            state = store.do(lambda db: holding.state_of(db, None, None, AT + HOUR))

            assert deliveries == state.deliveries
            assert oldest == (None if state.oldest is None else (AT + HOUR - state.oldest).timestamp())
        store.close()
