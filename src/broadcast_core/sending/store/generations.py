"""The generations of the plans in a store: how many of their items have not ended, and counts of outcomes."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from broadcast_core.delivery.job import EndedItem
from broadcast_core.delivery.outcomes import DeliveryOutcome, OpenGeneration, named_by
from broadcast_core.sending.store.values import text_of, writable


def expect(db: sqlite3.Connection, route: str, batch: int, items: Iterable[Sequence[str]]) -> None:
    """Count the items of each generation of a plan; `items` are the generations of each."""
    counts = Counter(generation for named in items for generation in dict.fromkeys(named))
    db.executemany(
        "INSERT INTO generation (batch, id, items) VALUES (?, ?, ?)",
        [(batch, writable(generation), number) for generation, number in counts.items()],
    )
    add_counts(db, route, {"planned": len(counts)})


def fold(db: sqlite3.Connection, route: str, batch: int, ended: Iterable[EndedItem]) -> list[DeliveryOutcome]:
    """Count ended items off their generations; return the outcomes of those whose last item it was."""
    outcomes: list[DeliveryOutcome] = []
    for one in ended:
        for generation in named_by(one.item):
            found = _opened(db, key := (batch, writable(generation)))
            assert found is not None
            if _keep(db, key, after := found.after(one)):
                outcomes.append(after.outcome(route, generation))
    add_counts(db, route, Counter(outcome.status for outcome in outcomes))
    return outcomes


_Key: TypeAlias = tuple[int, str | bytes]


def _opened(db: sqlite3.Connection, key: _Key) -> OpenGeneration | None:
    """Return a generation of a batch whose items have not all ended."""
    row = db.execute(_SELECT, key).fetchone()
    if row is None:
        return None
    items, worst, why, may_be_there = row
    return OpenGeneration(items, worst, text_of(why), bool(may_be_there))


def _keep(db: sqlite3.Connection, key: _Key, to: OpenGeneration) -> bool:
    """Keep how far a generation is; forget it, and return True, once all of its items have ended."""
    if to.items:
        db.execute(_UPDATE, (to.items, to.worst, writable(to.why), to.may_be_there, *key))
    else:
        db.execute("DELETE FROM generation WHERE batch = ? AND id = ?", key)
    return not to.items


def drop(
    db: sqlite3.Connection, route: str, batch: int, items: Iterable[Iterable[str]], why: str
) -> list[str]:
    """End items that are not known any more but for their generations; return these generations.

    Those that have other items are told and counted once the last of these has ended.
    """
    dropped: dict[str, None] = {}
    ended: Counter[str] = Counter()
    for generation in (generation for named in items for generation in dict.fromkeys(named)):
        found = _opened(db, key := (batch, writable(generation)))
        if found is not None:
            dropped[generation] = None
            after = found.ended("undelivered", why)
            ended[after.worst] += _keep(db, key, after)
    add_counts(db, route, ended)
    return list(dropped)


_SELECT = "SELECT items, worst, why, may_be_there FROM generation WHERE batch = ? AND id = ?"
_UPDATE = "UPDATE generation SET items = ?, worst = ?, why = ?, may_be_there = ? WHERE batch = ? AND id = ?"


def add_counts(db: sqlite3.Connection, route: str, more: Mapping[str, int]) -> None:
    """Add to the counters of a route."""
    db.executemany(
        "INSERT INTO counter VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
        [(route, name, value) for name, value in more.items() if value],
    )


def counters(db: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Return the counters by route; `waiting` are generations that have not ended."""
    found: dict[str, dict[str, int]] = {}
    for route, name, value in db.execute("SELECT route, name, value FROM counter"):
        found.setdefault(route, {})[name] = value
    waiting = (
        "SELECT route, count(*) FROM generation JOIN batch ON batch.id = generation.batch GROUP BY route"
    )
    for route, value in db.execute(waiting):
        found.setdefault(route, {})["waiting"] = value
    return found


def waiting_generations(db: sqlite3.Connection, route: str) -> Iterator[str]:
    """Yield the generations of a route that have not ended."""
    rows = db.execute(
        "SELECT generation.id FROM generation JOIN batch ON batch.id = generation.batch WHERE route = ?"
        " ORDER BY batch.id, generation.id",
        (route,),
    ).fetchall()
    return (text_of(row[0]) for row in rows)
