"""Broadcast to Comet Opik.

config.py       the options of a route        context.py   what the rows of one tree share
trace.py        the trace row                 span.py      named, llm and attempt spans
ids.py          UUIDv7 from original ids      naming.py    the ids of one tree
window.py       the times of ids              metadata.py  the caller's keys and ours
chat.py         shapes that Opik renders      responses.py items of that API as messages
usage.py        tokens and cost               places.py    paths that tell no content
text.py         names, tags, environments     field.py     JSON within its size
provider.py     Opik's provider names         limits.py    what a server takes
row.py          one row as JSON               scope.py     what ids are unique in
connection.py   key, workspace, connection test
opik.py         the contract, filled in       testing/     a strict model of the server
"""

from __future__ import annotations

from broadcast_opik.config import OpikConfig
from broadcast_opik.ids import opik_id
from broadcast_opik.opik import Opik

destination = Opik()
"""What the entry point `opik` of `broadcast_core.destinations` loads."""

__all__ = ["Opik", "OpikConfig", "destination", "opik_id"]
