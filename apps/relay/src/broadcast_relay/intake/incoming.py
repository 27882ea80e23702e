"""A body as it comes, with a limit of bytes and a limit of time, which no server has."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Literal, TypeAlias

from attrs import frozen

from broadcast_relay.intake.inflating import Inflation
from broadcast_relay.intake.payloads import LARGEST_EMPTY
from broadcast_relay.serving.asgi import Receive

Failed: TypeAlias = Literal["too_large", "timeout", "stopping", "disconnected"]
"""Why there is no whole body."""

_DRAINED_SECONDS, _DRAINED_BYTES = 1.0, 1024 * 1024


@frozen
class Body:
    """A whole body as it was sent, and its first bytes without its encoding."""

    sent: bytes
    start: bytes

    def __repr__(self) -> str:
        return f"Body({len(self.sent)} bytes)"


class Deadlines:
    """The time limits of bodies that are on their way; when the relay stops, all end soon.

    All may take equally long, so that the first to begin is the first that is late: one timer serves all.
    """

    def __init__(self, seconds: float, stop_seconds: float) -> None:
        self._seconds, self._stop_seconds = seconds, stop_seconds
        self._due: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._stop_at: float | None = None

    @property
    def is_stopping(self) -> bool:
        """Whether the relay stops."""
        return self._stop_at is not None

    def stop(self) -> None:
        """Let no body take longer than the time that a stop has; called in the event loop."""
        loop = asyncio.get_running_loop()
        self._stop_at = loop.time() + self._stop_seconds
        self._look_at(self._stop_at, loop)

    async def read(self, incoming: Incoming) -> Body | Failed:
        """Return a body, or why there is none; one task reads one body at a time."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        self._due[task] = due = loop.time() + self._seconds
        self._look_at(due, loop)
        try:
            return await incoming.read()
        except asyncio.CancelledError:
            if task not in self._late or task.uncancel():
                raise
            return "stopping" if self.is_stopping else "timeout"
        finally:
            del self._due[task]
            self._late.discard(task)

    def _look_at(self, at: float, loop: asyncio.AbstractEventLoop) -> None:
        """Look at a time, or at that of a stop, unless it looks before that anyway."""
        if self._stop_at is not None:
            at = min(at, self._stop_at)
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        self._timer = loop.call_at(at, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what is late, and look again when the next one would be."""
        self._timer, now = None, loop.time()
        is_over = self._stop_at is not None and self._stop_at <= now
        for task, due in self._due.items():
            if due > now and not is_over:
                self._look_at(due, loop)
                return
            if task not in self._late:
                self._late.add(task)
                task.cancel()


class Incoming:
    """The body of one request, read once: either kept, or thrown away."""

    def __init__(self, receive: Receive, max_bytes: int, *, is_gzip: bool) -> None:
        self._receive, self._max = receive, max_bytes
        self._inflation = Inflation(max_bytes, LARGEST_EMPTY + 1) if is_gzip else None
        self.is_over = False

    async def read(self) -> Body | Failed:
        """Return the body; it ends early as soon as it is too large, whatever length was announced."""
        chunks: list[bytes] = []
        size = 0
        while not self.is_over:
            chunk = await self._next()
            if chunk is None:
                return "disconnected"
            size += len(chunk)
            chunks.append(chunk)
            if size > self._max or await self._is_bomb(chunk):
                return "too_large"
        sent = b"".join(chunks)
        return Body(sent, sent[: LARGEST_EMPTY + 1] if self._inflation is None else self._start(sent))

    async def drain(self) -> None:
        """Throw away what is still coming, within bounds, so that the sender reads the answer first.

        A connection that is closed on a sender who still writes is reset, and the answer with it.
        """
        left = _DRAINED_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAINED_SECONDS):
                while not self.is_over and left > 0:
                    left -= len(await self._next() or b"")

    async def _next(self) -> bytes | None:
        """Return the next chunk; None when the sender has gone."""
        message = await self._receive()
        if message["type"] != "http.request":
            self.is_over = True
            return None
        self.is_over = not message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        return chunk

    async def _is_bomb(self, chunk: bytes) -> bool:
        if self._inflation is None:
            return False
        await self._inflation.feed(chunk)
        return self._inflation.is_too_large

    def _start(self, sent: bytes) -> bytes:
        """Return the first bytes of a gzip body; of a broken one, which holds something, those sent."""
        inflation = self._inflation
        is_readable = inflation is not None and (inflation.is_whole or not sent)
        return inflation.start if inflation is not None and is_readable else sent
