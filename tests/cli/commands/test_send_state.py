"""`broadcast send --state`: one trace in several runs, however each of them ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core import load_state
from broadcast_core.cli import chunks
from broadcast_core.cli.files.checkpoint import Checkpoint
from broadcast_core.destinations import Response
from broadcast_opik.testing.server import OpikModel
from tests.cli.served import Opik, opik
from tests.runs_with_state import lock_of, saved_ids, step

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # a server runs meanwhile
Run = Callable[..., Any]
ALL = {"gen-0", "gen-1", "gen-2"}


@pytest.fixture
def state(run: Run, server: Opik, tmp_path: Path) -> Path:
    """Return the state of an earlier run, which sent the first step of a trace."""
    path = tmp_path / "state.json"
    assert 0 == run("send", *server.to(), "--state", path, stdin=step(0)).code
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a file with the other steps."""
    path = tmp_path / "day.ndjson"
    path.write_bytes(step(1) + step(2))
    return path


def _kept(model: OpikModel) -> tuple[Any, ...]:
    return model.traces(), model.spans(), model.undefined


@pytest.fixture
def once(run: Run) -> tuple[Any, ...]:
    """Return what a server has after one run of all steps."""
    with opik() as other:
        assert 0 == run("send", *other.to(), stdin=step(0) + step(1) + step(2)).code
        return _kept(other.model)


def test_two_runs_with_a_state_end_as_one(
    run: Run, server: Opik, state: Path, source: Path, once: tuple[Any, ...]
) -> None:
    """The state is there for the run after, private, and nothing else is left."""
    ran = run("send", *server.to(), source, "--state", state)

    assert (0, once, ALL) == (ran.code, _kept(server.model), saved_ids(state, "opik"))
    assert {state, lock_of(state), source} == set(source.parent.iterdir())
    assert 0o600 == state.stat().st_mode & 0o777


def _killed(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _after_the_first_chunk(patch: pytest.MonkeyPatch) -> None:
    keep = Checkpoint.keep_plan

    def keep_one(checkpoint: Checkpoint, *arguments: Any) -> None:
        keep(checkpoint, *arguments)
        patch.setattr(Checkpoint, "keep_plan", _killed)

    patch.setattr(chunks, "CHUNK_GENERATIONS", 1)
    patch.setattr(Checkpoint, "keep_plan", keep_one)


POINTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "before the state is loaded": lambda patch: patch.setattr(Checkpoint, "begin", _killed),
    "while it plans": _after_the_first_chunk,
    "before the state is in its place": lambda patch: patch.setattr(os, "replace", _killed),
    "before that is in the checkpoint": lambda patch: patch.setattr(Checkpoint, "keep_saved_state", _killed),
    "before the checkpoint is removed": lambda patch: patch.setattr(os, "unlink", _killed),
}


def _run_and_kill(run: Run, point: str, *command: object) -> None:
    """Run a command in a process of its own that is killed at a point."""
    if (child := os.fork()) == 0:
        POINTS[point](pytest.MonkeyPatch())
        run(*command)
        os._exit(0)
    assert -signal.SIGKILL == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("point", POINTS)
def test_a_run_that_is_killed_goes_on(
    point: str, run: Run, server: Opik, state: Path, source: Path, once: tuple[Any, ...]
) -> None:
    """With the state that it began with, or has come to: what is there is what one run leaves."""
    command = ("send", *server.to(), source, "--state", state)
    _run_and_kill(run, point, *command)
    assert source.with_name("day.ndjson.checkpoint").exists()
    ran = run(*command)

    assert (0, once, ALL) == (ran.code, _kept(server.model), saved_ids(state, "opik"))
    assert {state, lock_of(state), source} == {
        path for path in source.parent.iterdir() if not path.name.endswith(".partial")
    }


def _stopped(run: Run, server: Opik, source: Path, state: Path) -> tuple[Any, ...]:
    """Let a run stop after it has planned, and return its command."""
    command = ("send", *server.to(), source, "--state", state)
    server.refusal = lambda _path, _body: Response(status=502)
    assert 4 == run(*command, "--tries", 1).code
    server.refusal = lambda _path, _body: None
    return command


def test_the_state_is_written_once_all_is_planned_also_where_nothing_is_delivered(
    run: Run, server: Opik, state: Path, source: Path, once: tuple[Any, ...]
) -> None:
    """What waits is safe in the checkpoint, so that other runs may go on from there."""
    command = _stopped(run, server, source, state)
    assert ALL == saved_ids(state, "opik")
    written = state.read_bytes()

    assert (0, once, written) == (run(*command).code, _kept(server.model), state.read_bytes())


def test_a_checkpoint_goes_on_with_its_own_state_alone(
    run: Run, server: Opik, state: Path, source: Path
) -> None:
    """Another file, or none, would end as another trace."""
    _stopped(run, server, source, state)
    sent = len(server.sent)
    for arguments in ([], ["--state", state.with_name("other")]):
        ran = run("send", *server.to(), source, *arguments)
        what = f"this is of a run with --state {state}: give the ones that it began with"
        assert (2, sent, True) == (ran.code, len(server.sent), what in ran.stderr)


def test_a_state_that_cannot_be_written_stays_in_the_checkpoint(
    run: Run, server: Opik, state: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is delivered, and the next run writes it."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        ran = run("send", *server.to(), source, "--state", state)

    what = "all requests were planned, the state was not: fix that and run this again"
    assert (2, f"error: {state}: cannot be written: no space left on device; {what}") == (
        ran.code,
        ran.errors[0],
    )
    assert 2 + 1 == len(server.model.spans())
    assert {"gen-0"} == saved_ids(state, "opik")

    assert 0 == run("send", *server.to(), source, "--state", state).code
    assert ALL == saved_ids(state, "opik")
    assert {state, lock_of(state), source} == set(source.parent.iterdir())


def test_what_another_run_has_saved_meanwhile_is_kept(
    run: Run, server: Opik, state: Path, source: Path
) -> None:
    """A killed run goes on after it: both traces are there, and that one is told of which both have."""
    command = ("send", *server.to(), source, "--state", state)
    _run_and_kill(run, "before the state is in its place", *command)
    assert 0 == run("send", *server.to(), "--state", state, stdin=step(3) + step(4, "two")).code
    ran = run(*command)

    assert 0 == ran.code
    assert {"one", "two"} == set(load_state(state.read_bytes())["opik"].traces)
    what = "another run has saved 1 of the same traces since this one began"
    assert f"note: {state}: {what}: they are saved as this one has them" in ran.messages
