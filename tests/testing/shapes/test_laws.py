"""The laws of every destination, for the shapes: they are what authors begin with."""

from __future__ import annotations

from hypothesis import settings

from broadcast_core.testing.conformance import suite
from broadcast_core.testing.shapes import ALL

_FEW = settings(settings.get_profile("smoke"), max_examples=3)
"""Draws of each law: what every destination is put to is drawn more often elsewhere."""


def _laws(name: str) -> type:
    return suite(ALL[name].destination, ALL[name].options, profile=_FEW)


TestObjects = _laws("objects")
TestInserts = _laws("inserts")
TestStatements = _laws("statements")
TestProtobuf = _laws("protobuf")
TestMultipart = _laws("multipart")
TestBodySecret = _laws("body_secret")
TestResults = _laws("results")
TestRuns = _laws("runs")
TestGroups = _laws("groups")


def test_no_shape_is_left_out() -> None:
    """Each has its laws."""
    assert sum(name.startswith("Test") for name in globals()) == len(ALL)
