"""The rows of the examples are those that are checked in, to be read by people."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from broadcast_opik.testing.server import OpikModel

PROJECT = Path(__file__).parents[3]
SCRIPT = runpy.run_path(str(PROJECT / "scripts" / "expected-rows"))
EXPECTED: Path = SCRIPT["EXPECTED"]
CASES: dict[str, list[Path]] = dict(SCRIPT["cases"]())


@pytest.mark.parametrize("name", CASES)
def test_the_rows_are_those_that_are_checked_in(name: str) -> None:
    """When this fails: run scripts/expected-rows and read what changed."""
    assert (EXPECTED / f"{name}.json").read_text(encoding="utf-8") == SCRIPT["written"](
        SCRIPT["rows"](CASES[name], name)
    )


def test_no_file_is_left_over() -> None:
    """Each belongs to an example."""
    assert set(CASES) == {path.stem for path in EXPECTED.glob("*.json")}


def _taken(name: str) -> OpikModel:
    model = OpikModel()
    rows = json.loads((EXPECTED / f"{name}.json").read_text(encoding="utf-8"))
    for kind in ("traces", "spans"):
        if rows[kind]:
            body = json.dumps({kind: rows[kind]}).encode()
            headers = {"Content-Type": "application/json"}
            answer = model.answer("POST", f"/v1/private/{kind}/batch", headers, body)
            assert (204, b"") == (answer.status, answer.body)
    return model


@pytest.mark.parametrize("name", CASES)
def test_a_server_takes_them(name: str) -> None:
    """As they stand in the file; the two tests of a connection have none."""
    model = _taken(name)

    assert (name in ("25-connection-test", "26-sample-trace")) == (model.traces() == {})


def test_the_support_ticket_is_one_trace_of_two_steps() -> None:
    """Under one named span, with the cost of both."""
    model = _taken("11-12-support-ticket")
    (trace,) = model.traces().values()

    assert ("Support ticket 4711", 3, 2) == (trace["name"], trace["span_count"], trace["llm_span_count"])
    assert ["bedrock", "openai"] == trace["providers"]
    assert {"Draft answer", "Sort the mail", "Write the reply"} == {row["name"] for row in model.spans()}


def test_the_session_is_one_thread_of_eight_messages() -> None:
    """Four traces."""
    model = _taken("13-16-session")
    (thread,) = model.threads().values()

    assert 4 == len(model.traces())
    assert 8 == thread["number_of_messages"]


@pytest.mark.parametrize("name", ["08-error", "09-cancelled", "exchange-error", "generation_api-failed"])
def test_a_failure_shows_on_trace_and_span_without_an_answer(name: str) -> None:
    """And costs nothing that nobody told."""
    model = _taken(name)
    rows: list[dict[str, Any]] = [*model.traces().values(), *model.spans()]

    assert [True, True] == ["error_info" in row and "output" not in row for row in rows]
    assert all("total_estimated_cost" not in row for row in rows)
