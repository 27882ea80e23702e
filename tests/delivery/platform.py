"""A platform that answers by a script and keeps what it took, and a run of a route against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any, Literal, TypeAlias

from attrs import define, evolve, field, frozen
from hypothesis import strategies as st

from broadcast_core import Endpoint, Item, Request, Response, Route
from broadcast_core.delivery.failure import Failure
from broadcast_core.delivery.job import Job, Step
from broadcast_core.delivery.limits import LONGEST_ASKED_WAIT, Limits
from broadcast_core.delivery.outcomes import DeliveryOutcome, Tally
from broadcast_core.delivery.route_queue import RouteQueue, Send, Settle, renumbered
from broadcast_core.destinations import (
    Blocked,
    Delivered,
    Doubtful,
    FollowUp,
    Refused,
    Retry,
    Split,
    Verdicts,
)
from tests.delivery.sink import NOW, Sink

Kind: TypeAlias = Literal[
    "taken", "refused", "busy", "split", "blocked", "later", "doubtful", "mixed", "lost", "unsent", "away"
]
KINDS: tuple[Kind, ...] = (
    "taken", "refused", "busy", "split", "blocked", "later", "doubtful", "mixed", "lost", "unsent", "away",
)  # fmt: skip


@frozen(kw_only=True)
class Act:
    """What the platform does to a request: `seed` decides about items, `after` is the wait it asks for."""

    kind: Kind
    seed: int = 0
    after: timedelta | None = None


def acts() -> st.SearchStrategy[Act]:
    """Draw what a platform does to one request."""
    waits = st.none() | st.sampled_from([timedelta(), timedelta(minutes=7), timedelta(hours=30)])
    return st.builds(Act, kind=st.sampled_from(KINDS), seed=st.integers(0, 2**16), after=waits)


@frozen(kw_only=True)
class Scripted(Sink):
    """A destination of some endpoints, whose answers carry verdicts."""

    kinds: tuple[Endpoint, ...] = ()

    def endpoints(self, config: Any) -> tuple[Endpoint, ...]:
        """Those that a test gives."""
        return self.kinds

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """The verdict that the platform has put into its answer."""
        return response.verdicts  # type: ignore[attr-defined,no-any-return]


@frozen(kw_only=True)
class Answer(Response):
    """An answer that carries its verdicts."""

    verdicts: Any = None


@define
class Platform:
    """Answers by a script, then always in one way; counts what it took of each item."""

    script: Iterator[Act]
    at_last: Act
    taken: Counter[str] = field(factory=Counter)
    asked: dict[str, tuple[str, ...]] = field(factory=dict)

    def answer(self, job: Job) -> Response | Failure:
        """Do the next act of the script to a job."""
        act = next(self.script, self.at_last)
        keys = [str(item.key) for item in job.request.items]
        if job.follow_up is not None:
            return self._answer_question(job, act)
        if act.kind == "lost":
            arrived = bool(act.seed % 2)
            self.taken.update(keys if arrived else ())
            return Failure(kind="lost", why="the connection ended")
        if act.kind == "unsent":
            return Failure(kind="connect", why="refused", may_have_arrived=False)
        if act.kind == "away":
            return Failure(kind="directory", why="it is not there", may_have_arrived=False)
        return Answer(status=299, verdicts=self._verdicts(job, keys, act))

    def _answer_question(self, job: Job, act: Act) -> Response | Failure:
        if act.kind in ("lost", "unsent", "away"):
            return Failure(kind="lost", why="the connection ended")
        if act.kind in ("later", "mixed", "split", "busy"):
            return Answer(status=299, verdicts=FollowUp(job.follow_up, act.after))  # type: ignore[arg-type]
        if act.kind == "blocked":
            return Answer(status=299, verdicts=Blocked("no key"))
        if act.kind == "taken":
            self.taken.update(str(item.key) for item in job.request.items)
            return Answer(status=299, verdicts=Delivered())
        return Answer(status=299, verdicts=Doubtful(None, "nobody knows"))

    def _verdicts(self, job: Job, keys: Sequence[str], act: Act) -> Verdicts:
        if act.kind == "taken":
            self.taken.update(keys)
            return Delivered()
        if act.kind == "mixed":
            each = tuple(
                (Delivered(), Refused("bad"), Retry("busy", act.after))[(act.seed >> n) % 3]
                for n in range(len(keys))
            )
            self.taken.update(key for key, one in zip(keys, each, strict=True) if isinstance(one, Delivered))
            return each
        if act.kind == "later":
            endpoint = evolve(job.request.endpoint, method="GET")
            return FollowUp(Request.planned(route=job.request.route, endpoint=endpoint), act.after)
        if act.kind == "doubtful":
            refused = act.seed % (len(keys) + 1)
            self.taken.update(keys[refused:])
            return Doubtful(refused, "some of them")
        return {
            "refused": Refused("bad"),
            "busy": Retry("busy", act.after),
            "split": Split("one of them"),
            "blocked": Blocked("no key"),
        }[act.kind]


@define
class Run:
    """One run of a route to its end: what was sent, in order, and what became of each generation."""

    queue: RouteQueue
    platform: Platform
    tallies: dict[int, Tally]
    first: tuple[Job, ...]
    now: datetime = NOW
    sent: list[Job] = field(factory=list)
    sent_at: list[datetime] = field(factory=list)
    asked: list[tuple[int, datetime]] = field(factory=list)
    """Until when the platform asked to wait, and how many requests had been sent by then."""
    steps: list[Step] = field(factory=list)
    outcomes: list[tuple[int, DeliveryOutcome]] = field(factory=list)
    flying: list[Job] = field(factory=list)
    log: list[Job | Step] = field(factory=list)
    numbers: int = 1_000

    def finish(self, draws: Iterator[int]) -> None:
        """Obey the queue until it is empty; `draws` decide which answer comes first."""
        for _ in range(5_000):
            if not self.queue:
                return
            action = self.queue.next(self.now)
            if isinstance(action, Send):
                self.sent.append(action.job)
                self.sent_at.append(self.now)
                self.log.append(action.job)
                self.flying.append(action.job)
                if next(draws, 0) % 3:
                    continue
            elif isinstance(action, Settle):
                self.settle(action.step)
                continue
            elif not self.flying:
                assert action.until is not None, "nothing flies, and nothing will"
                assert action.until > self.now, "the queue waits for what is past"
                self.now = action.until
                continue
            self.land(self.flying.pop(next(draws, 0) % len(self.flying)))
        raise AssertionError("it does not end")

    def land(self, job: Job) -> None:
        """Give the answer to one job."""
        self.now += timedelta(milliseconds=5)
        answer = self.platform.answer(job)
        if isinstance(answer, Failure):
            self.settle(self.queue.failed(job, answer, self.now))
        else:
            if isinstance(answer, Answer) and isinstance(answer.verdicts, Retry):
                self._note_wait(answer.verdicts.after)
            self.settle(self.queue.answered(job, answer, self.now))

    def _note_wait(self, after: timedelta | None) -> None:
        if after:
            self.asked.append((len(self.sent), self.now + min(after, LONGEST_ASKED_WAIT)))

    def settle(self, step: Step) -> None:
        """Keep a step."""
        self.steps.append(step)
        self.log.append(evolve(step, parts=renumbered(step.parts, self.numbers)))
        parts = renumbered(step.parts, self.numbers)
        self.numbers += len(parts)
        batch = step.job.batch
        self.outcomes += [(batch, outcome) for outcome in self.tallies[batch].take(step.ended)]
        self.queue.settle(step, parts)


@frozen(kw_only=True)
class Scenario:
    """Plans by how many items go to each endpoint, and a platform: first a script, then one act."""

    endpoints: tuple[Endpoint, ...]
    batches: Sequence[Sequence[int]]
    limits: Limits
    script: Sequence[Act]
    at_last: Act
    draws: Sequence[int] = (0,)
    seed: str = "0"
    shared: int = 0
    """How many more generations each item of the first endpoint names, as the row of a trace does."""

    def play(self, platform: Platform | None = None) -> Run:
        """Return the run, at its end, against a platform or one by the script.

        A generation has an item at each endpoint that is asked for so many.
        """
        route = Route.to(Scripted(kinds=self.endpoints))
        tallies: dict[int, Tally] = {}
        jobs: list[Job] = []
        for batch, counts in enumerate(self.batches):
            requests = [
                (order, _request(batch, endpoint, count, 0 if order else self.shared))
                for order, (endpoint, count) in enumerate(zip(self.endpoints, counts, strict=True))
                if count
            ]
            tallies[batch] = Tally(route.name, [request for _, request in requests])
            jobs += [Job(request=request, batch=batch, order=order, since=NOW) for order, request in requests]
        first = renumbered(jobs, 1)
        queue = RouteQueue(route, self.limits, seed=self.seed, jobs=first)
        run = Run(queue, platform or Platform(iter(self.script), self.at_last), tallies, first)
        run.finish(cycle(self.draws))
        return run


def _request(batch: int, endpoint: Endpoint, count: int, shared: int = 0) -> Request:
    items = tuple(
        Item(
            endpoint=endpoint.name,
            body=b"%d" % n,
            generations=tuple(f"gen-{n + more}" for more in range(shared + 1)),
            key=f"{batch}/{endpoint.name}/{n}",
            time=NOW - timedelta(hours=n),
        )
        for n in range(count)
    )
    return Request.planned(route="sink", endpoint=endpoint, items=items)
