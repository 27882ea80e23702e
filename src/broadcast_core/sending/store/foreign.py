"""Requests in a store that are not of their route any more: its place has changed, or they are damaged."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from broadcast_core.batching import Item
from broadcast_core.delivery.job import EndedItem
from broadcast_core.errors import StoredFormError
from broadcast_core.sending.store.generations import fold
from broadcast_core.sending.store.jobs import Change, Target, whole_body
from broadcast_core.sending.store.letters import add_stored_letter
from broadcast_core.sending.store.values import packed


def give_up(
    db: sqlite3.Connection, target: Target, numbers: Mapping[int, str], now: datetime
) -> list[Change]:
    """End requests that are not of the route any more: each is a dead letter with its reason."""
    return [_give_up(db, target, number, why, now) for number, why in numbers.items()]


def _give_up(db: sqlite3.Connection, target: Target, number: int, why: str, now: datetime) -> Change:
    columns = "batch, head, body, size, is_sent OR is_unknown"
    found = db.execute(f"SELECT {columns} FROM request WHERE number = ?", (number,))  # noqa: S608  # ours
    batch, head, body, size, may_be_there = found.fetchone()
    more = {"status": "undelivered", "why": why, "may_be_there": bool(may_be_there)}
    kept = body if _is_whole(body) else packed(body)
    add_stored_letter(db, target.route.name, head, kept, size, more, now)
    db.execute("DELETE FROM request WHERE number = ?", (number,))
    ended = [
        EndedItem(item=item, status="undelivered", why=why, may_be_there=bool(may_be_there))
        for item in _named_in(head)
    ]
    outcomes = fold(db, target.route.name, batch, ended)
    return Change(requests=-1, bytes=-size, outcomes=tuple(outcomes))


def _named_in(head: bytes) -> list[Item]:
    """Return the items of a stored request without their bytes: whom each is of."""
    fields: dict[str, Any] = json.loads(head)
    endpoint = str(fields["endpoint"])
    return [
        Item(endpoint=endpoint, body=b"", generations=tuple(one["generations"])) for one in fields["items"]
    ]


def _is_whole(body: bytes) -> bool:
    try:
        whole_body(body)
    except StoredFormError:
        return False
    return True
