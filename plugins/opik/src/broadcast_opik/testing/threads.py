"""Sections 0 and 6: the traces of one project with one `thread_id`, as a conversation, and its record."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from attrs import define, field

from broadcast_core.jsontext import Json
from broadcast_opik.testing.rollup import totals
from broadcast_opik.testing.rulebook import measured
from broadcast_opik.testing.tables import Row
from broadcast_opik.testing.values import instant

LONGEST = 150
"""The whole characters of an id that the table of thread records holds."""


@measured(0, "a thread id of over 150 characters is a 204, and no thread of that request gets its record")
@measured(0, "thread ids that differ only in case, accents or trailing spaces share a record")
@define
class Records:
    """The records of threads, which are made in the background; what is done with a thread needs its own."""

    _known: dict[str, str] = field(factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        """Make the records of the threads of one request: of all, or of none."""
        names = [row["thread_id"] for row in rows if row.get("thread_id")]
        if all(len(name) <= LONGEST for name in names):
            for name in names:
                self._known.setdefault(_alike(name), name)

    def of(self, thread: str) -> str | None:
        """Return the id under which the record of a thread stands, None when there is none."""
        return self._known.get(_alike(thread))


def _alike(name: str) -> str:
    """Return a name as the collation of the table compares it."""
    plain = unicodedata.normalize("NFKD", name.rstrip(" ")).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char))


def threads_of(traces: Iterable[Row]) -> dict[str, dict[str, Json]]:
    """Return the threads of some traces as they are shown, by id."""
    found: dict[str, list[Row]] = {}
    for trace in traces:
        if trace.get("thread_id"):
            found.setdefault(trace["thread_id"], []).append(trace)
    return {name: _thread(rows) for name, rows in sorted(found.items())}


def _thread(rows: list[Row]) -> dict[str, Json]:
    """One trace counts as two messages; the last answer is that of the latest end, so send end times."""
    first = min(rows, key=lambda row: (instant(row["start_time"]), row["id"]))
    ended = [row for row in rows if "end_time" in row]
    last = max(ended, key=lambda row: (instant(row["end_time"]), row["id"])) if ended else {}
    return {
        "number_of_messages": 2 * len({row["id"] for row in rows}),
        "start_time": first["start_time"],
        "end_time": last.get("end_time"),
        "first_message": first.get("input"),
        "last_message": last.get("output"),
        **totals(rows),
    }
