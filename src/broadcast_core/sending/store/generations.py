"""The generations of the plans in a store: how many of their items have not ended, and counts of outcomes."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from broadcast_core.delivery.job import EndedItem, ItemStatus
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.sending.store.values import text_of, writable

_WORST: Mapping[ItemStatus, int] = {"delivered": 0, "undelivered": 1, "refused": 2}


@frozen
class _Open:
    """A generation whose items have not all ended: how many, the worst of the others, and why."""

    items: int
    worst: ItemStatus
    why: str
    may_be_there: bool

    def after(self, one: EndedItem) -> _Open:
        """Return it after one more item has ended."""
        why = "" if one.status == "delivered" else f"{one.item.endpoint}: {one.why}"
        known = self.why.split("; ") if self.why else []
        reasons = [*known, why] if why and why not in known else known
        worst = max(self.worst, one.status, key=_WORST.__getitem__)
        return _Open(self.items - 1, worst, "; ".join(reasons), self.may_be_there or one.may_be_there)


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
        for generation in dict.fromkeys(one.item.generations):
            key = (batch, writable(generation))
            open_ = _Open(*db.execute(_SELECT, key).fetchone()).after(one)
            if open_.items:
                db.execute(_UPDATE, (open_.items, open_.worst, open_.why, open_.may_be_there, *key))
                continue
            db.execute("DELETE FROM generation WHERE batch = ? AND id = ?", key)
            outcomes.append(
                DeliveryOutcome(
                    route=route,
                    generation=generation,
                    status=open_.worst,
                    why=open_.why,
                    may_be_there=bool(open_.may_be_there),
                )
            )
    add_counts(db, route, Counter(outcome.status for outcome in outcomes))
    return outcomes


def drop(
    db: sqlite3.Connection, route: str, batch: int, items: Iterable[Iterable[str]], why: str
) -> list[str]:
    """End items that are not known any more but for their generations; return the generations that end."""
    ended: list[str] = []
    for named in items:
        for generation in dict.fromkeys(named):
            key = (batch, writable(generation))
            found = db.execute(_SELECT, key).fetchone()
            if found is None:
                continue
            open_ = _Open(*found)
            if open_.items > 1:
                worst = max(open_.worst, "undelivered", key=_WORST.__getitem__)
                db.execute(_UPDATE, (open_.items - 1, worst, open_.why or why, open_.may_be_there, *key))
            else:
                db.execute("DELETE FROM generation WHERE batch = ? AND id = ?", key)
                ended.append(generation)
    add_counts(db, route, {"undelivered": len(ended)})
    return ended


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
