"""The laws of every destination, on the Opik destination: with the options that it needs, and with all."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from broadcast_core.destinations import Request, Response
from broadcast_core.testing.conformance import suite
from broadcast_opik import destination

ALL = {"workspace": "team", "project_name": "laws", "attempts": True, "id_scope": "project"}


def _refusing(request: Request, places: frozenset[int]) -> Iterator[Response]:
    """Yield what Opik answers to rows without a start, in any order, also with more than one rule a row."""
    rows = [f"{request.endpoint.name}[{n}]" for n in sorted(places)]
    for words in (
        [f"{row}.startTime must not be null" for row in rows],
        [
            f"{row}.{what}"
            for what in ("ttft must be less than 5", "name must not be blank")
            for row in reversed(rows)
        ],
    ):
        yield Response(status=422, body=json.dumps({"errors": words}).encode())


TestLaws = suite(destination, {"workspace": "w"}, profile="smoke", refusing=_refusing)
TestLawsOfAttempts = suite(destination, ALL, profile="smoke", refusing=_refusing)
TestDeepLaws = pytest.mark.deep(suite(destination, ALL, profile="quick"))
