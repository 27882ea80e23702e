"""The official `opik` package accepts our rows (a test dependency, never a runtime one)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from broadcast_core import Generation, Route, plan
from broadcast_core.readers import read_text
from broadcast_opik import destination
from broadcast_opik.config import LOCAL

os.environ.setdefault("OPIK_SENTRY_ENABLE", "false")
os.environ.setdefault("OPIK_TRACK_DISABLE", "true")

EXAMPLES = Path(__file__).parents[3] / "examples"
ROUTE = Route.to(destination, {"base_url": LOCAL, "project_name": "demo", "attempts": True})


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    """Return the model of each kind of row; they take seconds to import, so only where they are used."""
    types = pytest.importorskip("opik.rest_api.types")
    return {"traces": types.TraceWrite, "spans": types.SpanWrite}


def _check(batch: list[Generation], models: dict[str, Any]) -> int:
    seen = 0
    for request in plan(batch, ROUTE).requests:
        ((name, rows),) = json.loads(request.body).items()
        for row in rows:
            models[name].model_validate(row)
            assert row.keys() <= models[name].model_fields.keys()
            seen += 1
    return seen


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_the_rows_of_every_example_are_accepted(path: Path, models: dict[str, Any]) -> None:
    """And have no key that the models do not know."""
    batch = list(read_text(path.read_bytes()).generations)

    assert bool(batch) == (_check(batch, models) >= 2)


@pytest.mark.parametrize(
    "base", [LOCAL, "https://www.comet.com/opik/api", "http://127.0.0.1:5173/opik~o/api"]
)
def test_the_page_of_a_trace_is_the_one_that_the_sdk_prints(base: str) -> None:
    """Its redirect finds the project by the trace."""
    helpers = pytest.importorskip("opik.url_helpers")
    trace = "01a21b06-f670-7fa0-a7bc-4cfea7684239"
    config = destination.describe().config(base_url=base)

    assert helpers.get_project_url_by_trace_id(trace, f"{base}/") == destination.page(trace, config)
