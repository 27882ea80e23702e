"""What a service makes once: it wraps the transports of its clients, and offers what passes to a queue."""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Iterable
from functools import partial
from typing import Any, Protocol, TypeVar, cast

from attrs import evolve

from broadcast_core.capture.clock import Clock
from broadcast_core.capture.counts import Counter, Counts
from broadcast_core.capture.exchange import Exchange, Sent, named
from broadcast_core.capture.reading import read_exchange
from broadcast_core.capture.selection import Selection
from broadcast_core.capture.transport import RecordedTransport
from broadcast_core.capture.worker import Worker
from broadcast_core.diagnostics import describe_error
from broadcast_core.errors import ArgumentTypeError
from broadcast_core.processes import close_with_process
from broadcast_core.record.generation import Generation

T = TypeVar("T")

_RETRY = "x-stainless-retry-count"  # the SDKs of OpenAI and others send which try it is
_AT_EXIT = 2.0  # seconds that the end of a program waits for what was not read yet


_LONGEST = 86_400.0


class Queue(Protocol):
    """What generations are offered to: a `DeliveryQueue`, or anything with this method."""

    def offer(self, generation: Generation, /) -> bool:
        """Take a generation, or return False; never wait, never raise."""


class Recorder:
    """Captures what passes through the transports that it wraps, and offers each generation to a queue.

    Captured are requests to OpenRouter and below `base_urls`. Of one body `max_body_bytes` are kept, of all
    that waits to be read `max_waiting_bytes`; what is too much is cut or dropped, and counted. One recorder
    serves all clients of a process, sync and async, in any thread.
    """

    def __init__(
        self,
        queue: Queue,
        *,
        base_urls: Iterable[str] = (),
        max_body_bytes: int = 16_000_000,
        max_waiting_bytes: int = 64_000_000,
        clock: Clock | None = None,
    ) -> None:
        self._queue = queue
        self._selection = Selection.of(base_urls)
        self._limit = max_body_bytes
        self._clock = clock or Clock()
        self._counter = Counter()
        self._epoch = 0
        self._worker = Worker(self._work, max_waiting_bytes)
        self._at_exit = partial(_close, weakref.ref(self))
        atexit.register(self._at_exit)
        close_with_process(self._at_exit, after=1)

    @property
    def counts(self) -> Counts:
        """What became of everything that passed so far, in this process."""
        self._notice_fork()
        return evolve(self._counter.counts, waiting=self._worker.waiting)

    def transport(self, inner: T) -> T:
        """Return a transport that captures what passes through another one, for `Client(transport=...)`.

        `inner` is a transport of httpx or httpx2, sync or async. The result has what clients call, and
        is typed as what it wraps, so that they take it.
        """
        if not (hasattr(inner, "handle_request") or hasattr(inner, "handle_async_request")):
            what = "transport: expected a transport of httpx or httpx2, as httpx2.HTTPTransport()"
            raise ArgumentTypeError(f"{what}; got {type(inner).__name__}")
        return cast(T, RecordedTransport(inner, self._begin))

    def close(self, timeout: float = 5.0) -> Counts:
        """Capture no more, read what was kept and offer it within the seconds, and return the counts.

        Close the queue after it. Clients go on as before, uncaptured.
        """
        self._worker.close(timeout if timeout <= _LONGEST else _LONGEST)
        atexit.unregister(self._at_exit)
        return self.counts

    def _begin(self, request: Any) -> Exchange | None:
        """Begin to keep a request; None for one that is not captured."""
        try:
            kind = self._selection.of_request(request.method, request.url)
            if kind is None or self._worker.is_closed:
                return None
            body = _body(request)
            self._notice_fork()
            if kind == "unread" or body is None:
                self._counter.add("passed")
                return None
            self._worker.start()
            kept = body if len(body) <= self._limit else b""
            done = partial(self._hand_over, self._worker.epoch)
            headers = request.headers
            sent = Sent(kept, request.url.path, named(headers), headers.get(_RETRY))
            return Exchange(sent, self._clock, self._limit, done)
        except Exception as error:  # noqa: BLE001  # whatever goes wrong here, the caller's request goes out
            self._counter.add("unread", describe_error(error))
            return None

    def _hand_over(self, epoch: int, exchange: Exchange) -> None:
        """Let the worker read an exchange; one that a parent process began is the parent's."""
        if epoch == self._worker.epoch and not self._worker.put(exchange):
            self._counter.add("dropped")

    def _notice_fork(self) -> None:
        if self._epoch != self._worker.epoch:
            self._epoch, self._counter = self._worker.epoch, Counter()
            close_with_process(self._at_exit, after=1)

    def _work(self, exchange: Exchange) -> None:
        if exchange.status is not None and 300 <= exchange.status < 400:
            self._counter.add("passed")  # the answer is that of the next request
            return
        try:
            captured = read_exchange(exchange, self._limit)
            for rejected in captured.reading.rejected:
                self._counter.add("unread", str(rejected.problems[0]))
            for generation in captured.reading.generations:
                self._counter.add("offered" if self._queue.offer(generation) else "refused")
                if captured.is_cut:
                    self._counter.add("cut")
        except Exception as error:  # noqa: BLE001  # the thread goes on with the next exchange
            self._counter.add("unread", describe_error(error))


def _body(request: Any) -> bytes | None:
    """Return the body that is sent; None where it is a stream, or compressed."""
    if "content-encoding" in request.headers:
        return None
    try:
        return cast(bytes, request.content)
    except RuntimeError:  # RequestNotRead of either library: the body is a stream
        return None


def _close(reference: weakref.ref[Recorder]) -> None:
    recorder = reference()
    if recorder is not None:
        recorder.close(_AT_EXIT)
