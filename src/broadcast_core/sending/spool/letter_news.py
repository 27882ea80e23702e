"""A line for the person in charge when there are new dead letters: why, without content, once a minute."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

from broadcast_core.sending.spool.dead_letters import newest_letter, reason
from broadcast_core.sending.store import Store

_EVERY = timedelta(minutes=1)
_LOOKED_AT, _NAMED = 100, 3


class LetterNews:
    """Tells `report` of dead letters that came since it was made, as long as it is asked to look."""

    def __init__(self, store: Store, clock: Callable[[], datetime], report: Callable[[str], None]) -> None:
        self._store, self._clock, self._report = store, clock, report
        self._known = store.do(newest_letter)
        self._told: datetime | None = None

    def look(self) -> None:
        """Say what is new, unless something was said within the last minute."""
        now = self._clock()
        if self._told is not None and now - self._told < _EVERY:
            return
        newest, line = self._store.do(lambda db: _news(db, self._known))
        self._known = newest
        if line is not None:
            self._told = now
            self._report(line)


def _news(db: sqlite3.Connection, known: int) -> tuple[int, str | None]:
    """Return the number of the newest letter, and what to say of those after one that is known."""
    newest = newest_letter(db)
    if newest <= known:
        return known, None
    count = db.execute("SELECT count(*) FROM letter WHERE id > ?", (known,)).fetchone()[0]
    rows = db.execute(
        "SELECT route, head FROM letter WHERE id > ? ORDER BY id DESC LIMIT ?", (known, _LOOKED_AT)
    )
    reasons = [*dict.fromkeys(reason(route, json.loads(head)["why"]) for route, head in rows)]
    more = f"; and {len(reasons) - _NAMED} more reasons" if len(reasons) > _NAMED else ""
    why = "; ".join(reasons[:_NAMED]) + more
    return newest, f"new dead letters: {count} ({why}); `broadcast letters` writes them to a file"
