"""Planning: all of a group or nothing; a delivery that harms the planner harms no other."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.delivery.job import Step
from broadcast_core.sending.spool import inbox, planner_loop, planning
from broadcast_core.sending.spool.engine import KIND
from broadcast_core.sending.spool.inbox import Delivery
from broadcast_core.sending.spool.planner_process import PlannerEnded, ThreadPlanner
from broadcast_core.sending.store import Store, StoreError, jobs, progress
from broadcast_core.traces.bounded_state import BoundedState
from tests.sending.spool.platform import Platform, record
from tests.sending.spool.running import letters_in, of, running, wait_until


def test_what_cannot_be_decoded_or_read_is_a_dead_letter(tmp_path: Path, up: Platform) -> None:
    """Each with its reason, once for all routes; what stands beside them is delivered."""
    path = tmp_path / "spool"
    with running(path, up.route("a"), up.route("b")) as one:
        for body, encoding in [
            (record("first"), "identity"),
            (record("x"), "br"),
            (b"no gzip", "gzip"),
            (gzip.compress(record("x"))[:-3], "gzip"),
            (b'{"resourceSpans": [1', "identity"),
            (gzip.compress(record("last")), "gzip"),
        ]:
            one.post(body, encoding).result(5)
        one.drain()

    found = letters_in(path)
    assert sorted(up.rows) == ["first", "first", "last", "last"]
    assert [one["delivery"] for one in found] == [2, 3, 4, 5]
    assert [one["why"] for one in found][:3] == [
        "its content encoding 'br' is not known",
        "it is no gzip",
        "it is cut short, or no gzip",
    ]


def test_an_array_of_payloads_of_litellm_is_a_generation_each(tmp_path: Path, up: Platform) -> None:
    """As its HTTP logger posts them; one that cannot be used harms no other."""
    path = tmp_path / "spool"
    payloads = [
        {"id": f"gen-{n}", "startTime": 1795747187.5 + n, "endTime": 1795747189.5, "hidden_params": {}}
        for n in range(2)
    ]
    with running(path, up.route()) as one:
        one.accept(json.dumps([*payloads, {"startTime": "x", "hidden_params": {}}]).encode())
        one.drain()

    assert ["gen-0", "gen-1"] == sorted(up.rows)
    assert [1] == [letter["delivery"] for letter in letters_in(path)]


def test_the_state_of_open_traces_is_bounded_across_restarts(
    tmp_path: Path, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many traces there are; in the file too. Of those of one time all may go together."""
    monkeypatch.setattr(
        planning, "BoundedState", partial(BoundedState, max_rows=2, max_identities=5, max_bytes=10**6)
    )
    path = tmp_path / "spool"
    for life in range(3):
        with running(path, up.route()) as one:
            one.accept(*(record(f"gen-{life}-{n}", trace=f"trace-{life}-{n}") for n in range(8)))
            one.drain()
    with Store(str(path), kind=KIND) as store:
        kept = store.do(lambda db: progress.saved_state(db, "rows")).traces

    assert 24 == len(up.rows)
    assert len(kept) <= 5


