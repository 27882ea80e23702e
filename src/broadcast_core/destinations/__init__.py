"""Destinations: what a plugin is, and all that its author needs, under one import.

contract.py       what every destination offers     capabilities.py   what it may offer beside
"""

from __future__ import annotations

from broadcast_core.batching import Endpoint, Item, Request, Response, Unmapped
from broadcast_core.destinations.capabilities import Identifies, Place, Places
from broadcast_core.destinations.contract import Checked, Destination
from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.errors import ConfigError
from broadcast_core.traces import TraceTree

__all__ = [
    "Checked",
    "ConfigError",
    "Destination",
    "Diagnostic",
    "Endpoint",
    "Identifies",
    "Item",
    "Place",
    "Places",
    "Problem",
    "Request",
    "Response",
    "TraceTree",
    "Unmapped",
]
