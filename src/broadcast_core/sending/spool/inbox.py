"""Deliveries in a store that are not planned for every route yet, as they were sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from broadcast_core.sending.store.values import packed, unpacked

PLAIN = "identity"
"""The content encoding of a body that is as it is; the store compresses it."""


@frozen(kw_only=True)
class Delivery:
    """One delivery in its content encoding; `data` is its body as it lies in the store, `at` when it came."""

    number: int
    encoding: str
    data: bytes
    at: float = 0.0

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Delivery({self.number}, {len(self.data)} bytes)"

    @property
    def body(self) -> bytes:
        """The body as it was sent."""
        return unpacked(self.data) if self.encoding == PLAIN else self.data


Row: TypeAlias = tuple[float, str, bytes]
"""When a delivery came, its content encoding, and its body as it was sent."""


def accept(db: sqlite3.Connection, rows: Sequence[Row]) -> int:
    """Keep deliveries; return the number of the last, which grows and is never given twice."""
    values: list[float | str | bytes] = []
    for at, encoding, body in rows:
        data = packed(body) if encoding == PLAIN else body
        values += (at, encoding, _size_of(body, encoding), data)
    marks = ", ".join(["(?, ?, ?, ?)"] * len(rows))
    number = db.execute(
        f"INSERT INTO inbox (at, encoding, size, body) VALUES {marks}",  # noqa: S608  # question marks alone
        values,
    ).lastrowid
    assert number is not None
    return number


def _size_of(body: bytes, encoding: str) -> int:
    """Return how many bytes a body has when it is read; gzip says so in its last four bytes."""
    return max(len(body), int.from_bytes(body[-4:], "little")) if encoding == "gzip" else len(body)


def cursors(db: sqlite3.Connection, routes: Iterable[str]) -> dict[str, int]:
    """Return up to which delivery each route is planned; a new route begins with what waits."""
    known = dict(db.execute("SELECT route, inbox FROM cursor"))
    return {route: known.get(route, 0) for route in routes}


def unplanned(db: sqlite3.Connection, after: int, limit: int, max_bytes: int) -> list[Delivery]:
    """Return the deliveries after a number: one at least, and as many as have some bytes together."""
    found: list[Delivery] = []
    size = 0
    columns = "id, encoding, size, body, at"
    rows = db.execute(
        f"SELECT {columns} FROM inbox WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608  # names of ours
        (after, limit),
    )
    for number, encoding, bytes_, data, at in rows:
        size += bytes_
        if found and size > max_bytes:
            break
        found.append(Delivery(number=number, encoding=encoding, data=data, at=at))
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
