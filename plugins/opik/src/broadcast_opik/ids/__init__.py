"""Ids for Opik: UUIDv7 that are functions of the original id and a time.

uuid7.py      one id
tree_ids.py   the ids of one trace tree, and how its rows link to each other
"""

from __future__ import annotations

from broadcast_opik.ids.tree_ids import ResolvedId, TreeIds, identify
from broadcast_opik.ids.uuid7 import opik_id

__all__ = ["ResolvedId", "TreeIds", "identify", "opik_id"]
