"""The thread that has deliveries planned, and keeps what came of it before it counts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, TypeVar

from attrs import define, field

from broadcast_core.secrets import HashKeys
from broadcast_core.sending.spool import inbox
from broadcast_core.sending.spool.inbox import Delivery
from broadcast_core.sending.spool.keeping import carried_on, keep_group, waiting_bytes
from broadcast_core.sending.spool.planner_process import (
    Planner,
    PlannerEnded,
    PlannerNotReady,
    ProcessPlanner,
    ThreadPlanner,
)
from broadcast_core.sending.spool.planning import PlannedGroup, PlannedRoute
from broadcast_core.sending.store import Store, StoreError
from broadcast_core.sending.store.jobs import Target
from broadcast_core.sending.store.owner import Work
from broadcast_core.traces.let_out import Join

T = TypeVar("T")
PlanIn: TypeAlias = Literal["process", "thread"]
GROUP, GROUP_BYTES = 64, 16 * 1024 * 1024
"""The most deliveries that are planned together."""
AHEAD_BYTES = 64 * 1024 * 1024
"""How much is planned for a route that has not been sent."""
LONGEST_PLAN = timedelta(minutes=2)
"""How long a process may plan one group, which takes less than a second."""
_ENDINGS = 3
_ENDS_IT = "planning it ended the process that plans, or took minutes"
_LONGEST_SLEEP, _PAUSE = 60.0, 1.0


@define
class _Planned:
    """What is planned for: the routes, how far each came in the inbox, and how many bytes wait to be sent."""

    targets: Mapping[str, Target] = field(factory=dict)
    hash_keys: HashKeys = field(factory=lambda: HashKeys(None))
    join: Join | None = None
    cursor: dict[str, int] = field(factory=dict)
    ahead: dict[str, int] = field(factory=dict)

    def open_routes(self) -> list[str]:
        """Return the routes for which more may be planned."""
        return [name for name, size in self.ahead.items() if size < AHEAD_BYTES]


class PlannerLoop:
    """Plans deliveries of a store for some routes, in a thread; `planned` gets the name of one with more.

    While a route has much to send, nothing more is planned for it: what waits in the inbox waits there once.
    """

    def __init__(
        self,
        store: Store,
        plan_in: PlanIn,
        *,
        clock: Callable[[], datetime],
        planned: Callable[[str], None],
        report: Callable[[str], None],
        stuck: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._plan_in = store, plan_in
        self._clock, self._planned, self._report, self._stuck = clock, planned, report, stuck
        self._changed = threading.Condition()
        self._turn = threading.Lock()  # held while a group is planned and kept
        self._has_more = self._is_closing = False
        self._for = _Planned()
        self._planner: Planner | None = None
        self._planning_since: datetime | None = None
        self._trouble: str | None = None  # as it was reported
        self._thread = threading.Thread(target=self._run, name="broadcast-planner", daemon=True)

    def start(self) -> None:
        """Begin to plan."""
        self._thread.start()

    def use(
        self, targets: Mapping[str, Target], hash_keys: HashKeys, join: Join | None, prepare: Work[T]
    ) -> T:
        """Plan for other routes from now on, once the store has been prepared; return what that returns."""
        with self._turn:
            prepared = self._store.do(prepare)
            cursor = self._store.do(lambda db: inbox.cursors(db, targets))
            ahead = self._store.do(lambda db: waiting_bytes(db, list(targets)))
            with self._changed:
                self._for = _Planned(targets, hash_keys, join, cursor, ahead)
            self._forget_planner()
        self.wake()
        return prepared

    def paused(self, work: Callable[[], T]) -> T:
        """Return what some work gives while nothing is planned; the planner begins anew afterwards."""
        with self._turn:
            self._forget_planner()
            return work()

    def wake(self) -> None:
        """Tell it that there may be something to plan."""
        with self._changed:
            self._has_more = True
            self._changed.notify_all()

    def sent(self, route: str, size: int) -> None:
        """Tell it how many bytes of a route wait no more; fewer than none where a split made more."""
        with self._changed:
            if route in self._for.ahead:
                self._for.ahead[route] -= size
            self._has_more = True
            self._changed.notify_all()

    def end_what_takes_too_long(self) -> None:
        """End a process that has been at one group for minutes, as if it had ended by itself.

        No thread can be ended: `stuck` is called for one.
        """
        since = self._planning_since
        if since is not None and self._clock() - since > LONGEST_PLAN:
            self._planning_since = None
            if self._plan_in == "thread":
                self._report("planning one group takes minutes, and does not end: look at the destinations")
                self._stuck()
            self._forget_planner()

    def close(self, seconds: float) -> None:
        """Plan nothing more."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._forget_planner()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        self._forget_planner()  # one that was just being made

    def _run(self) -> None:
        while self._wait():
            try:
                with self._turn:
                    is_more = not self._is_closing and self._plan_next()
                self._trouble = None
                if is_more:
                    self.wake()
            except (StoreError, PlannerNotReady) as error:
                self._pause(f"planning waits: {error}")
            except Exception as error:  # noqa: BLE001  # a fault of ours must not end the thread
                self._forget_planner()
                self._pause(f"planning failed and is tried again: {type(error).__name__}")

    def _wait(self) -> bool:
        """Wait for something to plan; tell whether to go on."""
        with self._changed:
            while not self._is_closing and not (self._has_more and self._for.open_routes()):
                self._changed.wait(_LONGEST_SLEEP)
            self._has_more = False
            return not self._is_closing

    def _pause(self, why: str) -> None:
        if self._is_closing:
            return
        if why != self._trouble:
            self._trouble = why
            self._report(why)
        with self._changed:
            self._changed.wait(_PAUSE)
            self._has_more = True

    def _plan_next(self) -> bool:
        """Plan the next deliveries for the routes that are furthest behind; tell whether there were any."""
        with self._changed:
            names, cursor = self._for.open_routes(), self._for.cursor
            after = min((cursor[name] for name in names), default=None)
            if after is None:
                return False
            names = [name for name in names if cursor[name] == after]
        some = self._store.do(lambda db: inbox.unplanned(db, after, GROUP, GROUP_BYTES))
        return bool(some) and self._plan_group(names, some)

    def _plan_group(self, names: Sequence[str], some: Sequence[Delivery], endings: int = 0) -> bool:
        """Plan deliveries, in halves where the planner ends; one that ends it again is a dead letter.

        Return False where it stops before the last of them: no later one may be kept then.
        """
        try:
            planner = self._planner_now()
            self._planning_since = self._clock()
            self._keep(names, some, planner.plan(names, some))
            return True
        except PlannerEnded:
            self._forget_planner()
            if self._is_closing:
                return False
        finally:
            self._planning_since = None
        if len(some) > 1:
            half = len(some) // 2
            return self._plan_group(names, some[:half]) and self._plan_group(names, some[half:])
        if endings + 1 < _ENDINGS:
            return self._plan_group(names, some, endings + 1)
        self._keep(names, some, PlannedGroup(routes={}, letters={some[0].number: _ENDS_IT}))
        return True

    def _keep(self, names: Sequence[str], some: Sequence[Delivery], group: PlannedGroup) -> None:
        """Keep what was planned, in one transaction; the planner begins anew where that fails."""
        cursor = {**self._for.cursor, **dict.fromkeys(names, some[-1].number)}
        try:
            self._store.do(lambda db: keep_group(db, group, some, names, cursor, self._clock()))
        except BaseException:
            self._forget_planner()
            raise
        with self._changed:
            self._for.cursor = cursor
            for name, planned in group.routes.items():
                self._for.ahead[name] += sum(len(form.body) for _, form, _ in planned.rows)
        for name in group.routes:
            self._planned(name)

    def _planner_now(self) -> Planner:
        with self._changed:
            planner = self._planner
        if planner is None:
            planner = self._new_planner()
            with self._changed:
                self._planner = planner
        return planner

    def _new_planner(self) -> Planner:
        targets = [
            PlannedRoute(route=one.route, plugin=one.plugin, join=self._for.join)
            for one in self._for.targets.values()
        ]
        states, seen = self._store.do(lambda db: carried_on(db, targets))
        make = ProcessPlanner if self._plan_in == "process" else ThreadPlanner
        return make(targets, states, seen, self._for.hash_keys)

    def _forget_planner(self) -> None:
        with self._changed:
            planner, self._planner = self._planner, None
        if planner is not None:
            planner.close()
