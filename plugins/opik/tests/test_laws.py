"""The laws of every destination, on the Opik destination: with the options that it needs, and with all."""

from __future__ import annotations

import pytest

from broadcast_core.testing.conformance import suite
from broadcast_opik import destination

ALL = {"workspace": "team", "project_name": "laws", "attempts": True, "id_scope": "project"}

TestLaws = suite(destination, {"workspace": "w"}, profile="smoke")
TestLawsOfAttempts = suite(destination, ALL, profile="smoke")
TestDeepLaws = pytest.mark.deep(suite(destination, ALL, profile="quick"))
