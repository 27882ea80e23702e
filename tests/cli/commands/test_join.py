"""`--join`: an exchange and its lookup are one generation, over chunks and runs, however they end."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from broadcast_core import load_state
from broadcast_core.cli import chunks
from broadcast_core.cli.files.checkpoint import Checkpoint
from tests.cli.served import Opik

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # a server runs meanwhile
Run = Callable[..., Any]
SAID = "How far is the moon?"


def exchange(number: int = 1) -> bytes:
    """Return what a client saw of a generation."""
    document = {
        "request": {"model": "a/b", "messages": [{"role": "user", "content": SAID}]},
        "response": {
            "id": f"gen-{number}",
            "choices": [{"message": {"role": "assistant", "content": "far"}, "finish_reason": "stop"}],
        },
        "started_at": f"2026-11-23T10:00:{number:02}.400Z",
        "ended_at": f"2026-11-23T10:00:{number:02}.900Z",
    }
    return json.dumps(document).encode() + b"\n"


def lookup(number: int = 1) -> bytes:
    """Return what `GET /generation` says of it, whose clock is ahead."""
    document = {
        "id": f"gen-{number}",
        "created_at": f"2026-11-23T10:00:{number:02}.300Z",
        "total_cost": 0.25,
        "latency": 450,
        "model": "a/b",
        "provider_name": "B",
    }
    return json.dumps({"data": document}).encode() + b"\n"


def _spans(server: Opik) -> list[tuple[Any, ...]]:
    """Return the words and the cost of each span."""
    return sorted(
        (
            row["metadata"]["openrouter_observation_id"],
            SAID in json.dumps(row.get("input")),
            row.get("total_estimated_cost"),
        )
        for row in server.model.spans()
    )


WHOLE = [(f"gen-{n}", True, Decimal("0.25")) for n in (1, 2)]


def test_two_runs_make_one_span(run: Run, server: Opik, tmp_path: Path) -> None:
    """With a state; the second says what it joined, and the span has the words and the cost."""
    state = tmp_path / "state.json"
    first = run("send", *server.to(), "--join", "--state", state, stdin=exchange())
    second = run("send", *server.to(), "--join", "--state", state, stdin=lookup())

    assert (0, 0, WHOLE[:1]) == (first.code, second.code, _spans(server))
    assert 1 == len(server.model.traces())
    assert any("joined with what was let out of it before" in line for line in second.messages)
    assert SAID in state.read_text()


def test_without_it_nothing_is_kept(run: Run, server: Opik, tmp_path: Path) -> None:
    """And the lookup is another span, whose ids hang on its own start; a state of before is emptied."""
    state = tmp_path / "state.json"
    assert 0 == run("send", *server.to(), "--state", state, "--join", stdin=exchange()).code
    assert 0 == run("send", *server.to(), "--state", state, stdin=lookup()).code

    assert 2 == len(server.model.spans())
    assert {} == load_state(state.read_bytes())["opik"].let_out
    assert SAID not in state.read_text()


def test_content_of_another_policy_is_not_sent_again(run: Run, server: Opik, tmp_path: Path) -> None:
    """Of what was let out under it the identity stays, and no word."""
    state = tmp_path / "state.json"
    assert 0 == run("send", *server.to(), "--join", "--state", state, stdin=exchange()).code
    sent = len(server.batches)
    ran = run("send", *server.to(), "--privacy", "--join", "--state", state, stdin=lookup())

    assert (0, 1) == (ran.code, len({row["id"] for row in server.model.span_rows()}))
    assert not any(SAID.encode() in body for body in server.batches[sent:])
    assert SAID not in state.read_text()


@pytest.mark.parametrize("command", ["plan", "send"])
def test_one_input_is_joined_over_its_chunks(
    command: str, run: Run, server: Opik, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far apart they stand."""
    monkeypatch.setattr(chunks, "CHUNK_GENERATIONS", 1)
    text = exchange(1) + exchange(2) + lookup(1) + lookup(2)
    ran = run(command, *server.to(), "--join", stdin=text)

    assert 0 == ran.code
    if command == "send":
        assert WHOLE == _spans(server)
    else:
        rows = [row for line in ran.stdout.splitlines() for row in json.loads(line)["body"].get("spans", ())]
        assert 2 == len({row["id"] for row in rows})
        assert [SAID in json.dumps(row) for row in rows] == [True] * len(rows)


def _killed(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_run_that_is_killed_joins_on(
    after: int, run: Run, server: Opik, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it let out is in its checkpoint."""
    monkeypatch.setattr(chunks, "CHUNK_GENERATIONS", 1)
    source = tmp_path / "day.ndjson"
    source.write_bytes(exchange(1) + exchange(2) + lookup(1) + lookup(2))
    keep, seen = Checkpoint.keep_plan, list[int]()

    def keep_some(checkpoint: Checkpoint, *arguments: Any) -> None:
        keep(checkpoint, *arguments)
        seen.append(1)
        if len(seen) == after:
            _killed()

    if (child := os.fork()) == 0:
        Checkpoint.keep_plan = keep_some  # type: ignore[method-assign]
        run("send", *server.to(), source, "--join")
        os._exit(0)
    assert -signal.SIGKILL == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    assert (0, WHOLE) == (run("send", *server.to(), source, "--join").code, _spans(server))
    assert 2 == len(server.model.traces())


def test_with_a_sample_it_is_refused(run: Run, server: Opik) -> None:
    """A sample is one trace of ours."""
    ran = run("send", *server.to(), "--sample", "--join")

    assert (2, True) == (ran.code, "--sample sends a trace of its own" in ran.stderr)