def test_a_dead_letter_is_kept_once_by_routes_that_plan_it_apart(
    tmp_path: Path, up: Platform, down: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A route that is behind finds it as well."""
    monkeypatch.setattr(planner_loop, "AHEAD_BYTES", 1)
    path = tmp_path / "spool"
    with running(path, up.route("live"), down.route("late")) as one:
        one.accept(record("a"))
        wait_until(lambda: up.rows == ["a"])
        one.accept(b"[", record("b"))
        wait_until(lambda: up.rows == ["a", "b"])
        down.is_down = False
        one.drain()

    assert down.rows == ["a", "b"]
    assert [one["delivery"] for one in letters_in(path)] == [2]


def test_a_plan_is_kept_whole_or_not_at_all(
    tmp_path: Path, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests, state and the place in the inbox are one transaction: a failure at its end leaves none."""
    original, left, found = inbox.move_cursors, [2], list[tuple[int, ...]]()

    def move(db: Any, *arguments: Any) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise StoreError("as it happens")
        original(db, *arguments)

    def unplanned(db: Any, *arguments: Any) -> list[Delivery]:
        tables = ("inbox", "request", "state", "generation", "counter")
        counts = (db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables)
        found.append(tuple(counts))
        return read(db, *arguments)

    read = inbox.unplanned
    monkeypatch.setattr(inbox, "move_cursors", move)
    monkeypatch.setattr(inbox, "unplanned", unplanned)
    with running(tmp_path / "spool", up.route()) as one:
        one.accept(record("a", "t"))
        one.drain()

    assert left[0] < 0
    assert {counts for counts in found if counts[0]} == {(1, 0, 0, 0, 0)}
    assert up.rows == ["a"]


def _fails_on(monkeypatch: pytest.MonkeyPatch, poison: str) -> list[list[str]]:
    """Let planning fail for one generation; return the ids of each group that was planned."""
    original, groups = planning.plan, list[list[str]]()

    def plan(generations: Sequence[Any], *arguments: Any, **named: Any) -> Any:
        groups.append([one.id for one in generations])
        if poison in groups[-1]:
            raise RecursionError
        return original(generations, *arguments, **named)

    monkeypatch.setattr(planning, "plan", plan)
    return groups


def test_a_delivery_that_planning_fails_on_is_found_by_halving(
    tmp_path: Path, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried alone three times, and becomes a dead letter alone."""
    names = [f"g-{n:02}" for n in range(12)]
    groups = _fails_on(monkeypatch, "g-05")
    path = tmp_path / "spool"
    with running(path) as one:
        one.accept(*map(record, names))
    with running(path, up.route()) as one:
        one.drain()

    assert sorted(up.rows) == [name for name in names if name != "g-05"]
    assert [one["delivery"] for one in letters_in(path)] == [6]
    assert groups.count(["g-05"]) == 3
    assert len(groups) < 16


def test_a_relay_that_stops_while_it_halves_a_group_loses_nothing(
    tmp_path: Path, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands behind a half that was not kept is not kept either."""
    path, threads, calls = tmp_path / "spool", list[threading.Thread](), list[int]()
    with running(path) as one:
        one.accept(record("a"), record("b"))
    with monkeypatch.context() as patch, running(path) as one:

        class Ending(ThreadPlanner):
            def plan(self, names: Sequence[str], deliveries: Sequence[Delivery]) -> Any:
                calls.append(len(deliveries))
                if len(calls) == 2:
                    closing = threading.Thread(target=one.spool.close, args=(5,))
                    closing.start()
                    threads.append(closing)
                    wait_until(lambda: one.spool._planner._is_closing)
                if len(calls) <= 2:
                    raise PlannerEnded("killed")
                return super().plan(names, deliveries)

        patch.setattr(planner_loop, "ThreadPlanner", Ending)
        one.spool.reload(of(up.route()))
        wait_until(lambda: bool(threads))
        threads[0].join(5)
    with running(path, up.route()) as one:
        one.drain()

    assert calls[:2] == [2, 1]
    assert sorted(up.rows) == ["a", "b"]


def test_a_step_is_whole_or_not_at_all(up: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outcome that cannot be kept leaves its request; then both go together."""
    original, left, found = jobs.fold, [1], list[int]()

    def fold(db: Any, *arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise StoreError("as it happens")
        return original(db, *arguments)

    def settle(db: Any, target: Any, step: Step, *arguments: Any) -> Any:
        found.append(db.execute("SELECT count(*) FROM request").fetchone()[0])
        return whole(db, target, step, *arguments)

    whole = jobs.settle
    monkeypatch.setattr(jobs, "fold", fold)
    monkeypatch.setattr(jobs, "settle", settle)
    with running(None, up.route()) as one:
        one.accept(record("a"))
        one.drain()
        counters = one.spool.counters()

    assert found == [1, 1]
    assert up.rows == ["a"]
    assert counters == {"rows": {"planned": 1, "delivered": 1}}
