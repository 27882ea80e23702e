"""Runs of a route that people ask about: a poisoned item, a server that was dead, a limit of the rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from attrs import define, field

from broadcast_core import Endpoint, Response, Route
from broadcast_core.delivery.failure import Failure
from broadcast_core.delivery.job import Job
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.route_queue import RouteQueue, Send, Wait, renumbered
from broadcast_core.destinations import Blocked, Delivered, Refused, Retry, Split
from broadcast_core.destinations.verdicts import Verdict
from tests.delivery.platform import Act, Answer, Platform, Run, Scenario, Scripted
from tests.delivery.sink import NOW, request_of

ROWS = Endpoint(name="e0", url="https://sink.example/0", on_resend="merges")
TAKEN = Act(kind="taken")


@define
class Poisoned(Platform):
    """Says something of each request with an item of a key, or of any without a key; takes every other."""

    key: str = "0/e0/3"
    verdict: Verdict = field(kw_only=True)

    def answer(self, job: Job) -> Response | Failure:
        """Look for the item."""
        keys = [str(item.key) for item in job.request.items]
        if self.key in ("", *keys):
            return Answer(status=299, verdicts=self.verdict)
        self.taken.update(keys)
        return Answer(status=299, verdicts=Delivered())


def _scenario(
    batches: Sequence[Sequence[int]] = ((6,), (2,), (2,)), tries: int | None = 8, script: Sequence[Act] = ()
) -> Scenario:
    limits = Limits(tries=tries, concurrency=2)
    return Scenario(endpoints=(ROWS,), batches=batches, limits=limits, script=script, at_last=TAKEN)


def _not_delivered(run: Run) -> dict[tuple[int, str], str]:
    return {(batch, one.generation): one.status for batch, one in run.outcomes if one.status != "delivered"}


@pytest.mark.parametrize("tries", [1, 2, 5, 8])
def test_no_item_goes_more_often_than_its_tries_and_two_more(tries: int) -> None:
    """The two are those of the halves of a request that was sent in vain; they are not halved again."""
    everything = Poisoned(iter(()), TAKEN, key="", verdict=Retry("busy"))
    run = _scenario(batches=((8,),), tries=tries).play(everything)
    sent = Counter(str(item.key) for job in run.sent for item in job.request.items)

    assert set(sent.values()) <= set(range(tries, tries + 3))
    assert len(run.sent) <= tries + 4


@pytest.mark.parametrize(
    ("verdict", "status"),
    [(Split("400"), "refused"), (Blocked("403"), "refused"), (Retry("500"), "undelivered")],
    ids=["400", "403", "500"],
)
def test_a_poisoned_item_among_good_ones_ends_alone(verdict: Verdict, status: str) -> None:
    """Every other is delivered once, those of its own request too."""
    run = _scenario().play(Poisoned(iter(()), TAKEN, verdict=verdict))

    assert {(0, "gen-3"): status} == _not_delivered(run)
    assert 10 == len(run.outcomes)
    assert 9 == len(run.platform.taken)
    assert {1} == set(run.platform.taken.values())


@define
class Away(Platform):
    """A directory that was away for some tries of the requests with an item of a key; others passed."""

    key: str = "0/e0/3"
    times: int = 4

    def answer(self, job: Job) -> Response | Failure:
        """Look for the item."""
        keys = [str(item.key) for item in job.request.items]
        if self.key in keys and self.times:
            self.times -= 1
            return Failure(kind="directory", why="it is not there", may_have_arrived=False)
        self.taken.update(keys)
        return Answer(status=299, verdicts=Delivered())


@pytest.mark.parametrize("batches", [((6,), (2,), (2,)), ((1,), (1,), (4,), (1,))])
def test_a_directory_that_is_away_for_a_while_refuses_nothing(batches: Sequence[Sequence[int]]) -> None:
    """Though others have passed since: the request is no cause of it, and is not halved."""
    run = _scenario(batches).play(Away(iter(()), TAKEN, key="0/e0/0"))

    assert {} == _not_delivered(run)
    assert {1} == set(run.platform.taken.values())
    assert len(batches) + 4 == len(run.sent)


@pytest.mark.parametrize("count", [1, 4])
def test_a_request_that_failed_beside_one_that_passed_waits_for_its_directory(count: int) -> None:
    """However often that is away again: it is neither refused nor halved."""
    route = Route.to(Scripted(kinds=(ROWS,)))
    jobs = [Job(request=request_of(count, ROWS), batch=0, order=0, since=NOW) for _ in range(2)]
    queue = RouteQueue(route, Limits(tries=5, concurrency=2), seed="0", jobs=renumbered(jobs, 1))
    first, second, now = queue.next(NOW), queue.next(NOW), NOW
    assert isinstance(first, Send)
    assert isinstance(second, Send)
    away = Failure(kind="directory", why="it is not there", may_have_arrived=False)
    queue.settle(queue.failed(first.job, away, now), ())
    queue.settle(queue.answered(second.job, Answer(status=299, verdicts=Delivered()), now), ())
    for _ in range(4):
        now += timedelta(minutes=6)
        again = queue.next(now)
        assert isinstance(again, Send)
        step = queue.failed(again.job, away, now)
        queue.settle(step, ())

    assert ((), "it is not there") == (step.parts, step.gave_up)
    assert {"undelivered"} == {one.status for one in step.ended}


def test_an_item_that_is_refused_by_name_costs_no_second_request() -> None:
    """The platform said which."""
    run = _scenario([(1,), (2,)]).play(Poisoned(iter(()), TAKEN, key="0/e0/0", verdict=Refused("bad")))

    assert {(0, "gen-0"): "refused"} == _not_delivered(run)
    assert 2 == len(run.sent)


def test_a_dead_server_that_comes_back_gets_everything() -> None:
    """After fifty failures, since only the age ends tries; by then one request at a time asks."""
    run = _scenario(tries=None, script=[Act(kind="unsent")] * 50).play()

    assert {} == _not_delivered(run)
    assert {1} == set(run.platform.taken.values())
    assert 53 == len(run.sent)
    assert timedelta(minutes=5) < run.now - NOW < timedelta(hours=8)


def test_a_limit_of_the_rate_holds_the_whole_route() -> None:
    """As long as the platform asks: then one request asks, and once it passes all go again."""
    limits = Limits(concurrency=2)
    route = Route.to(Scripted(kinds=(ROWS,)))
    jobs = [Job(request=request_of(1, ROWS), batch=n, order=n, since=NOW) for n in range(4)]
    queue = RouteQueue(route, limits, seed="0", jobs=renumbered(jobs, 1))
    later = NOW + timedelta(minutes=7)
    first, second = queue.next(NOW), queue.next(NOW)
    assert isinstance(first, Send)
    assert isinstance(second, Send)
    queue.settle(queue.answered(first.job, _busy(), NOW), ())
    queue.settle(queue.answered(second.job, _busy(), NOW), ())
    held = queue.next(NOW), queue.next(later - timedelta(seconds=1))
    asking, beside = queue.next(later), queue.next(later)
    assert isinstance(asking, Send)
    queue.settle(queue.answered(asking.job, Answer(status=299, verdicts=Delivered()), later), ())
    freed = [queue.next(later) for _ in range(3)]

    assert (Wait(later), Wait(later)) == held
    assert Wait(None) == beside
    assert [Send, Send, Wait] == [type(action) for action in freed]


def _busy() -> Answer:
    return Answer(status=299, verdicts=Retry("busy", timedelta(minutes=7)))
