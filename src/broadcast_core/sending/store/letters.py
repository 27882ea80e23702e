"""Dead letters: what could not be delivered, as stored requests that can be planned again and sent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from broadcast_core.delivery.dead_letters import dead_letters, with_end
from broadcast_core.delivery.job import EndedItem, Job
from broadcast_core.delivery.stored.requests import StoredRequest
from broadcast_core.pipeline.route import Route
from broadcast_core.sending.store.values import packed, unpacked


def add_letters(
    db: sqlite3.Connection, route: Route, plugin: str, ended: Sequence[EndedItem], job: Job, now: datetime
) -> None:
    """Keep the items of a job that were refused or not delivered; `plugin` is as `stored` has it."""
    if not db.execute("SELECT count(*) FROM about WHERE name = 'letters'").fetchone()[0]:
        return
    for form in dead_letters(route, job, ended, plugin):
        _add(db, route.name, form.head, packed(form.body), len(form.body), now)


def add_stored_letter(
    db: sqlite3.Connection,
    route: str,
    head: bytes,
    body: bytes,
    size: int,
    more: Mapping[str, object],
    now: datetime,
) -> None:
    """Keep a request as it is stored, its body packed, with what became of it."""
    _add(db, route, with_end(StoredRequest(head=head, body=b""), more).head, body, size, now)


def _add(db: sqlite3.Connection, route: str, head: bytes, body: bytes, size: int, now: datetime) -> None:
    db.execute(
        "INSERT INTO letter (route, head, body, size, at) VALUES (?, ?, ?, ?, ?)",
        (route, head, body, size, now.timestamp()),
    )


def keep_letters(db: sqlite3.Connection) -> None:
    """Keep dead letters from now on; without, what is refused is counted and told alone."""
    db.execute("INSERT OR IGNORE INTO about VALUES ('letters', 1)")


def count_letters(db: sqlite3.Connection) -> int:
    """Return how many dead letters there are."""
    return int(db.execute("SELECT count(*) FROM letter").fetchone()[0])


def count_deliveries(db: sqlite3.Connection) -> int:
    """Return how many dead letters are deliveries, as they were sent."""
    return int(db.execute("SELECT count(*) FROM letter WHERE route = ''").fetchone()[0])


def letter_numbers(db: sqlite3.Connection) -> list[int]:
    """Return the numbers of dead letters, in the order in which they came."""
    return [number for (number,) in db.execute("SELECT id FROM letter ORDER BY id")]


def letter(db: sqlite3.Connection, number: int) -> bytes:
    """Return a dead letter as one line, without its newline."""
    head, body = db.execute("SELECT head, body FROM letter WHERE id = ?", (number,)).fetchone()
    return StoredRequest(head=head, body=unpacked(body)).line


def add_delivery(
    db: sqlite3.Connection, number: int, body: bytes, encoding: str, why: str, now: datetime
) -> None:
    """Keep a delivery that could not be read, or of which something was rejected, as it was sent.

    For one reason it is kept once, however many routes find it.
    """
    fields = {"delivery": number, "encoding": encoding, "why": why}
    head = json.dumps(fields, separators=(",", ":")).encode()
    if db.execute("SELECT count(*) FROM letter WHERE route = '' AND head = ?", (head,)).fetchone()[0]:
        return
    db.execute(
        "INSERT INTO letter (route, head, body, size, at) VALUES ('', ?, ?, ?, ?)",
        (head, packed(body), len(body), now.timestamp()),
    )


def size(db: sqlite3.Connection) -> int:
    """Return the bytes of all dead letters as they lie there."""
    return int(db.execute("SELECT coalesce(sum(length(body)), 0) FROM letter").fetchone()[0])


def drop_oldest(db: sqlite3.Connection) -> int:
    """Throw away the oldest tenth of the dead letters, one at least; return how many."""
    number = max(1, count_letters(db) // 10)
    return db.execute(
        "DELETE FROM letter WHERE id IN (SELECT id FROM letter ORDER BY id LIMIT ?)", (number,)
    ).rowcount
