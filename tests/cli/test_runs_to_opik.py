"""One agent run in several runs of the command ends on the server as in one, when they share a state."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from broadcast_opik.testing.alike import state_but_for_uuids
from broadcast_opik.testing.server import OpikModel

TO = ("--to", "opik", "-o", "base_url=http://localhost:5173/api", "-o", "project_name=demo")
Run = Callable[..., Any]
EARLIEST, MIDDLE, LATEST = range(3)
ORDERS = {
    "in order": (EARLIEST, MIDDLE, LATEST),
    "the earliest first": (EARLIEST, LATEST, MIDDLE),
    "the earliest late": (MIDDLE, EARLIEST, LATEST),
    "backwards": (LATEST, MIDDLE, EARLIEST),
}


def _step(number: int, trace_id: str = "agent-run-7") -> bytes:
    """Return one request of the agent: question, answer, tokens, keys of its own; the last one fails."""
    times = {"start": f"2026-11-23T10:0{number}:00.5Z", "end": f"2026-11-23T10:0{number}:02Z"}
    trace = {
        "trace_id": trace_id,
        "span_name": "think",
        "trace_name": f"name of {number}",
        "tags": [f"t{number}"],
        "metadata": {"step": number, f"only {number}": [number, None]},
    }
    document = {
        "id": f"gen-{number}",
        "timing": {**times, "first_token_ms": 250.25},
        "trace": trace,
        "identity": {"user_id": f"user {number}", "session_id": "s-1"},
        "usage": {"input_tokens": 3 + number, "output_tokens": 4},
        "content": {
            "input": {"messages": [{"role": "user", "content": f"qüestion {number}"}]},
            "output": {"choices": [{"message": {"role": "assistant", "content": f"answer {number} 😀"}}]},
        },
        **({"status": "error", "failure": {"message": "no more"}} if number == LATEST else {}),
    }
    return json.dumps(document).encode() + b"\n"


def _sent(model: OpikModel, run: Run, steps: Sequence[bytes], *arguments: object) -> None:
    """Plan some steps in one run, and send its requests."""
    ran = run("plan", *TO, *arguments, "-q", stdin=b"".join(steps))
    assert 0 == ran.code, ran.stderr
    for request in ran.requests:
        path = "/v1/" + request["url"].partition("/v1/")[2]
        body = json.dumps(request["body"]).encode()
        answer = model.answer(request["method"], path, request["headers"], body)
        assert (204, b"") == (answer.status, answer.body)


def _state(model: OpikModel) -> tuple[Any, ...]:
    return model.traces(), model.spans(), model.threads()


@pytest.fixture
def once(run: Run) -> OpikModel:
    """Return the server after one run with all steps."""
    model = OpikModel()
    _sent(model, run, [_step(n) for n in ORDERS["in order"]])
    return model


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_three_runs_with_a_state_end_as_one(
    order: Sequence[int], run: Run, once: OpikModel, tmp_path: Path
) -> None:
    """But for the UUID of the trace; exactly, when the earliest comes first."""
    model = OpikModel()
    for number in order:
        _sent(model, run, [_step(number)], "--state", tmp_path / "state.json")

    assert 1 == len(model.traces())
    assert state_but_for_uuids(once) == state_but_for_uuids(model)
    assert (order[0] == EARLIEST) == (_state(once) == _state(model))
    assert [] == model.undefined


def test_a_run_that_is_repeated_changes_nothing(run: Run, once: OpikModel, tmp_path: Path) -> None:
    """Neither with the state of before, when it could not be kept, nor with its own."""
    model, state = OpikModel(), tmp_path / "state.json"
    for number in ORDERS["in order"]:
        before = state.read_bytes() if state.exists() else None
        for again in (False, True, True):
            if again and before is not None:
                state.write_bytes(before)
            _sent(model, run, [_step(number)], "--state", state)
        _sent(model, run, [_step(number)], "--state", state)

    assert _state(once) == _state(model)
    assert [] == model.undefined


def test_without_a_state_each_run_makes_a_trace(run: Run) -> None:
    """As the documentation says; with a trace id that carries a time there is one, and its row is poorer."""
    model, timed = OpikModel(), OpikModel()
    for number in ORDERS["in order"]:
        _sent(model, run, [_step(number)])
        _sent(timed, run, [_step(number, "gen-1795428000-x")])

    assert 3 == len(model.traces())
    (row,) = timed.traces().values()
    assert "qüestion 2" == row["input"]["messages"][0]["content"]
