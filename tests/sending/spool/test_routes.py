"""Routes beside one another, and routes that change: between two runs, and while deliveries come."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest

from broadcast_core.sending.spool import engine, planner_loop
from broadcast_core.sending.store import Store, StoreError
from broadcast_core.sending.store.letters import letter
from tests.sending.spool.platform import Platform, record
from tests.sending.spool.running import Running, letters_in, of, running, wait_until


def test_a_route_that_is_down_holds_up_no_other_and_gets_all_later(up: Platform, down: Platform) -> None:
    """Why it waits is told meanwhile."""
    names = [f"g-{n:02}" for n in range(10)]
    with running(None, up.route("live"), down.route("dead")) as one:
        one.accept(*map(record, names))
        wait_until(lambda: len(up.rows) == 10)
        wait_until(lambda: "dead" in one.spool.troubles())
        assert down.rows == []
        down.is_down = False
        one.drain()
        assert one.spool.troubles() == {}

    assert sorted(down.rows) == sorted(up.rows) == names


def test_no_more_than_some_bytes_are_planned_for_a_route_that_is_down(
    up: Platform, down: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is behind waits in the inbox, once; the other route has it all the same."""
    monkeypatch.setattr(planner_loop, "AHEAD_BYTES", 1_000)
    monkeypatch.setattr(planner_loop, "GROUP", 2)
    names = [f"g-{n:02}" for n in range(20)]
    with running(None, up.route("live"), down.route("dead")) as one:
        for name in names:
            one.accept(record(name, text="x" * 200))
            wait_until(lambda name=name: name in up.rows)  # type: ignore[misc]
        wait_until(lambda: one.spool.counters()["live"].get("delivered") == 20)
        wait_until(lambda: one.spool.state().deliveries >= 10)
        counters = one.spool.counters()
        down.is_down = False
        one.drain()

    assert 1_000 // 300 <= counters["dead"]["waiting"] <= 1_000 // 200 + 2
    assert sorted(down.rows) == names


@pytest.mark.parametrize("is_reload", [False, True], ids=["restart", "reload"])
def test_what_waits_for_another_place_is_a_dead_letter_and_others_go_on(
    is_reload: bool, tmp_path: Path, up: Platform, down: Platform
) -> None:
    """The options of a route were changed: nothing is sent where it was not planned for."""
    path = tmp_path / "spool"
    with running(path, down.route()) as one:
        one.accept(record("old-a"), record("old-b"))
        wait_until(lambda: one.spool.counters().get("rows", {}).get("planned") == 2)
        if is_reload:
            one.spool.reload(of(up.route()))
            _goes_on(one)
            counters = one.spool.counters()
    if not is_reload:
        with running(path, up.route()) as one:
            _goes_on(one)
            counters = one.spool.counters()

    assert up.rows == ["new"]
    assert counters == {"rows": {"planned": 3, "undelivered": 2, "delivered": 1}}
    ended = {outcome.generation: outcome for outcome in one.outcomes}
    assert {name: outcome.status for name, outcome in ended.items()} == {
        "old-a": "undelivered", "old-b": "undelivered", "new": "delivered",
    }  # fmt: skip
    assert "planned for another place" in ended["old-a"].why
    found = letters_in(path)
    assert {name for letter in found for name in letter["generations"]} == {"old-a", "old-b"}
    assert {letter["status"] for letter in found} == {"undelivered"}
    assert {letter["url"] for letter in found} == {f"{down.url}/rows"}


def _goes_on(one: Running) -> None:
    one.accept(record("new"))
    one.drain()


def test_a_request_that_is_damaged_is_a_dead_letter_and_others_go_on(tmp_path: Path, up: Platform) -> None:
    """As where a disk has changed some bytes: its generation ends, and what is left of it can be read."""
    path = tmp_path / "spool"
    with running(path, up.route()) as one:
        up.is_down = True
        one.accept(record("damaged"))
        wait_until(lambda: one.spool.counters().get("rows", {}).get("planned") == 1)
    with Store(str(path), kind=engine.KIND) as store:
        store.do(lambda db: db.execute("UPDATE request SET body = ?", (b"x" * 40,)))
    up.is_down = False
    with running(path, up.route()) as one:
        one.accept(record("new"))
        one.drain()

    assert up.rows == ["new"]
    assert {outcome.generation: outcome.status for outcome in one.outcomes} == {
        "damaged": "undelivered", "new": "delivered",
    }  # fmt: skip
    assert [letter["why"] for letter in letters_in(path)] == ["its body cannot be read: the file is damaged"]
    with Store(str(path), kind=engine.KIND) as store:
        assert store.do(lambda db: letter(db, 1)).endswith(b'"body_text":"%b"}' % (b"x" * 40))


