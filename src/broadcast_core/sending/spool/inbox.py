"""Deliveries in a store that are not planned for every route yet, as they were sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import frozen


@frozen(kw_only=True)
class Delivery:
    """One delivery: a body as it was sent, in its content encoding."""

    number: int
    encoding: str
    body: bytes

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Delivery({self.number}, {len(self.body)} bytes)"


def accept(db: sqlite3.Connection, body: bytes, encoding: str, at: datetime) -> int:
    """Keep a delivery; return its number, which grows and is never given twice."""
    number = db.execute(
        "INSERT INTO inbox (at, encoding, body) VALUES (?, ?, ?)", (at.timestamp(), encoding, body)
    ).lastrowid
    assert number is not None
    return number


def cursors(db: sqlite3.Connection, routes: Iterable[str]) -> dict[str, int]:
    """Return up to which delivery each route is planned; a new route begins with what waits."""
    known = dict(db.execute("SELECT route, inbox FROM cursor"))
    return {route: known.get(route, 0) for route in routes}


def unplanned(db: sqlite3.Connection, after: int, limit: int, max_bytes: int) -> list[Delivery]:
    """Return the deliveries after a number: one at least, and as many as have some bytes together."""
    found: list[Delivery] = []
    size = 0
    rows = db.execute("SELECT id, encoding, body FROM inbox WHERE id > ? ORDER BY id LIMIT ?", (after, limit))
    for number, encoding, body in rows:
        size += len(body)
        if found and size > max_bytes:
            break
        found.append(Delivery(number=number, encoding=encoding, body=body))
    return found


def move_cursors(db: sqlite3.Connection, routes: Iterable[str], to: int) -> None:
    """Keep that routes are planned up to a delivery."""
    db.executemany("INSERT OR REPLACE INTO cursor VALUES (?, ?)", [(route, to) for route in routes])


def forget_planned(db: sqlite3.Connection, cursor: Mapping[str, int]) -> None:
    """Delete the deliveries that every route has planned."""
    db.execute("DELETE FROM inbox WHERE id <= ?", (min(cursor.values()),))


def forget_other_cursors(db: sqlite3.Connection, routes: Iterable[str]) -> None:
    """Forget how far routes came that are no more."""
    known = set(routes)
    gone = [(route,) for (route,) in db.execute("SELECT route FROM cursor") if route not in known]
    db.executemany("DELETE FROM cursor WHERE route = ?", gone)
