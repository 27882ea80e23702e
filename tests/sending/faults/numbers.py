"""Whether a store gives a number twice."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from broadcast_core.sending.store import Store

_ROWS = {
    "batch": "INSERT INTO batch (route, at) VALUES ('r', 0)",
    "request": "INSERT INTO request (route, batch, position, head, body, size, since)"
    " VALUES ('r', 1, 0, x'', x'', 0, 0)",
    "letter": "INSERT INTO letter (route, head, body, size, at) VALUES ('r', x'', x'', 0, 0)",
    "inbox": "INSERT INTO inbox (at, encoding, body, size) VALUES (0, '', x'', 0)",
}


def reused_numbers(path: Path) -> list[str]:
    """Add rows, delete them all, and add more, in the same store and in one opened again.

    Return the tables that gave a number twice.
    """
    given: dict[str, list[int]] = {name: [] for name in _ROWS}

    def work(db: sqlite3.Connection) -> None:
        for name, statement in _ROWS.items():
            given[name] += [db.execute(statement).lastrowid or 0 for _ in range(2)]
            db.execute(f"DELETE FROM {name}")

    for _ in range(2):
        with Store(str(path)) as store:
            store.do(work)
            store.do(work)
    return [name for name, numbers in given.items() if len(set(numbers)) < len(numbers)]
