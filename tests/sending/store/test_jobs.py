"""Jobs as a store keeps them between runs, and the generations that they count for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attrs import evolve

from broadcast_core.delivery.job import Step
from broadcast_core.sending.store import Store, generations, jobs
from broadcast_core.sending.store.jobs import Target
from tests.sending.routes import requests_of, route_to

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_what_is_suspended_has_all_of_its_tries_again() -> None:
    """The next run waits for nothing, tries as often, and may split; what it does not know stays unknown."""
    target = Target(route=route_to("http://127.0.0.1:9"))
    with Store() as store:
        store.do(lambda db: jobs.add_batch(db, target, requests_of(target.route, ["a", "b"]), NOW))
        ((first, _),) = store.do(lambda db: jobs.load_jobs(db, target, (0, 0, 0), 9, 10**6)).jobs
        tried = evolve(first, tries=3, is_last=True, is_unknown=True, not_before=NOW + timedelta(hours=1))
        store.do(lambda db: jobs.settle(db, target, Step(job=first, kept=tried), NOW))
        ((kept, was_sent),) = store.do(lambda db: jobs.load_jobs(db, target, (0, 0, 0), 9, 10**6)).jobs
        store.do(lambda db: jobs.suspend(db, tried))
        ((again, _),) = store.do(lambda db: jobs.load_jobs(db, target, (0, 0, 0), 9, 10**6)).jobs

    assert (tried, False) == (kept, was_sent)
    assert evolve(first, is_unknown=True) == again


def test_an_item_that_names_a_generation_twice_counts_for_it_once() -> None:
    """Or it would never end; what is dropped is named though other items of it are left."""
    with Store() as store:
        store.do(lambda db: generations.expect(db, "rows", 1, [["a", "a"], ["a", "b"]]))
        dropped = [store.do(lambda db: generations.drop(db, "rows", 1, [["a"] * 2], "why")) for _ in "123"]
        counts = store.do(generations.counters)["rows"]

    assert [["a"], ["a"], []] == dropped
    assert (2, 1) == (counts["planned"], counts["undelivered"])
