"""How far a plan has come: what a run is about, its place in the input, and the state of open traces."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from broadcast_core.sending.store.values import writable
from broadcast_core.traces.state import OpenTrace, State
from broadcast_core.traces.state_codec import dump_state, load_state


def about(db: sqlite3.Connection, name: str) -> str | int | None:
    """Return what is kept under a name; None: nothing."""
    found = db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
    return None if found is None else found[0]


def set_about(db: sqlite3.Connection, values: Mapping[str, str | int]) -> None:
    """Keep values under their names, in place of those before."""
    db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", values.items())


def save_state(db: sqlite3.Connection, route: str, before: State, after: State) -> None:
    """Keep the state of a route: the traces that have changed, and without those that were forgotten."""
    gone = [key for key in before.traces if key not in after.traces]
    changed = [key for key, trace in after.traces.items() if before.traces.get(key) is not trace]
    put_state(db, route, {key: dump_state({"": State({key: after.traces[key]})}) for key in changed}, gone)


def put_state(
    db: sqlite3.Connection, route: str, changed: Mapping[str, bytes], gone: Iterable[str] = ()
) -> None:
    """Keep traces of a route in their stored form, and forget others."""
    db.executemany("DELETE FROM state WHERE route = ? AND key = ?", [(route, writable(key)) for key in gone])
    db.executemany(
        "INSERT OR REPLACE INTO state VALUES (?, ?, ?)",
        [(route, writable(key), value) for key, value in changed.items()],
    )


def saved_state(db: sqlite3.Connection, route: str) -> State:
    """Return the state of a route; raise `StateError` for one that cannot be read."""
    traces: dict[str, OpenTrace] = {}
    for (value,) in db.execute("SELECT value FROM state WHERE route = ?", (route,)):
        traces.update(load_state(value)[""].traces)
    return State(traces)
