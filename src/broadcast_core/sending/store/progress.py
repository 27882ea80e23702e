"""How far a plan has come: what a run is about, its place in the input, and the state of open traces."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from broadcast_core.sending.store.values import writable
from broadcast_core.traces.let_out import LetOut
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
    """Keep the state of a route: the parts that have changed, and without those that were forgotten."""
    changed, gone = changed_parts(before, after)
    put_state(db, route, changed, gone)


def changed_parts(before: State, after: State) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the stored form of those parts of a state that are not as they were, and those that are gone."""
    other = list(after.parts_that_differ(before))
    changed = {key: dump_state({"": after.part(key)}) for key in other if after.has_part(key)}
    return changed, tuple(key for key in other if key not in changed)


def put_state(
    db: sqlite3.Connection, route: str, changed: Mapping[str, bytes], gone: Iterable[str] = ()
) -> None:
    """Keep parts of the state of a route in their stored form, and forget others."""
    db.executemany("DELETE FROM state WHERE route = ? AND key = ?", [(route, writable(key)) for key in gone])
    db.executemany(
        "INSERT OR REPLACE INTO state VALUES (?, ?, ?)",
        [(route, writable(key), value) for key, value in changed.items()],
    )


def saved_state(db: sqlite3.Connection, route: str) -> State:
    """Return the state of a route; raise `StateError` for one that cannot be read."""
    traces: dict[str, OpenTrace] = {}
    let_out: dict[str, LetOut] = {}
    for (value,) in db.execute("SELECT value FROM state WHERE route = ?", (route,)):
        part = load_state(value)[""]
        traces.update(part.traces)
        let_out.update(part.let_out)
    return State(traces, let_out)
