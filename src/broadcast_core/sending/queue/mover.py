"""What moves documents from a service to its worker, starts the worker and starts it again.

It has all of its state for itself: what is offered, what the worker says, and that it is to end, come as
messages, one after the other. A few documents are with the worker unconfirmed; the others wait here. When a
worker ends, the next is given what was not confirmed: a generation has the same ids each time.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from queue import Empty
from typing import Protocol, TypeAlias

from attrs import frozen

from broadcast_core.diagnostics import describe_error
from broadcast_core.errors import BroadcastError
from broadcast_core.record.codec import encode_line
from broadcast_core.sending.queue.counters import Report, Totals
from broadcast_core.sending.queue.offers import Offer, Offers
from broadcast_core.sending.queue.reporting import Reporting
from broadcast_core.sending.queue.worker import Tell, Worker, WorkerEnded

AHEAD, AHEAD_BYTES = 256, 8 * 1024 * 1024
"""How many documents are with the worker unconfirmed, and how many bytes of more than one."""
ISOLATED_AFTER = 3
"""Workers that end one after the other before the next plans in a process of its own."""
_FIRST_WAIT, _LONGEST_WAIT, _LAST_WAIT = 0.1, 30.0, 0.1  # seconds before a worker is started again
_NEVER_BEGAN = (
    "the worker ends before it begins, and is started again: see that this Python can be started as a process"
    " that imports broadcast_core, httpx2 and the destinations, and writes nothing to stdout by itself"
)
_GRACE = 0.5  # seconds after its deadline in which a worker ends by itself


class Making(Protocol):
    """What starts a worker; `isolated` lets it plan in a process of its own."""

    def __call__(self, notify: Tell, *, isolated: bool) -> Worker:
        """Start a worker."""
        ...


@frozen
class Close:
    """Move what there is and end, until a time of the clock."""

    until: float


@frozen
class _Document:
    number: int
    body: bytes
    size: int


Message: TypeAlias = "Offer | Report | str | WorkerEnded | Close | None"


class Mover:
    """Moves what is offered to a worker until it is told to close; `ahead` are unconfirmed at most.

    `largest` are the most bytes of a document that a spool is sure to have space for once others are sent.
    """

    def __init__(
        self,
        offers: Offers,
        totals: Totals,
        make: Making,
        *,
        ahead: int = AHEAD,
        ended: Callable[[], None] = lambda: None,
        largest: int = sys.maxsize,
    ) -> None:
        self._offers, self._totals, self._make = offers, totals, make
        self._ahead, self._ended = ahead, ended
        self._reporting = Reporting(lambda: totals.counters(), offers)
        self._waiting: deque[_Document] = deque()
        self._given: deque[_Document] = deque()
        self._given_bytes = 0
        self._number = 0
        self._largest = largest
        self._is_heard = self._is_isolated = False
        self._worker: Worker | None = None
        self._failures, self._not_before = 0, 0.0
        self._close: Close | None = None
        self._is_ending = self._is_killed = False

    def run(self) -> None:
        """Move documents until the end; whatever is left then is pending."""
        while not self._is_over():
            try:
                self._take(self._next())
                self._move()
            except Exception as error:  # noqa: BLE001  # a fault of ours must not end the thread
                what = f"a bug in broadcast-core, please report it: {describe_error(error)}"
                self._reporting.note(what, clock())
                time.sleep(_FIRST_WAIT)
            self._reporting.notify(clock())
        self._reporting.notify(clock(), is_last=True)
        self._reporting.end()

    def _is_over(self) -> bool:
        if self._close is None:
            return False
        if self._worker is not None:
            return clock() > self._close.until + 3 * _GRACE
        return self._is_ending or not self._waiting or clock() > self._close.until

    def _next(self) -> Message:
        """Return the next message; None where there is something to do before it comes."""
        times = [self._reporting.due]
        if self._close is not None:
            times.append(self._close.until + _GRACE * (self._worker is not None))
        if self._worker is None and (self._waiting or self._totals.last.path):
            times.append(self._not_before)
        until = min((one for one in times if one is not None), default=None)
        try:
            if until is None:
                message: Message = self._offers.messages.get()
            else:
                message = self._offers.messages.get(timeout=max(0.001, until - clock()))
        except Empty:
            message = None
        return message

    def _take(self, message: Message) -> None:
        self._is_heard = self._is_heard or isinstance(message, Report | str)
        if isinstance(message, Offer):
            self._add(message)
        elif isinstance(message, Report):
            self._totals.take(message)
            self._confirm(message.confirmed)
        elif isinstance(message, str):
            self._reporting.note(message, clock())
        elif isinstance(message, WorkerEnded):
            self._is_isolated = self._is_isolated or message.is_stuck
            self._restart()
        elif isinstance(message, Close):
            self._close = message
            self._not_before = 0.0

    def _add(self, offer: Offer) -> None:
        try:
            document = offer.document
            body = document if isinstance(document, bytes) else encode_line(document)
        except Exception:  # noqa: BLE001  # a generation that holds what is no JSON
            body = None
        if body is None or len(body) > self._largest:
            self._offers.release(offer.size, is_wrong=True)
            return
        self._offers.resize(offer.size, len(body))
        self._number += 1
        self._waiting.append(_Document(self._number, body, len(body)))

    def _confirm(self, number: int) -> None:
        while self._given and self._given[0].number <= number:
            document = self._given.popleft()
            self._given_bytes -= document.size
            self._offers.release(document.size)
            self._failures = 0

    def _restart(self) -> None:
        """Take back what the worker that ended had not confirmed."""
        if self._worker is not None:
            self._worker.close()
        self._worker = None
        self._totals.ended()
        self._waiting.extendleft(reversed(self._given))
        self._given.clear()
        self._given_bytes = 0
        if self._is_ending and not self._waiting:
            return
        self._is_ending = False
        self._totals.restarts += 1
        if not self._is_heard:
            self._reporting.note(_NEVER_BEGAN, clock())
        self._failed()

    def _failed(self) -> None:
        self._failures += 1
        wait = min(_FIRST_WAIT * 2 ** min(self._failures, 10), _LONGEST_WAIT)
        self._not_before = clock() + (wait if self._close is None else _LAST_WAIT)

    def _move(self) -> None:
        """Give the worker what it may have; end it when that is all."""
        close = self._close
        if close is not None and clock() > close.until + _GRACE and self._worker and not self._is_killed:
            self._is_killed = self._is_ending = True
            self._worker.kill()
        if self._is_ending or (worker := self._worker_now()) is None:
            return
        try:
            while self._waiting and self._may_give():
                document = self._waiting.popleft()
                self._given.append(document)
                self._given_bytes += document.size
                worker.give(document.number, document.body)
            if close is not None and not self._waiting:
                self._is_ending = True
                worker.end(close.until - clock())
                self._ended()
        except WorkerEnded:
            self._ended()  # a message says so too

    def _may_give(self) -> bool:
        return not self._given or (len(self._given) < self._ahead and self._given_bytes < AHEAD_BYTES)

    def _worker_now(self) -> Worker | None:
        """Return the worker, started where there is something for it and its time has come."""
        is_wanted = self._waiting or self._totals.last.path is not None
        if self._worker is None and is_wanted and clock() >= self._not_before:
            try:
                isolated = self._is_isolated or self._failures >= ISOLATED_AFTER
                self._is_heard = False
                self._worker = self._make(self._offers.messages.put, isolated=isolated)
            except (BroadcastError, OSError, RuntimeError) as error:
                what = str(error) if isinstance(error, BroadcastError) else type(error).__name__
                self._reporting.note(f"the worker cannot be started: {what}", clock())
                self._failed()
        return self._worker


def clock() -> float:
    """Return the seconds of a clock that is of this process alone."""
    return time.monotonic()  # noqa: TID251  # a deadline
