"""Broadcast to anything that takes lines of JSON over HTTP.

plugin.py   the whole destination
"""

from __future__ import annotations

from broadcast_ndjson.plugin import Config, Ndjson

destination = Ndjson()
"""What the entry point `ndjson` of `broadcast_core.destinations` loads."""

__all__ = ["Config", "Ndjson", "destination"]
