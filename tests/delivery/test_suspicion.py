"""A request that is blocked while the connection works: its guilty items are found, or the route stops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Endpoint, Item, Request, Response, Route
from broadcast_core.delivery.job import Job, Step
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.route_queue import MOST_SUSPICIONS, RouteQueue, Send, Wait, renumbered
from tests.delivery.sink import NOW, Sink

ROWS = Endpoint(name="rows", url="https://sink.example/rows")


@define
class Run:
    """A sender that stops where its route is stuck, against a server that blocks some items by what they say.

    `works` is what the connection test says; `asked` counts how often it was made.
    """

    queue: RouteQueue
    guilty: frozenset[int]
    works: bool = True
    asked: int = 0
    sent: int = 0
    ended: dict[int, Literal["delivered", "refused", "undelivered"]] = field(factory=dict)
    numbers: int = 1_000

    def finish(self) -> None:
        """Obey the queue until nothing is left, or it is stuck."""
        now = NOW
        for _ in range(2_000):
            action = self.queue.next(now)
            if self.queue.stuck or not self.queue:
                return
            if isinstance(action, Wait):
                assert action.until is not None
                now = action.until
                continue
            assert isinstance(action, Send)
            self.sent += 1
            bodies = {int(item.body) for item in action.job.request.items}
            status = 403 if bodies & self.guilty else 200
            self.keep(self.judged(action.job, self.queue.answered(action.job, Response(status=status), now)))
        raise AssertionError("it does not end")

    def judged(self, job: Job, step: Step) -> Step:
        """Make the connection test where a request is blocked."""
        if step.blocked is None:
            return step
        self.asked += 1
        return (self.queue.suspected(job, step.blocked, NOW) or step) if self.works else step

    def keep(self, step: Step) -> None:
        """Settle a step, or suspend what is stuck."""
        if step.blocked is not None or step.gave_up is not None:
            self.queue.suspend(step)
            return
        for one in step.ended:
            self.ended[int(one.item.body)] = one.status
        parts = renumbered(step.parts, self.numbers)
        self.numbers += len(parts)
        self.queue.settle(step, parts)


def _played(sizes: Sequence[int], guilty: set[int], *, works: bool = True, tries: int = 8) -> Run:
    """Return a run of requests of so many items each, numbered from 0."""
    jobs, first = [], 0
    for batch, size in enumerate(sizes):
        items = tuple(
            Item(endpoint="rows", body=b"%d" % n, generations=(f"gen-{n}",))
            for n in range(first, first + size)
        )
        request = Request.planned(route="sink", endpoint=ROWS, items=items)
        jobs.append(Job(request=request, batch=batch, order=0, since=NOW))
        first += size
    limits = Limits(tries=tries, concurrency=1)
    run = Run(
        RouteQueue(Route.to(Sink()), limits, seed="0", jobs=renumbered(jobs, 1)), frozenset(guilty), works
    )
    run.finish()
    return run


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(0, 159), st.integers(2, 8))
def test_the_guilty_item_alone_is_refused(sizes: list[int], guilty: int, tries: int) -> None:
    """Wherever it stands: all others are delivered, and the route goes on. Alone on a route it waits."""
    total = sum(sizes)
    guilty %= total
    run = _played(sizes, {guilty}, tries=tries)
    others = {n: "delivered" for n in range(total) if n != guilty}

    assert ({**others, guilty: "refused"} if total > 1 else {}) == run.ended
    assert (total == 1) == (run.queue.stuck is not None)


def test_with_one_try_each_a_guilty_item_that_comes_first_stops_the_route() -> None:
    """To find out takes another: it waits for a person, and nothing is refused."""
    run = _played([2], {0}, tries=1)

    assert {} == run.ended
    assert "it answered 403" == run.queue.stuck


def test_a_guilty_item_that_comes_alone_and_first_is_refused_once_others_pass() -> None:
    """It is set aside until then, and nobody waits for it."""
    run = _played([1, 1, 1], {0})

    assert {0: "refused", 1: "delivered", 2: "delivered"} == run.ended
    assert (4, 1) == (run.sent, run.asked)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4))
def test_where_nothing_passes_nothing_is_refused(sizes: list[int]) -> None:
    """A key may pass the test and not write: after a few requests the route stops, and all of it waits."""
    run = _played(sizes, set(range(sum(sizes))))

    assert {} == run.ended
    assert "it answered 403" == run.queue.stuck
    assert run.sent <= MOST_SUSPICIONS + 1


def test_a_route_that_does_not_work_stops_at_its_first_request() -> None:
    """The connection test says so, and nothing is split."""
    run = _played([9, 9], {3}, works=False)

    assert (1, 1, {}) == (run.sent, run.asked, run.ended)
