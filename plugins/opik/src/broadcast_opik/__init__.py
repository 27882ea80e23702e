"""Broadcast to Comet Opik.

config.py       the options of a route        ids.py       UUIDv7 from original ids
trace.py        the trace row                 span.py      named, llm and attempt spans
metadata.py     the caller's keys and ours    chat.py      shapes that Opik renders
usage.py        token counts                  provider.py  Opik's provider names
limits.py       what a server takes           connection.py  key, workspace, connection test
row.py          one row as JSON               opik.py        the contract, filled in
"""

from __future__ import annotations

from broadcast_opik.config import OpikConfig
from broadcast_opik.ids import opik_id
from broadcast_opik.opik import Opik

destination = Opik()
"""What the entry point `opik` of `broadcast_core.destinations` loads."""

__all__ = ["Opik", "OpikConfig", "destination", "opik_id"]
