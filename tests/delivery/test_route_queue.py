"""Whatever a platform answers: every generation ends in exactly one outcome, and no law is broken."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Endpoint
from broadcast_core.batching.endpoint import OnResend
from broadcast_core.delivery.failure import Failure
from broadcast_core.delivery.job import Job
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.route_queue import RouteQueue, Send, Wait
from tests.delivery.platform import Act, Run, Scenario, acts
from tests.delivery.sink import NOW, Sink, request_of, route_to

WIDE = Limits(tries=None, age=timedelta(days=3), concurrency=3)
ON_RESEND: tuple[OnResend, ...] = ("merges", "merges_request", "doubles", "refused")


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Draw a route, some plans, and a platform that does anything for a while, then one thing for ever."""
    endpoints = tuple(
        Endpoint(
            name=f"e{n}",
            url=f"https://sink.example/{n}",
            on_resend=draw(st.sampled_from(ON_RESEND)),
            oldest=draw(st.none() | st.just(timedelta(hours=2))),
        )
        for n in range(draw(st.integers(1, 2)))
    )
    batches = draw(
        st.lists(st.tuples(*(st.integers(0, 5) for _ in endpoints)).filter(any), min_size=1, max_size=4)
    )
    return Scenario(
        endpoints=endpoints,
        batches=batches,
        limits=Limits(
            tries=draw(st.none() | st.integers(1, 9)),
            age=timedelta(hours=3),
            concurrency=draw(st.integers(1, 3)),
            on_unknown_outcome=draw(st.none() | st.sampled_from(["keep", "resend"])),
        ),
        script=draw(st.lists(acts(), max_size=40)),
        at_last=draw(acts()),
        draws=draw(st.lists(st.integers(0, 7), min_size=1, max_size=20)),
        seed=str(draw(st.integers(0, 9))),
        shared=draw(st.integers(0, 2)),
    )


@given(scenarios())
def test_every_generation_ends_in_exactly_one_outcome(scenario: Scenario) -> None:
    """One for each generation of each plan, and nothing is left over."""
    run = scenario.play()

    assert dict.fromkeys(_keys(run), 1) == Counter((batch, one.generation) for batch, one in run.outcomes)
    assert dict.fromkeys(_all_keys(run), 1) == Counter(
        str(one.item.key) for step in run.steps for one in step.ended
    )
    assert not any(run.tallies.values())


@given(scenarios())
def test_no_request_goes_more_often_than_it_may(scenario: Scenario) -> None:
    """Questions after an outcome are no tries; they end with the age."""
    run = scenario.play()
    limits = scenario.limits
    tries = Counter(job.number for job in run.sent if job.follow_up is None)

    assert all(limits.tries is None or n <= limits.tries for n in tries.values())
    assert run.now <= NOW + limits.age + timedelta(hours=2)


def storms() -> st.SearchStrategy[Scenario]:
    """Draw a platform that asks for waits, between other answers."""
    waits = st.sampled_from([timedelta(seconds=1), timedelta(minutes=7), timedelta(minutes=40)])
    asks = st.builds(Act, kind=st.just("busy"), after=waits)
    others = st.builds(Act, kind=st.sampled_from(["taken", "mixed", "unsent", "split"]))
    script = st.lists(asks | others, min_size=2, max_size=20)
    return st.builds(
        evolve, scenarios(), script=script, at_last=st.just(Act(kind="taken")), limits=st.just(WIDE)
    )


@given(storms())
def test_nothing_goes_before_the_wait_that_was_asked_for(scenario: Scenario) -> None:
    """Whatever else was on its way, and passed meanwhile; at most an hour of it."""
    run = scenario.play()
    for sent_before, until in run.asked:
        assert all(moment >= until for moment in run.sent_at[sent_before:])


@given(scenarios())
def test_what_is_delivered_was_taken_and_what_was_taken_is_not_lost(scenario: Scenario) -> None:
    """Delivered: every item is there. Else: what may be there is said to be."""
    run = scenario.play()
    keys = _keys(run)
    for batch, outcome in run.outcomes:
        taken = [run.platform.taken[key] > 0 for key in keys[batch, outcome.generation]]
        if outcome.status == "delivered":
            assert all(taken)
        elif outcome.status == "undelivered" and all(taken):
            assert outcome.may_be_there


@given(scenarios())
def test_nothing_is_doubled_where_the_platform_does_not_merge(scenario: Scenario) -> None:
    """Unless the route says to send again what may be there."""
    run = scenario.play()
    resends = scenario.limits.on_unknown_outcome == "resend"
    for key, times in run.platform.taken.items():
        if _endpoint_of(scenario, key).on_resend == "doubles" and not resends:
            assert times == 1


@given(scenarios())
def test_what_may_be_there_goes_again_as_the_same_request(scenario: Scenario) -> None:
    """Where only the same request merges, no part of it goes."""
    run = scenario.play()
    sent: dict[str, list[tuple[Job, bytes]]] = defaultdict(list)
    for job in run.sent:
        if job.follow_up is None:
            for item in job.request.items:
                sent[str(item.key)].append((job, job.request.body))
    for key, jobs in sent.items():
        if _endpoint_of(scenario, key).on_resend == "merges_request":
            for (job, body), (_, after) in pairwise(jobs):
                assert not job.is_unknown or body == after


@given(scenarios())
def test_traces_go_before_spans_and_plans_in_their_order(scenario: Scenario) -> None:
    """A request waits for those of earlier endpoints, and of earlier plans, but not for parked ones."""
    run = scenario.play()
    open_ = {job.number: job for job in run.first}
    for event in run.log:
        if isinstance(event, Job):
            before = [
                job
                for job in open_.values()
                if not job.is_parked
                and (
                    (job.batch == event.batch and job.order < event.order)
                    or (job.batch < event.batch and job.order == event.order)
                )
            ]
            assert not before
            open_[event.number] = event
        else:
            del open_[event.job.number]
            open_ |= {job.number: job for job in event.parts}
            if event.kept is not None:
                open_[event.kept.number] = event.kept


@given(scenarios())
def test_the_same_seed_gives_the_same_run(scenario: Scenario) -> None:
    """Times of waits are no chance."""
    run = scenario.play()

    assert run.log == scenario.play().log
    assert run.now == scenario.play().now


def _all_keys(run: Run) -> list[str]:
    return [str(item.key) for job in run.first for item in job.request.items]


def _keys(run: Run) -> dict[tuple[int, str], list[str]]:
    """Return the items of each generation of each plan."""
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for job in run.first:
        for item in job.request.items:
            for name in item.generations:
                found[job.batch, name].append(str(item.key))
    return found


def _endpoint_of(scenario: Scenario, key: str) -> Endpoint:
    return next(one for one in scenario.endpoints if one.name == key.split("/")[1])


def test_a_clock_that_was_set_back_holds_nothing_up() -> None:
    """A wait that is longer than any was made by another clock."""
    queue = _queue_of_one()
    action = queue.next(NOW)
    assert isinstance(action, Send)
    queue.settle(queue.failed(action.job, Failure(kind="connect", why="no", may_have_arrived=False), NOW), ())

    assert isinstance(queue.next(NOW), Wait)
    assert isinstance(queue.next(NOW - timedelta(hours=2)), Send)


def _queue_of_one() -> RouteQueue:
    job = Job(request=request_of(), batch=1, order=0, since=NOW - timedelta(days=1), number=1)
    return RouteQueue(route_to(Sink()), Limits(), seed="1", jobs=[job])
