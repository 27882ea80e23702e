"""The laws of every destination, on the Opik destination: with the options that it needs, and with all."""

from __future__ import annotations

from broadcast_core.testing.conformance import suite
from broadcast_opik import destination

TestLaws = suite(destination, {"workspace": "w"})
TestLawsOfAttempts = suite(
    destination, {"workspace": "team", "project_name": "laws", "attempts": True, "id_scope": "project"}
)
