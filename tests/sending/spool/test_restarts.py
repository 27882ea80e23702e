"""Restarts, and the process that plans: what a platform gets does not tell how often anything ended."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from broadcast_core import Route
from broadcast_core.plugins import destination
from broadcast_core.sending.spool import planner_loop, planner_process
from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel
from tests.paths import ROOT
from tests.sending.spool.platform import ENDS_THE_PLANNER, Platform, record
from tests.sending.spool.running import letters_in, running, wait_until

DELIVERIES = [path.read_bytes() for path in sorted((ROOT / "examples/deliveries").glob("1[1-6]*.json"))]
"""Two steps of one trace, and four turns of a session."""
posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def _route(url: str) -> Route:
    return Route.to(destination("opik"), {"base_url": url, "project_name": "demo"})


def _shown(model: OpikModel) -> Any:
    traces = {name: dict(row) for name, row in model.traces().items()}
    return traces, model.spans(), model.threads()


@pytest.fixture(scope="module")
def undisturbed() -> Any:
    """What the platform shows of a run that nothing disturbed."""
    model = OpikModel()
    with served(model) as url, running(None, _route(url)) as one:
        one.accept(*DELIVERIES)
        one.drain()
    return _shown(model)


def test_what_comes_before_and_after_restarts_is_one_trace(tmp_path: Path, undisturbed: Any) -> None:
    """The state of open traces is kept with what was planned under it."""
    model = OpikModel()
    with served(model) as url:
        for body in DELIVERIES:
            with running(tmp_path / "spool", _route(url)) as one:
                one.accept(body)
                one.drain()

    assert len(undisturbed[0]) < len(DELIVERIES)
    assert _shown(model) == undisturbed


def _children(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Return the processes that plan, as they are started."""
    started: list[subprocess.Popen[bytes]] = []
    original: Callable[..., Any] = subprocess.Popen

    def start(*arguments: Any, **named: Any) -> subprocess.Popen[bytes]:
        started.append(original(*arguments, **named))
        return started[-1]

    monkeypatch.setattr(planner_process.subprocess, "Popen", start)
    return started


@posix
def test_a_planner_that_is_killed_changes_nothing_of_what_the_platform_gets(
    tmp_path: Path, undisturbed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two deliveries, and while it plans; deliveries are accepted meanwhile."""
    started, model, path = _children(monkeypatch), OpikModel(), tmp_path / "spool"
    with served(model) as url, running(path, _route(url), plan_in="process") as one:
        for n, body in enumerate(DELIVERIES):
            one.accept(body)
            if n == 2:
                one.drain()
                os.kill(started[-1].pid, signal.SIGKILL)
            if n == 4:
                with suppress(ProcessLookupError):  # it is just being started anew
                    os.kill(started[-1].pid, signal.SIGKILL)
        one.drain()

    assert len(started) > 1
    assert _shown(model) == undisturbed
    assert letters_in(path) == []
    assert all(child.returncode is not None for child in started)


@posix
def test_a_delivery_that_ends_the_planner_is_a_dead_letter_alone(
    tmp_path: Path, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are delivered, and accepted while the planner is started anew."""
    monkeypatch.setattr(planner_loop, "_ENDINGS", 1)
    started, path = _children(monkeypatch), tmp_path / "spool"
    with running(path) as one:
        one.accept(record(ENDS_THE_PLANNER), record("a"))
    with running(path, up.route(), plan_in="process") as one:
        wait_until(lambda: len(started) > 1)
        one.accept(record("b"))
        one.drain()

    assert sorted(up.rows) == ["a", "b"]
    assert [one["why"] for one in letters_in(path)] == [planner_loop._ENDS_IT]


def test_a_planner_that_cannot_be_started_makes_no_dead_letters(
    tmp_path: Path, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planning waits, which is told, and goes on once it can be."""
    path = tmp_path / "spool"
    with monkeypatch.context() as patch, running(path, up.route(), plan_in="process") as one:
        patch.setattr(planner_process, "_BEGIN", "raise SystemExit(1)")
        one.accept(record("a"))
        wait_until(lambda: any("planning waits: the process" in line for line in one.reports))
        patch.undo()
        one.drain()

    assert up.rows == ["a"]
    assert letters_in(path) == []


@posix
def test_a_planner_that_does_not_come_to_an_end_is_ended(
    tmp_path: Path, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was at is planned by the next one."""
    monkeypatch.setattr(planner_loop, "LONGEST_PLAN", timedelta(milliseconds=50))
    started = _children(monkeypatch)
    with running(tmp_path / "spool", up.route(), plan_in="process") as one:
        one.accept(record("first"))
        one.drain()
        os.kill(started[0].pid, signal.SIGSTOP)
        one.accept(record("second"))
        one.drain()

    assert up.rows == ["first", "second"]
    assert started[0].returncode == -signal.SIGKILL


@posix
def test_closing_ends_a_planner_in_the_middle_of_its_work(
    tmp_path: Path, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not waited for, and what it planned is planned after the next start."""
    started, path = _children(monkeypatch), tmp_path / "spool"
    with running(path, up.route(), plan_in="process") as one:
        one.accept(record("first"))
        one.drain()
        os.kill(started[-1].pid, signal.SIGSTOP)
        one.accept(record("second"))
        closing = threading.Thread(target=one.spool.close, args=(5,))
        closing.start()
        closing.join(4)
        assert not closing.is_alive()
    with running(path, up.route()) as one:
        one.drain()

    assert up.rows == ["first", "second"]
