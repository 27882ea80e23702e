"""`broadcast id`: from an original id to the ids at a destination."""

from __future__ import annotations

import json
from typing import Any

import pytest

from broadcast_core import Route, plan
from broadcast_core.cli.app import broadcast
from broadcast_core.plugins import destination
from broadcast_core.readers import read_text
from broadcast_core.record.field_checks import written_time
from broadcast_opik.config import LOCAL
from tests.paths import EXAMPLES
from tests.runner import runner

DELIVERIES = EXAMPLES / "deliveries"


TO = ("--to", "opik", "-o", "workspace=team")


def _run(*arguments: str) -> Any:
    return runner().invoke(broadcast, list(arguments))


def _ids(original: str, time: str) -> dict[str, str]:
    ids: dict[str, str] = json.loads(_run("id", original, time, *TO, "--json").stdout)
    return ids


def _rows(name: str) -> tuple[Any, Any, Any]:
    (generation,) = read_text((DELIVERIES / f"{name}.json").read_bytes()).generations
    traces, spans = plan([generation], Route.to(destination("opik"), {"base_url": LOCAL})).requests
    return generation, json.loads(traces.body)["traces"][0], json.loads(spans.body)["spans"][-1]


def test_the_ids_of_a_generation_are_those_of_its_plan() -> None:
    """Its span, and the trace that it is on its own."""
    generation, trace, span = _rows("02-streamed")
    ids = _ids(generation.id, written_time(generation.timing.start))

    assert (trace["id"], span["id"]) == (ids["generation's trace"], ids["generation"])


def test_the_id_of_a_trace_is_that_of_its_plan() -> None:
    """By the caller's trace id and its first generation."""
    generation, trace, _ = _rows("11-trace-step-1")

    assert trace["id"] == _ids("support-ticket-4711", written_time(generation.timing.start))["trace"]


def test_the_ids_for_people_are_a_line_each() -> None:
    """Kind and id."""
    result = _run("id", "support-ticket-4711", "2026-11-23T06:30:12.048Z", *TO)

    assert 0 == result.exit_code
    assert "trace               01a20719-0d50-79bc-a794-d718adfc689c\n" in result.output


def test_an_own_uuid7_is_its_own_id() -> None:
    """As a trace and as a generation."""
    own = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    ids = _ids(own, "2026-11-23T06:30:12Z")

    assert own == ids["trace"] == ids["generation"] != ids["generation's trace"]


def test_a_trace_of_the_callers_own_is_not_moved_by_a_backfill() -> None:
    """Its id stands beside the one that a trace row of ours would have."""
    own = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    backfill = ("-o", "as_of=2026-11-23T10:00:00Z", "-o", "backfill=true")
    output = json.loads(_run("id", own, "2022-02-22T19:22:22.000Z", *TO, "--json", *backfill).output)
    attach = _run("id", own, "2022-02-22T19:22:22.000Z", *TO, "-o", "attach=true", *backfill)

    assert own == output["your own trace"] != output["trace"]
    assert f"trace               {own}\n" in attach.output
    assert "your own trace" not in attach.output


@pytest.mark.parametrize(
    ("time", "is_reported"), [("10:00:00", True), ("10:00:00.000", False), ("10:00:00,000", False)], ids=str
)
def test_a_time_without_milliseconds_is_reported(time: str, is_reported: bool) -> None:
    """A log line may have cut them, and the id would be another."""
    result = _run("id", "x", f"2026-11-23T{time}Z", *TO, "--json")

    assert 0 == result.exit_code
    assert is_reported == ("note: taken as exactly 2026-11-23T10:00:00Z" in result.stderr)
    assert {"trace", "generation", "generation's trace"} == json.loads(result.stdout).keys()


@pytest.mark.parametrize("time", ["yesterday", "2026-11-23T06:30:12", "1950-01-01T00:00:00Z"])
def test_a_time_must_be_one(time: str) -> None:
    """With a zone, and within what ids can say."""
    result = _run("id", "x", time, *TO)

    assert 2 == result.exit_code
    assert "expected a time" in result.stderr
