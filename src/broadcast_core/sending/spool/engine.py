"""Accepts deliveries, plans each for every route, and sends it until it has ended.

    accept      a transaction: the delivery is on disk, and nothing else has happened
    plan        one thread asks the planner; a transaction: requests, new state, the place in the inbox
    send        threads of each route; a transaction for each step

A delivery that nobody can read, or that ends the planner three times, becomes a dead letter: it harms no
other. A route that is down is planned ahead by some bytes, and what is behind that waits in the inbox.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta

from attrs import field, frozen

from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.diagnostics import describe_error
from broadcast_core.errors import BroadcastError
from broadcast_core.pipeline.route import Route
from broadcast_core.plugins import plugin_of
from broadcast_core.secrets import HashKeys, Secrets
from broadcast_core.sending.checking import Exchanges
from broadcast_core.sending.clock import utc_now
from broadcast_core.sending.journal import StoreJournal
from broadcast_core.sending.route_sender import RouteSender, Sender
from broadcast_core.sending.spool.accepting import Accepting
from broadcast_core.sending.spool.dead_letters import DeadLetters
from broadcast_core.sending.spool.holding import Space, SpoolState, state_of
from broadcast_core.sending.spool.keeping import clean, prepare_routes, waiting_without_route
from broadcast_core.sending.spool.letter_news import LetterNews
from broadcast_core.sending.spool.planner_loop import PlanIn, PlannerLoop
from broadcast_core.sending.spool.purging import Purge, Purged, purge
from broadcast_core.sending.store import Store, StoreFull, letters
from broadcast_core.sending.store import generations as counts
from broadcast_core.sending.store.jobs import Change, Target
from broadcast_core.traces.let_out import Join

KIND = "spool of broadcast"
_LOOK, _CLEAN = 0.5, 60.0  # seconds between two looks at how full the spool is, and for what is too old
_LONGEST_ANSWER = 70.0  # seconds that a reload waits for what is on its way


@frozen(kw_only=True)
class SpoolRoutes:
    """The routes of a spool, the secrets of each, and how long and often each is tried.

    `limits` are those of routes that have none of their own in `limits_by_route`. With `join` they join what
    several sources tell of one generation, as `plan` does.
    """

    routes: tuple[Route, ...]
    secrets: Mapping[str, Secrets]
    hash_keys: HashKeys
    limits: Limits
    limits_by_route: Mapping[str, Limits] = field(factory=dict)
    join: Join | None = None

    __hash__ = None  # type: ignore[assignment]


class Spool:
    """Deliveries on their way from disk, or in memory where `path` is None, to every route.

    `ended` is called with the outcomes of generations in threads of the spool, `report` with lines for the
    person in charge, which hold neither content nor secrets; `stuck` where planning in a thread takes
    minutes, which nobody can end but with its process. Raise `StoreError` for a file that cannot be used.
    """

    def __init__(
        self,
        path: str | None,
        routes: SpoolRoutes,
        client: Exchanges,
        *,
        max_bytes: int | None = None,
        plan_in: PlanIn = "process",
        ended: Callable[[Sequence[DeliveryOutcome]], None] = lambda _outcomes: None,
        report: Callable[[str], None] = lambda _line: None,
        stuck: Callable[[], None] = lambda: None,
    ) -> None:
        self.path = path
        self._max_bytes, self._client = max_bytes, client
        self._ended, self._report = ended, report
        self._changed = threading.Condition()
        self._is_closing = False
        self._reloading = threading.Lock()
        self._senders: dict[str, RouteSender] = {}
        self._targets: dict[str, Target] = {}
        self._told: set[str] = set()  # routes that are no more, and of which that was said
        self._space = Space()
        self._store = Store(path, kind=KIND, max_bytes=max_bytes)
        self._planner = PlannerLoop(
            self._store, plan_in, clock=utc_now, planned=self._planned, report=report, stuck=stuck
        )
        self._accepting = Accepting(self._store, self._planner.wake)
        try:
            self._look()
            self._news = LetterNews(self._store, utc_now, report)
            self._plan_for(routes)
            self._send()
        except BaseException:
            self._store.close()
            raise
        self._planner.start()
        self._keeper = threading.Thread(target=self._keep_for_ever, name="broadcast-keeper", daemon=True)
        self._keeper.start()

    def accept(self, body: bytes, *, encoding: str, at: datetime) -> Future[None]:
        """Keep a delivery as it was sent; the future is done when it is on disk.

        It fails with `StoreFull` where there is no space, or with `StoreError`.
        """
        try:
            self._space.take(len(body))
        except StoreFull as full:
            failed: Future[None] = Future()
            failed.set_exception(full)
            return failed
        return self._accepting.accept(body, encoding, at)

    def state(self) -> SpoolState:
        """Return how full it is, as it was half a second ago at most."""
        return self._state

    def counters(self) -> dict[str, dict[str, int]]:
        """Return the counts of each route, since the spool was made."""
        return self._store.do(counts.counters)

    def look(self) -> tuple[SpoolState, dict[str, dict[str, int]], int]:
        """Return, as of now, how full it is, the counts by route, and how many deliveries are letters."""
        return self._store.do(
            lambda db: (
                state_of(db, self.path, self._max_bytes, utc_now()),
                counts.counters(db),
                letters.count_deliveries(db),
            )
        )

    def troubles(self) -> dict[str, str]:
        """Return why routes do not go on at the moment, by their names."""
        return {name: why for name, one in self._senders.items() if (why := one.trouble) is not None}

    @property
    def dead_letters(self) -> DeadLetters:
        """What could not be delivered, or read."""
        return DeadLetters(self._store)

    def reload(self, routes: SpoolRoutes) -> None:
        """Take other routes, secrets and limits from now on; deliveries are accepted meanwhile."""
        with self._reloading:
            self._stop_sending(_LONGEST_ANSWER)
            try:
                self._plan_for(routes)
            finally:
                self._send()

    def purge(self, what: Purge) -> Purged:
        """Erase what is asked for; deliveries are accepted meanwhile, and nothing is sent."""
        with self._reloading:
            self._stop_sending(_LONGEST_ANSWER)
            try:
                purged = self._planner.paused(lambda: purge(self._store, what))
            finally:
                self._plan_for(self._routes)
                self._send()
        return purged

    def drain(self, seconds: float) -> bool:
        """Wait until everything has ended that has a route; tell whether it has within some seconds."""
        until = utc_now() + timedelta(seconds=seconds)
        while True:
            state = self._look()
            if not state.deliveries and not any(state.requests.get(name, 0) for name in self._targets):
                return True
            if utc_now() > until:
                return False
            with self._changed:
                self._changed.wait(0.02)

    def close(self, seconds: float = 10.0) -> None:
        """Stop; what is on its way is waited for some seconds, and what waits stays on disk."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._planner.close(seconds)
        with self._reloading:
            self._stop_sending(seconds)
        self._keeper.join(seconds)
        self._store.close()

    def _plan_for(self, routes: SpoolRoutes) -> None:
        """Plan for some routes from now on; where that fails, for those before."""
        targets = {
            route.name: Target(route=route, plugin=plugin_of(route.destination)) for route in routes.routes
        }
        notes = self._planner.use(
            targets, routes.hash_keys, routes.join, lambda db: prepare_routes(db, list(targets.values()))
        )
        self._routes, self._targets = routes, targets
        for note in notes:
            self._report(note)
        for name, number in self._store.do(lambda db: waiting_without_route(db, targets)).items():
            if name not in self._told:
                self._told.add(name)
                self._report(f"{name}: {number} requests wait for this route, which is no more: put it back")

    def _send(self) -> None:
        """Send what waits for the routes."""
        seed = os.urandom(8).hex()  # noqa: TID251  # waits of senders that failed together must differ
        self._senders = {
            name: self._sender(target, f"{seed} {name}") for name, target in self._targets.items()
        }
        for sender in self._senders.values():
            sender.start()

    def _sender(self, target: Target, seed: str) -> RouteSender:
        routes, name = self._routes, target.route.name
        limits = routes.limits_by_route.get(name, routes.limits)
        return RouteSender(
            Sender(
                route=target.route,
                secrets=routes.secrets.get(name, Secrets(None)),
                limits=limits,
                client=self._client,
                clock=utc_now,
            ),
            StoreJournal(self._store, target, limits),
            seed=seed,
            ends=False,
            report=lambda change: self._settled(name, change),
        )

    def _planned(self, route: str) -> None:
        if (sender := self._senders.get(route)) is not None:
            sender.wake()

    def _settled(self, route: str, change: Change) -> None:
        self._planner.sent(route, -change.bytes)
        with self._changed:
            self._changed.notify_all()
        if change.outcomes:
            self._ended(change.outcomes)

    def _stop_sending(self, seconds: float) -> None:
        """Send nothing more; what is on its way is waited for, some seconds for all routes together."""
        for sender in self._senders.values():
            sender.stop()
        until = utc_now() + timedelta(seconds=seconds)
        for sender in self._senders.values():
            sender.join(max(0.0, (until - utc_now()).total_seconds()))

    def _keep_for_ever(self) -> None:
        """Look at how full the spool is, and throw away what is too old, until it is closed."""
        cleaned = utc_now()
        while self._sleep(_LOOK):
            try:
                self._look()
                self._news.look()
                self._planner.end_what_takes_too_long()
                if (utc_now() - cleaned).total_seconds() > _CLEAN:
                    cleaned = utc_now()
                    self._clean()
            except (BroadcastError, OSError) as error:
                self._report(f"the spool cannot be looked at: {describe_error(error)}")

    def _sleep(self, seconds: float) -> bool:
        """Sleep; tell whether to go on."""
        until = utc_now() + timedelta(seconds=seconds)
        with self._changed:
            while not self._is_closing and (left := (until - utc_now()).total_seconds()) > 0:
                self._changed.wait(left)
            return not self._is_closing

    def _look(self) -> SpoolState:
        self._state = self._store.do(lambda db: state_of(db, self.path, self._max_bytes, utc_now()))
        self._space.looked_at(self._state)
        return self._state

    def _clean(self) -> None:
        """Throw away what is too old, and overwrite what was deleted since the last time in the log too.

        A file never gets smaller by itself: where it is what has filled the disk, it is made so.
        """
        gone = self._store.do(lambda db: clean(db, utc_now(), self._routes.limits.age, self._max_bytes))
        if gone:
            self._report(f"{gone} dead letters were thrown away: they were too old, or too many")
        self._store.empty_log()
        if self._state.full is not None:
            self._store.shrink()
