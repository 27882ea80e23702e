"""Erases what a spool holds of some users or traces, or what is older than a time.

What is erased is overwritten in the file. A generation whose items are erased before they were sent ends as
undelivered. Where a policy hashes users, requests name them by their hash: give the trace, or that hash. What
cannot be inflated, or has an unknown encoding, is found by its age alone.

A few rows are erased in one transaction, so that deliveries are accepted meanwhile. A purge that was ended
has erased a part, and does the rest when it is asked again.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeAlias

from attrs import field, frozen

from broadcast_core.sending.spool.dead_letters import delivery_in
from broadcast_core.sending.spool.inbox import Delivery
from broadcast_core.sending.spool.matching import Ids
from broadcast_core.sending.spool.planning import MAX_INFLATED, read
from broadcast_core.sending.store import Store
from broadcast_core.sending.store.generations import drop
from broadcast_core.sending.store.values import unpacked, writable
from broadcast_core.traces.keys import trace_key
from broadcast_core.traces.state_codec import load_state

WHY = "purged"
_TOGETHER, _PIECE = 16, 4096


@frozen(kw_only=True)
class Purge:
    """What to erase: all of some traces or users, by their ids as sent, and what is older than a time.

    A request that holds any of it is erased whole: other generations in it end with it, and are told.
    """

    traces: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    before: datetime | None = None

    @property
    def ids(self) -> Ids:
        """The ids that are looked for."""
        return Ids((*self.traces, *self.users))


@frozen(kw_only=True)
class Purged:
    """How many deliveries, requests, dead letters and open traces were erased, and generations with them."""

    deliveries: int = 0
    requests: int = 0
    letters: int = 0
    traces: int = 0
    generations: tuple[str, ...] = field(default=())


_Erase: TypeAlias = Callable[[sqlite3.Connection, Any, "_Search"], bool]


@frozen
class _Search:
    """What is looked for; `ended` gets the generations of requests that are erased."""

    ids: Ids
    before: datetime | None
    ended: list[str] = field(factory=list)

    def is_old(self, at: float) -> bool:
        """Tell whether something is older than what is kept."""
        return self.before is not None and datetime.fromtimestamp(at, UTC) < self.before


def purge(store: Store, what: Purge) -> Purged:
    """Erase what is asked for; return how much it was. Nothing may be planned or sent meanwhile."""
    search = _Search(what.ids, what.before)
    purged = Purged(
        deliveries=_each(store, "SELECT id FROM inbox", _erase_delivery, search),
        requests=_each(store, "SELECT number FROM request", _erase_request, search),
        letters=_each(store, "SELECT id FROM letter", _erase_letter, search),
        traces=_each(store, "SELECT route, key FROM state", _erase_state, search),
        generations=tuple(dict.fromkeys(search.ended)),
    )
    store.do(lambda db: _forget_seen(db, what, purged.generations))
    store.empty_log()
    return purged


def _each(store: Store, query: str, erase: _Erase, search: _Search) -> int:
    """Erase what is looked for among the rows of a query, a few in a transaction; return how many."""
    keys = store.do(lambda db: db.execute(query).fetchall())
    some = (keys[at : at + _TOGETHER] for at in range(0, len(keys), _TOGETHER))
    return sum(store.do(_erase_some(few, erase, search)) for few in some)


def _erase_some(
    keys: Sequence[tuple[Any, ...]], erase: _Erase, search: _Search
) -> Callable[[sqlite3.Connection], int]:
    return lambda db: sum(erase(db, key, search) for key in keys)


def _erase_delivery(db: sqlite3.Connection, key: tuple[int], search: _Search) -> bool:
    row = db.execute("SELECT at, encoding, body FROM inbox WHERE id = ?", key).fetchone()
    if row is None:
        return False
    at, encoding, data = row
    if not (search.is_old(at) or _is_of(Delivery(number=key[0], encoding=encoding, data=data), search)):
        return False
    db.execute("DELETE FROM inbox WHERE id = ?", key)
    return True


def _erase_letter(db: sqlite3.Connection, key: tuple[int], search: _Search) -> bool:
    row = db.execute("SELECT route, at, head, body FROM letter WHERE id = ?", key).fetchone()
    if row is None:
        return False
    route, at, head, body = row
    is_named = search.ids.are_in(head) or (
        search.ids.are_in(unpacked(body)) if route else _is_of(delivery_in(head, body), search)
    )
    if not (search.is_old(at) or is_named):
        return False
    db.execute("DELETE FROM letter WHERE id = ?", key)
    return True


def _erase_request(db: sqlite3.Connection, key: tuple[int], search: _Search) -> bool:
    columns = "route, batch, since, head, body"
    row = db.execute(f"SELECT {columns} FROM request WHERE number = ?", key).fetchone()  # noqa: S608  # ours
    if row is None:
        return False
    route, batch, since, head, body = row
    if not (search.is_old(since) or search.ids.are_in(head) or search.ids.are_in(unpacked(body))):
        return False
    db.execute("DELETE FROM request WHERE number = ?", key)
    named = [[str(one) for one in item["generations"]] for item in json.loads(head)["items"]]
    search.ended.extend(drop(db, route, batch, named, WHY))
    return True


def _erase_state(db: sqlite3.Connection, key: tuple[str, str], search: _Search) -> bool:
    row = db.execute("SELECT value FROM state WHERE route = ? AND key = ?", key).fetchone()
    if row is None:
        return False
    is_named = key[1] in search.ids or search.ids.are_in(row[0])
    if not (is_named or (search.before is not None and _latest(row[0]) < search.before)):
        return False
    db.execute("DELETE FROM state WHERE route = ? AND key = ?", key)
    return True


def _latest(value: bytes) -> datetime:
    return max(trace.latest for trace in load_state(value)[""].traces.values())


def _forget_seen(db: sqlite3.Connection, what: Purge, ended: Sequence[str]) -> None:
    names = [(writable(name),) for name in (*ended, *what.traces)]
    db.executemany("DELETE FROM seen WHERE generation = ?", names)
    if what.before is not None:
        db.execute("DELETE FROM seen WHERE at < ?", (what.before.timestamp(),))


def _is_of(delivery: Delivery, search: _Search) -> bool:
    """Tell whether a delivery names one of the ids, also where only a part of it can be read."""
    if not search.ids:
        return False
    reading, _, _ = read(delivery)
    return any(trace_key(one) in search.ids for one in reading.generations) or any(
        search.ids.are_in(text) for text in _readable(delivery)
    )


def _readable(delivery: Delivery) -> Iterator[bytes]:
    """Yield a body as it is, and what can be inflated of it."""
    yield delivery.body
    inflater, left, parts = zlib.decompressobj(47), MAX_INFLATED, []
    with suppress(zlib.error):
        for at in range(0, len(delivery.body), _PIECE):
            parts.append(inflater.decompress(delivery.body[at : at + _PIECE], max(1, left)))
            left -= len(parts[-1])
            if left <= 0:
                break
    yield b"".join(parts)
