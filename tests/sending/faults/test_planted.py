"""The tests can fail: each planted bug is found by what is to find it, and the code as it is passes there."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.sending.faults import planted
from tests.sending.faults.campaign import Bench, Death, records
from tests.sending.faults.forks import wrong_answers
from tests.sending.faults.numbers import reused_numbers
from tests.sending.faults.syncs import STRACE, Trace, traced
from tests.sending.faults.verdict import Case, faults_of, run

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals")
OUTCOME = "in the transaction of an outcome"
KILLS = {
    "the outcome apart from what is still to be sent": (OUTCOME, "it does not end"),
    "the plan apart from its place in the input": ("in the transaction of a plan", "there twice"),
    "the mark after the send": ("while the answer comes", "there twice"),
    "no mark": ("after the answer, before its outcome", "there twice"),
}
SYNCS = ("synchronous = NORMAL", "synchronous = OFF", "the mark after the send")
needs_strace = pytest.mark.skipif(STRACE is None, reason="strace is not installed")


@pytest.mark.parametrize(
    "bug", [pytest.param(bug, marks=[pytest.mark.faults] if n else []) for n, bug in enumerate(KILLS)]
)
def test_kills_find_a_bug(bug: str, place: Bench) -> None:
    """At the platform that doubles; the same death without the bug is harmless."""
    point, sign = KILLS[bug]
    source = records(place.folder / "planted.ndjson", 16)
    case, deaths = Case(kind="doubles", source=source), [Death(point=point, nth=2)]
    number = list(KILLS).index(bug)
    undisturbed = run(place, case, f"planted-undisturbed-{number}")
    without = run(place, case, f"without-{number}", deaths)
    found = faults_of(run(place, case, f"with-{number}", deaths, bug), undisturbed, case)

    assert [] == faults_of(without, undisturbed, case)
    assert any(sign in line for line in found), found


def _traced(place: Bench, name: str, bug: str | None) -> Trace:
    folder = place.folder / name
    folder.mkdir()
    case = Case(kind="doubles", source=records(folder / "in.ndjson", 6), options=("--concurrency", "1"))
    arguments = [str(one) for one in case.arguments(place, f"traced-{name}")]
    order = {"arguments": arguments, "stderr": "", "hits": "", "bug": bug}
    return traced(folder, json.dumps(order))


@needs_strace
def test_a_plan_and_a_mark_are_on_the_disk_before_a_request_leaves(place: Bench) -> None:
    """Of each request, by the system calls."""
    trace = _traced(place, "as-it-is", None)

    assert (3, []) == (trace.requests, trace.faults)
    assert trace.events.count("after mark") == 3
    assert trace.events.count("after plan") == 1


@needs_strace
@pytest.mark.parametrize("bug", [pytest.param(bug, marks=pytest.mark.faults) for bug in SYNCS])
def test_system_calls_find_a_bug(bug: str, place: Bench) -> None:
    """No kill of a process would: the system still has what it wrote."""
    trace = _traced(place, f"planted-{SYNCS.index(bug)}", bug)

    assert trace.requests == 3
    assert "the mark had no sync" in trace.faults, trace.events


def test_numbers_that_are_reused_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a store that was emptied, also in one that is opened again."""
    as_it_is = reused_numbers(tmp_path / "as-it-is")
    monkeypatch.setattr(planted.database, "_TABLES", planted.database._TABLES)
    planted.BUGS["numbers are reused"]()

    assert [] == as_it_is
    assert ["batch", "inbox", "letter", "request"] == sorted(set(reused_numbers(tmp_path / "planted")))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_client_that_is_shared_with_a_child_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers go to the wrong process."""
    as_it_is = wrong_answers()
    monkeypatch.setattr(planted.Transport, "client", planted.Transport.client)
    planted.BUGS["a client shared with a forked child"]()

    assert 0 == as_it_is
    assert wrong_answers() > 0


def test_every_planted_bug_has_a_test() -> None:
    """One of these."""
    by_themselves = {"numbers are reused", "a client shared with a forked child"}

    assert set(planted.BUGS) == {*KILLS, *SYNCS, *by_themselves}
