"""Section 6: the traces of one project with one `thread_id`, as a conversation."""

from __future__ import annotations

from collections.abc import Iterable

from broadcast_core.jsontext import Json
from broadcast_opik.testing.rollup import totals
from broadcast_opik.testing.tables import Row
from broadcast_opik.testing.values import instant


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
