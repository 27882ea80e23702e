"""What a queue says in the log: at most one line a minute of what was lost, and no content."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from broadcast_core.sending.queue.counters import Counters
from broadcast_core.sending.queue.offers import Offers

LOG = logging.getLogger("broadcast_core.queue")
MINUTE = 60.0
_OFFERED = {
    "full": "found the queue full",
    "wrong": "are no generation and no bytes, too large for the spool, or cannot be written",
    "closed": "came after its end",
}
_SENT = {
    "refused": "were refused",
    "undelivered": "could not be delivered",
    "lost": "were lost with a worker that kept them in memory",
}


class Reporting:
    """Writes a line when there is something new to say, and the last is a minute old."""

    def __init__(self, counters: Callable[[], Counters], offers: Offers) -> None:
        self._counters, self._offers = counters, offers
        self._said: dict[str, int] = {}
        self._last: float | None = None
        self._notes: dict[str, float] = {}
        self.due: float | None = None
        """When there is a line to be written."""

    def notify(self, now: float, *, is_last: bool = False) -> None:
        """Write what was dropped since the last line, once it is time."""
        self._offers.heard()
        counts = self._counts()
        if counts == self._said or not any(counts.values()):
            self.due = None
            return
        self.due = now if self._last is None else self._last + MINUTE
        if now < self.due and not is_last:
            return
        words = {**_OFFERED, **_SENT}
        more = {name: number - self._said.get(name, 0) for name, number in counts.items()}
        parts = [f"{number} {words[name]}" for name, number in more.items() if number > 0]
        _warn(f"of what was offered, {', '.join(parts)}; see DeliveryQueue.counters")
        self._said, self._last, self.due = counts, now, None

    def note(self, line: str, now: float) -> None:
        """Write a line of a worker, each once a minute."""
        if now - self._notes.get(line, -MINUTE) >= MINUTE:
            self._notes = {one: at for one, at in self._notes.items() if now - at < MINUTE}
            self._notes[line] = now
            _warn(line)

    def end(self) -> None:
        """Say how much waits when nothing more is moved."""
        if pending := self._offers.counts()["pending"]:
            _warn(f"of what was offered, {pending} were not sent at the end; see DeliveryQueue.counters")

    def _counts(self) -> dict[str, int]:
        found = self._counters()
        offered = self._offers.counts()
        lost = found.lost + sum(one.lost for one in found.routes.values())
        sent = {"refused": found.refused, "undelivered": found.undelivered, "lost": lost}
        return {**{name: offered[name] for name in _OFFERED}, **sent}


def _warn(line: str) -> None:
    """Write a line; a handler of the service that raises must not end the queue."""
    with suppress(Exception):
        LOG.warning("%s", line)