def test_what_waits_for_a_route_that_is_no_more_waits_and_is_told_once(
    tmp_path: Path, up: Platform, down: Platform
) -> None:
    """It goes on when the route is back."""
    path = tmp_path / "spool"
    with running(path, down.route("gone"), up.route("stays")) as one:
        one.accept(record("a"))
        wait_until(lambda: "planned" in one.spool.counters().get("gone", {}))
    with running(path, up.route("stays")) as one:
        one.spool.reload(of(up.route("stays")))
        one.accept(record("b"))
        one.drain()
        told = [line for line in one.reports if "which is no more" in line]
    down.is_down = False
    with running(path, down.route("gone"), up.route("stays")) as one:
        one.accept(record("c"))
        one.drain()

    assert told == ["gone: 1 requests wait for this route, which is no more: put it back"]
    assert down.rows == ["a", "c"]
    assert up.rows == ["a", "b", "c"]


def test_routes_are_exchanged_while_deliveries_come(tmp_path: Path, up: Platform, down: Platform) -> None:
    """One is added, one gets other options, one goes; the one that stays gets each generation once."""
    down.is_down = False
    names = [f"g-{n:03}" for n in range(60)]
    with running(tmp_path / "spool", up.route("stays"), down.route("other")) as one:
        are_exchanged = threading.Event()

        def deliver() -> None:
            one.accept(*map(record, names[:40]))
            assert are_exchanged.wait(30)
            one.accept(*map(record, names[40:]))

        thread = threading.Thread(target=deliver)
        thread.start()
        for routes in (
            [up.route("stays"), down.route("other"), down.route("new")],
            [up.route("stays"), down.route("other", on_resend="keeps"), down.route("new")],
            [up.route("stays"), down.route("new")],
        ):
            wait_until(lambda: len(up.rows) > 5)
            one.spool.reload(of(*routes))
        are_exchanged.set()
        thread.join()
        one.drain()
        counters = one.spool.counters()

    assert Counter(up.rows) == Counter(names)
    assert counters["stays"] == {"planned": 60, "delivered": 60}
    assert "undelivered" not in counters["new"]
    assert counters["new"]["delivered"] >= 20


def test_a_reload_that_fails_leaves_the_routes_as_they_were(
    tmp_path: Path, up: Platform, down: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They plan and send as before."""

    def fail(*_arguments: object) -> list[str]:
        raise StoreError("the disk is full")

    with running(tmp_path / "spool", up.route()) as one:
        with monkeypatch.context() as patch:
            patch.setattr(engine, "prepare_routes", fail)
            with pytest.raises(StoreError):
                one.spool.reload(of(down.route("new")))
        one.accept(record("a"))
        one.drain()

    assert (up.rows, down.requests) == (["a"], 0)


def test_what_is_planned_during_a_reload_is_planned_for_the_routes_that_are_prepared(
    tmp_path: Path, up: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new route gets what waits when it begins: nothing of it is planned away for the others meanwhile."""
    original, names = engine.prepare_routes, [f"g-{n}" for n in range(5)]

    def prepare(*arguments: object) -> list[str]:
        found = original(*arguments)  # type: ignore[arg-type]
        begun.set()
        return found

    begun = threading.Event()
    with running(tmp_path / "spool") as one:
        one.accept(*map(record, names))
        monkeypatch.setattr(engine, "prepare_routes", prepare)
        one.spool.reload(of(up.route("a"), up.route("b")))
        one.drain()

    assert begun.is_set()
    assert Counter(up.rows) == Counter(names * 2)


def test_a_delivery_given_twice_is_planned_once_where_the_platform_doubles(
    tmp_path: Path, up: Platform, down: Platform
) -> None:
    """In one group, in the next, and after a restart; a platform that merges gets it each time."""
    path, down.is_down = tmp_path / "spool", False
    routes = (up.route("doubles", on_resend="doubles"), down.route("merges"))
    with running(path) as one:
        one.accept(record("a"), record("a"), record("b"))
    for more in ((), (record("b"), record("c"))):
        with running(path, *routes) as one:
            one.accept(*more)
            one.drain()
            one.accept(record("a"))
            one.drain()
            counters = one.spool.counters()

    assert up.rows == ["a", "b", "c"]
    assert len(down.rows) > 5
    assert counters["doubles"] == {"planned": 3, "delivered": 3, "repeated": 4}
