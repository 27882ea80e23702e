"""Broadcast to Comet Opik.

plugin.py        the contract, filled in            config.py     the options of a route
endpoints.py     where rows go, and the limits      scope.py      what ids are unique in
mapping/         trace trees to rows                ids/          UUIDv7 from original ids
auth.py          the API key of a request            connection.py the connection test
answers.py       which rows an answer refuses
testing/         a strict model of the server
"""

from __future__ import annotations

from broadcast_opik.config import OpikConfig
from broadcast_opik.ids import opik_id
from broadcast_opik.plugin import Opik

destination = Opik()
"""What the entry point `opik` of `broadcast_core.destinations` loads."""

__all__ = ["Opik", "OpikConfig", "destination", "opik_id"]
