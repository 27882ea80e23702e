"""What two servers must have in common when the UUID of a trace may differ: everything but that.

The UUID of a trace is fixed by whoever comes first, and its named spans hang on it: docs/opik-grouping.md.
So does the `opik_event_id` that a backfill keeps for both, or for one of them.
"""

from __future__ import annotations

from typing import Any

from broadcast_core.jsontext import Json
from broadcast_opik.testing.server import OpikModel


def state_but_for_uuids(model: OpikModel) -> tuple[Any, ...]:
    """Return traces, spans and threads with traces named by the caller's id, and named spans by name."""
    traces = {uuid: row["metadata"]["openrouter_trace_id"] for uuid, row in model.traces().items()}
    named = {
        row["id"]: [traces[row["trace_id"]], row["name"]] for row in model.spans() if row["type"] == "general"
    }

    def plain(row: dict[str, Json]) -> str:
        ids: dict[str, Json] = {"id": traces.get(row["id"]) or named.get(row["id"]) or row["id"]}
        if "trace_id" in row:
            ids["trace_id"] = traces[row["trace_id"]]
            parent = row.get("parent_span_id")
            ids["parent_span_id"] = named.get(parent, parent)
        if row["id"] in traces or row["id"] in named:
            ids["metadata"] = {key: value for key, value in row["metadata"].items() if key != "opik_event_id"}
        return repr(sorted({**row, **ids}.items(), key=lambda pair: pair[0]))

    return sorted(map(plain, model.traces().values())), sorted(map(plain, model.spans())), model.threads()
