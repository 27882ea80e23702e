"""Broadcast as lines of JSON: to a directory, or to anything that takes them over HTTP.

plugin.py      the destination
directory.py   files in a directory in place of a server
"""

from __future__ import annotations

from broadcast_ndjson.plugin import Config, Ndjson

destination = Ndjson()
"""What the entry point `ndjson` of `broadcast_core.destinations` loads."""

__all__ = ["Config", "Ndjson", "destination"]
