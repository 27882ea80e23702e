"""What a spool keeps of planning: work for its store, each function one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from broadcast_core.delivery.fingerprint import fingerprint, usable_state
from broadcast_core.sending.spool import inbox
from broadcast_core.sending.spool.inbox import Delivery
from broadcast_core.sending.spool.planning import MAX_SEEN, PlannedGroup, PlannedRoute
from broadcast_core.sending.store import generations as counts
from broadcast_core.sending.store import jobs, letters, progress
from broadcast_core.sending.store.jobs import Target
from broadcast_core.sending.store.values import text_of, writable
from broadcast_core.traces.state import State
from broadcast_core.traces.state_codec import Fingerprint, SavedState

_LETTERS_SHARE = 0.25
"""The share of a spool that dead letters may fill."""
_LETTERS_AGE = 10
"""How many times as long as anything is tried dead letters are kept."""


def prepare_routes(db: sqlite3.Connection, targets: Sequence[Target]) -> list[str]:
    """Keep which routes there are, and only the state that they may use; return notes on what changed."""
    letters.keep_letters(db)
    inbox.forget_other_cursors(db, [target.route.name for target in targets])
    notes: list[str] = []
    for target in targets:
        name, current = target.route.name, fingerprint(target.route)
        known = progress.about(db, f"route {name}")
        if known is not None and (made_for := Fingerprint(**json.loads(str(known)))) != current:
            saved = progress.saved_state(db, name)
            usable, note = usable_state(name, SavedState(saved, made_for), current)
            progress.save_state(db, name, saved, usable)
            notes += [] if note is None else [note]
        progress.set_about(db, {f"route {name}": json.dumps(attrs.asdict(current))})
        db.execute(
            "INSERT OR IGNORE INTO cursor VALUES (?, (SELECT coalesce(min(id), 1) - 1 FROM inbox))", (name,)
        )
    return notes


def waiting_without_route(db: sqlite3.Connection, names: Iterable[str]) -> dict[str, int]:
    """Return how many requests wait for each route that is none of some, by name."""
    known = set(names)
    rows = db.execute("SELECT route, count(*) FROM request GROUP BY route")
    return {route: number for route, number in rows if route not in known}


def keep_group(
    db: sqlite3.Connection,
    group: PlannedGroup,
    some: Sequence[Delivery],
    names: Sequence[str],
    cursor: Mapping[str, int],
    now: datetime,
) -> None:
    """Keep what was planned of some deliveries: requests, state, places in the inbox, and dead letters.

    The age of a request is that of the oldest of them: it counts from when a delivery was accepted.
    """
    since = datetime.fromtimestamp(min(one.at for one in some), UTC)
    for name, planned in group.routes.items():
        if planned.rows:
            jobs.add_stored_batch(db, name, planned.rows, now, since)
        progress.put_state(db, name, planned.changed, planned.gone)
        counts.add_counts(db, name, planned.counts)
        db.executemany(
            "INSERT OR REPLACE INTO seen (route, generation, at) VALUES (?, ?, ?)",
            [(name, writable(generation), now.timestamp()) for generation in planned.seen],
        )
    for delivery in some:
        if (why := group.letters.get(delivery.number)) is not None:
            letters.add_delivery(db, delivery.number, delivery.body, delivery.encoding, why, now)
    inbox.move_cursors(db, names, some[-1].number)
    inbox.forget_planned(db, cursor)


def seen_by_route(db: sqlite3.Connection, names: Sequence[str]) -> dict[str, list[str]]:
    """Return the generations that routes have planned, those of the longest ago first."""
    found: dict[str, list[str]] = {}
    for name in names:
        rows = db.execute(
            "SELECT generation FROM seen WHERE route = ? ORDER BY at DESC LIMIT ?", (name, MAX_SEEN)
        ).fetchall()
        found[name] = [text_of(row[0]) for row in reversed(rows)]
    return found


def carried_on(
    db: sqlite3.Connection, targets: Sequence[PlannedRoute]
) -> tuple[dict[str, State], dict[str, list[str]]]:
    """Return what a planner begins with: the state of each route, and what it has seen."""
    states = {one.route.name: progress.saved_state(db, one.route.name) for one in targets}
    return states, seen_by_route(db, [one.route.name for one in targets if one.doubles])


def waiting_bytes(db: sqlite3.Connection, routes: Sequence[str]) -> dict[str, int]:
    """Return how many bytes of requests wait for each route."""
    found = dict(db.execute("SELECT route, sum(size) FROM request GROUP BY route"))
    return {route: found.get(route, 0) for route in routes}


def clean(db: sqlite3.Connection, now: datetime, age: timedelta, max_bytes: int | None) -> int:
    """Throw away what is too old to be of use; return how many dead letters went."""
    db.execute("DELETE FROM seen WHERE at < ?", ((now - 2 * age).timestamp(),))
    gone = db.execute("DELETE FROM letter WHERE at < ?", ((now - _LETTERS_AGE * age).timestamp(),)).rowcount
    while max_bytes is not None and letters.size(db) > _LETTERS_SHARE * max_bytes:
        gone += letters.drop_oldest(db)
    counts.add_counts(db, "", {"letters dropped": gone})
    return gone
