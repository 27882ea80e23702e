"""Erases what a spool holds of some users or traces, or what is older than a time.

What is erased is overwritten in the file. A generation whose items are erased before they were sent ends as
undelivered. Where a policy hashes users, requests name them by their hash: give the trace, or that hash.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime

from attrs import field, frozen

from broadcast_core.delivery.stored_request import StoredRequest
from broadcast_core.record.generation import Generation
from broadcast_core.sending.spool.inbox import Delivery
from broadcast_core.sending.spool.planning import read
from broadcast_core.sending.store.generations import drop
from broadcast_core.sending.store.values import unpacked, writable
from broadcast_core.traces.keys import trace_key
from broadcast_core.traces.state_codec import load_state

WHY = "purged"


@frozen(kw_only=True)
class Purge:
    """What to erase: all of some traces or users, by their ids as sent, and what is older than a time.

    A request that holds any of it is erased whole: other generations in it end with it, and are told.
    """

    traces: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    before: datetime | None = None


@frozen(kw_only=True)
class Purged:
    """How many deliveries, requests, dead letters and open traces were erased, and generations with them."""

    deliveries: int = 0
    requests: int = 0
    letters: int = 0
    traces: int = 0
    generations: tuple[str, ...] = field(default=())


def purge(db: sqlite3.Connection, what: Purge) -> Purged:
    """Erase what is asked for; return how much it was."""
    deliveries = [number for number in _ids(db, "inbox") if _is_of(_delivery(db, number), what)]
    requests = [number for number in _ids(db, "request", "number") if _is_in_request(db, number, what)]
    letters = [number for number in _ids(db, "letter") if _is_in_letter(db, number, what)]
    traces = [row for row in db.execute("SELECT route, key, value FROM state") if _is_in_state(row, what)]
    ended = [name for number in requests for name in _end(db, number)]
    db.executemany("DELETE FROM inbox WHERE id = ?", [(number,) for number in deliveries])
    db.executemany("DELETE FROM letter WHERE id = ?", [(number,) for number in letters])
    db.executemany("DELETE FROM state WHERE route = ? AND key = ?", [row[:2] for row in traces])
    db.executemany("DELETE FROM seen WHERE generation = ?", [(writable(name),) for name in ended])
    db.executemany("DELETE FROM seen WHERE generation = ?", [(writable(name),) for name in what.traces])
    if what.before is not None:
        db.execute("DELETE FROM seen WHERE at < ?", (what.before.timestamp(),))
    return Purged(
        deliveries=len(deliveries),
        requests=len(requests),
        letters=len(letters),
        traces=len(traces),
        generations=tuple(dict.fromkeys(ended)),
    )


def _ids(db: sqlite3.Connection, table: str, name: str = "id") -> list[int]:
    return [row[0] for row in db.execute(f"SELECT {name} FROM {table} ORDER BY {name}")]  # noqa: S608  # ours


def _delivery(db: sqlite3.Connection, number: int) -> tuple[float, Delivery]:
    at, encoding, data = db.execute("SELECT at, encoding, body FROM inbox WHERE id = ?", (number,)).fetchone()
    return at, Delivery(number=number, encoding=encoding, data=data)


def _is_of(found: tuple[float, Delivery], what: Purge) -> bool:
    at, delivery = found
    if _is_old(at, what):
        return True
    if not what.traces and not what.users:
        return False
    reading, _, why = read(delivery)
    return any(_names(one, what) for one in reading.generations) or (
        why is not None and _holds(delivery.body, what)
    )


def _names(generation: Generation, what: Purge) -> bool:
    traces = (generation.id, generation.trace.trace_id, trace_key(generation))
    return any(one in what.traces for one in traces) or generation.identity.user_id in what.users


def _is_in_request(db: sqlite3.Connection, number: int, what: Purge) -> bool:
    since, head, body = db.execute(
        "SELECT since, head, body FROM request WHERE number = ?", (number,)
    ).fetchone()
    return _is_old(since, what) or _holds(head + unpacked(body), what)


def _is_in_letter(db: sqlite3.Connection, number: int, what: Purge) -> bool:
    at, head, body = db.execute("SELECT at, head, body FROM letter WHERE id = ?", (number,)).fetchone()
    return _is_old(at, what) or _holds(head + unpacked(body), what)


def _is_in_state(row: tuple[str, str, bytes], what: Purge) -> bool:
    if row[1] in what.traces or _holds(row[2], what):
        return True
    latest = max(trace.latest for trace in load_state(row[2])[""].traces.values())
    return what.before is not None and latest < what.before


def _is_old(at: float, what: Purge) -> bool:
    return what.before is not None and datetime.fromtimestamp(at, UTC) < what.before


def _holds(text: bytes, what: Purge) -> bool:
    """Tell whether JSON holds one of the ids as a text, also inside a text that is JSON itself."""
    return any(spelling in text for one in (*what.traces, *what.users) for spelling in _spellings(one))


def _spellings(value: str) -> tuple[bytes, ...]:
    plain = (json.dumps(value), json.dumps(value, ensure_ascii=False))
    nested = tuple(json.dumps(one)[1:-1] for one in plain)
    return tuple({one.encode("utf-8", "replace") for one in (*plain, *nested)})


def _end(db: sqlite3.Connection, number: int) -> Sequence[str]:
    """Erase a request; return the generations that end with it."""
    route, batch, head = db.execute(
        "SELECT route, batch, head FROM request WHERE number = ?", (number,)
    ).fetchone()
    db.execute("DELETE FROM request WHERE number = ?", (number,))
    items = json.loads(StoredRequest(head=head, body=b"").head)["items"]
    named = [(str(one) for one in item["generations"]) for item in items]
    return drop(db, route, batch, named, WHY)
