"""An engine of lists: what a relay needs of its spool, without a disk and without sending."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from threading import Timer

from attrs import define, field, frozen

from broadcast_relay.serving.metrics import Metrics
from broadcast_relay.settings.file import Configuration


@frozen(kw_only=True)
class State:
    """How full it is."""

    bytes: int = 0
    deliveries: int = 0
    requests: Mapping[str, int] = field(factory=dict)
    oldest: timedelta | None = None
    full: str | None = None
    letters: int = 0


@frozen
class Kept:
    """A delivery that was accepted."""

    body: bytes
    encoding: str
    at: datetime


@define(eq=False)
class ListEngine:
    """Keeps deliveries in a list; `failure` is what accepting fails with, `delay` how long it takes."""

    kept: list[Kept] = field(factory=list)
    reloads: list[list[str]] = field(factory=list)
    failure: Exception | None = None
    delay: float = 0.0
    reported: State = State()
    is_closed: bool = False

    def accept(self, body: bytes, *, encoding: str, at: datetime) -> Future[int]:
        """Keep a body; the future is done after the delay."""
        future: Future[int] = Future()
        if self.failure is not None:
            future.set_exception(self.failure)
            return future

        def keep() -> None:
            self.kept.append(Kept(body, encoding, at))
            future.set_result(len(self.kept))

        if self.delay:
            Timer(self.delay, keep).start()
        else:
            keep()
        return future

    def state(self) -> State:
        """Return what it was told to be."""
        return self.reported

    def reload(self, configuration: Configuration) -> None:
        """Note the routes."""
        if self.failure is not None:
            raise self.failure
        self.reloads.append([route.name for route in configuration.routes.routes])

    def close(self) -> None:
        """Note it."""
        self.is_closed = True

    def start(self, configuration: Configuration, metrics: Metrics) -> ListEngine:
        """Begin, as a relay begins its engine."""
        return self
