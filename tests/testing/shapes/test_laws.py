"""The laws of every destination, for the shapes: they are what authors begin with."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import settings

from broadcast_core import Request, Response
from broadcast_core.destinations import dumps
from broadcast_core.testing.shapes import ALL
from tests.testing.drawn import suite_of_kept

_FEW = settings(settings.get_profile("smoke"), max_examples=3)
"""Draws of each law: what every destination is put to is drawn more often elsewhere."""


def _of_keys(request: Request, places: frozenset[int]) -> Iterator[Response]:
    """Yield the answer of a platform that has a result for each item, and of one that leaves them out."""
    keys = {n: str(item.key) for n, item in enumerate(request.items)}
    results = {key: "drop" if n in places else "ok" for n, key in keys.items()}
    yield Response(status=200, body=dumps({"results": results}))
    known = {key: "ok" for n, key in keys.items() if n not in places}
    yield Response(status=200, body=dumps({"results": known}))


def _laws(name: str) -> type:
    return suite_of_kept(ALL[name].destination, ALL[name].options, profile=_FEW)


TestObjects = _laws("objects")
TestInserts = _laws("inserts")
TestStatements = _laws("statements")
TestProtobuf = _laws("protobuf")
TestMultipart = _laws("multipart")
TestBodySecret = _laws("body_secret")
TestResults = suite_of_kept(ALL["results"].destination, {}, profile=_FEW, refusing=_of_keys)
TestRuns = _laws("runs")
TestGroups = _laws("groups")


def test_no_shape_is_left_out() -> None:
    """Each has its laws."""
    assert sum(name.startswith("Test") for name in globals()) == len(ALL)
