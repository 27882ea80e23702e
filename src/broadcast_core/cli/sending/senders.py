"""A run that sends: the input is planned in chunks, and each route is sent by threads of its own.

The main thread plans and prints; it stops planning while every route has enough to send. A route that is down
delays no other: what is planned for it waits in the checkpoint.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

from attrs import field, frozen

from broadcast_core.batching import Request
from broadcast_core.cli.connections import tested
from broadcast_core.cli.files.checkpoint import Checkpoint
from broadcast_core.cli.routes import SelectedRoutes
from broadcast_core.delivery.checking import CheckedRoute
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.pipeline.route import Route
from broadcast_core.secrets import Secrets
from broadcast_core.sending.checking import Exchanges
from broadcast_core.sending.clock import utc_now
from broadcast_core.sending.journal import StoreJournal
from broadcast_core.sending.route_sender import RouteSender, Sender
from broadcast_core.sending.store.jobs import Change
from broadcast_core.settings.delivery import DeliveryOptions

_LONG = timedelta(seconds=20)
"""A wait for a route of which a person should know."""
AHEAD = 16
"""How many requests of a route are planned before they are sent."""


@frozen(kw_only=True)
class SendLimits:
    """How long and often requests are tried: what the arguments state, what a route does, what is usual."""

    stated: DeliveryOptions = field(factory=DeliveryOptions)
    usual: Limits = field(factory=Limits)

    def by_route(self, selection: SelectedRoutes) -> dict[str, Limits]:
        """Return the limits of each route."""
        own = selection.delivery
        return {
            route.name: self.stated.over(own.get(route.name, DeliveryOptions()).over(self.usual))
            for route in selection.routes
        }


class Senders:
    """The senders of all routes of a checkpoint, and what they tell."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        secrets: Mapping[str, Secrets],
        limits: Mapping[str, Limits],
        client: Exchanges,
        seed: str,
        note: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self.limits = limits
        self._note = note
        self._noted: dict[str, datetime] = {}
        self._secrets = {name: secrets.get(name, Secrets(None)) for name in checkpoint.targets}
        self._client = client
        self._checked: dict[str, CheckedRoute] = {}
        self._told: SimpleQueue[DeliveryOutcome] = SimpleQueue()
        self._changed = threading.Condition()
        self._planned = dict.fromkeys(checkpoint.targets, 0)
        self.by_route = {
            name: RouteSender(
                Sender(
                    route=target.route,
                    secrets=self._secrets[name],
                    limits=limits[name],
                    client=client,
                    clock=utc_now,
                ),
                StoreJournal(checkpoint.store, target, limits[name]),
                seed=f"{seed} {name}",
                ends=True,
                works=self._tester(target.route),
                report=self._reporter(name),
            )
            for name, target in checkpoint.targets.items()
        }

    def start(self) -> None:
        """Begin to send what the checkpoint has."""
        for sender in self.by_route.values():
            sender.start()

    def add(self, more: Mapping[str, int]) -> None:
        """Tell how many requests of each route were kept."""
        with self._changed:
            for name, number in more.items():
                self._planned[name] += number
        for name, number in more.items():
            if number:
                self.by_route[name].wake()

    def wait_for_space(self) -> Iterator[DeliveryOutcome]:
        """Yield outcomes until some route has little to send; stop at once where no route goes on."""
        while self._is_full():
            yield from self.outcomes(timeout=0.1)
        yield from self.outcomes(timeout=0)

    def finish(self) -> Iterator[DeliveryOutcome]:
        """Yield outcomes until every sender has ended."""
        for sender in self.by_route.values():
            sender.complete()
        while any(sender.is_running for sender in self.by_route.values()):
            yield from self.outcomes(timeout=0.05)
        yield from self.outcomes(timeout=0)

    def stop(self) -> None:
        """Send nothing more; wait for what is on its way."""
        started = [sender for sender in self.by_route.values() if sender.is_running]
        for sender in started:
            sender.stop()
        for sender in started:
            sender.join()

    @property
    def is_any_running(self) -> bool:
        """Tell whether a sender goes on."""
        return any(sender.is_running for sender in self.by_route.values())

    def checked(self, name: str) -> CheckedRoute:
        """Return the outcome of the connection test of a route that has stopped; it is made once."""
        if name not in self._checked:
            self._tester(self.by_route[name].route)()
        return self._checked[name]

    @property
    def stuck(self) -> dict[str, str]:
        """Why routes do not go on, by their names."""
        return {name: one.stuck for name, one in self.by_route.items() if one.stuck is not None}

    @property
    def faults(self) -> list[BaseException]:
        """What ended senders that should not have ended."""
        return [sender.fault for sender in self.by_route.values() if sender.fault is not None]

    def outcomes(self, timeout: float) -> Iterator[DeliveryOutcome]:
        """Yield the outcomes that there are, after waiting for the first; note which routes wait for long."""
        self._note_waits()
        try:
            yield self._told.get(timeout=timeout) if timeout else self._told.get_nowait()
            while True:
                yield self._told.get_nowait()
        except Empty:
            return

    def _note_waits(self) -> None:
        now = utc_now()
        for name, sender in self.by_route.items():
            until, why = sender.hold or (now, "")
            if until - now > _LONG and self._noted.get(name, now) < until - _LONG:
                self._noted[name] = until
                self._note(f"{name}: {why}: it goes on at {until:%H:%M:%S} UTC, or when it is run again")

    def _tester(self, route: Route) -> Callable[[], bool]:
        def works() -> bool:
            checked = self._checked[route.name] = tested(route, self._secrets[route.name], self._client)
            return checked.works

        return works

    def _is_full(self) -> bool:
        with self._changed:
            running = [name for name, sender in self.by_route.items() if sender.is_running]
            return bool(running) and all(self._planned[name] >= AHEAD for name in running)

    def _reporter(self, name: str) -> Callable[[Change], None]:
        def report(change: Change) -> None:
            with self._changed:
                self._planned[name] += change.requests
            for outcome in change.outcomes:
                self._told.put(outcome)

        return report


@contextmanager
def stopped_at_the_end(senders: Senders) -> Iterator[None]:
    """Stop the senders however the block ends."""
    try:
        yield
    finally:
        senders.stop()


def by_route(requests: Sequence[Request], names: Sequence[str]) -> dict[str, list[Request]]:
    """Return requests by the route that they are of."""
    found: dict[str, list[Request]] = {name: [] for name in names}
    for request in requests:
        found[request.route].append(request)
    return found
