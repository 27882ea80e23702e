"""One exchange on its way: its deadline, how far it came, and that the library's loggers say nothing of it.

httpx and httpx2 report where they are to the `trace` of a request. That tells whether a byte of it left, and
gives the streams of new connections, whose every read and write then ends at the deadline: the time limits of
the libraries are for one read each, so that an answer that drips would take as long as it likes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Literal, TypeAlias

Stage: TypeAlias = Literal["begun", "connecting", "proxy", "sending", "waiting", "reading"]
"""How far an exchange came; `proxy` is a proxy that is asked for a tunnel."""

_PART = 65_536
_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


class Exchange:
    """One request and its answer: `stage` is how far it came, of `seconds` in all."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.stage: Stage = "begun"
        self.is_given = False
        self.is_traced = False
        self._is_sent = False
        self._is_tunnel = False
        self._stream: Any = None
        self._ends = _clock() + seconds

    @property
    def may_have_arrived(self) -> bool:
        """Whether a byte of the request may have left; of a client that reports nothing it is not known."""
        return self._is_sent or (self.is_given and not self.is_traced)

    def remaining(self) -> float:
        """Return the seconds that are left; raise `TimeoutError` when there are none."""
        left = self._ends - _clock()
        if left <= 0:
            raise TimeoutError  # it ends in the failure that it becomes
        return left

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Take note of an event of a client, as `http11.send_request_headers.started`."""
        self.is_traced = True
        place, _, step = event.partition(".")
        name, _, when = step.partition(".")
        if name in ("connect_tcp", "connect_unix_socket", "start_tls"):
            self._connect(when, info)
        elif place.startswith("http") and when == "started":
            self._advance(name, info)
        elif name == "send_request_headers" and _is_refused_here(info):
            self._is_sent = False
        elif name == "receive_response_headers" and when == "complete" and not self._is_tunnel:
            self.stage = "reading"

    async def trace_async(self, event: str, info: dict[str, Any]) -> None:
        """Take note of an event of an asynchronous client; close what a cancelled handshake leaves open."""
        self.trace(event, info)
        if event.endswith("start_tls.failed") and self._stream is not None:
            with suppress(Exception):
                await self._stream.aclose()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Make this the exchange of what runs here, a thread or a task: reads end with it, logs lack it."""
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(_silent)
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    def _connect(self, when: str, info: dict[str, Any]) -> None:
        self.stage = "connecting"
        if when == "complete":
            self._stream = info["return_value"]
            _limit(self._stream)
        elif when == "started" and info.get("timeout") is not None:
            info["timeout"] = self.remaining()  # of all of it, not of this step

    def _advance(self, name: str, info: dict[str, Any]) -> None:
        if name == "send_request_headers":
            self._is_tunnel = info["request"].method == b"CONNECT"
            self._is_sent = not self._is_tunnel
            self.stage = "proxy" if self._is_tunnel else "sending"
        elif name == "receive_response_headers" and not self._is_tunnel:
            self.stage = "waiting"


def _is_refused_here(info: dict[str, Any]) -> bool:
    """Tell whether headers were never written, as the library found them wrong."""
    return type(info.get("exception")).__name__ == "LocalProtocolError"


def _limit(stream: Any) -> None:
    """Make the reads and writes of a new connection end with the exchange that they are of.

    Others of the same client are as before. Asynchronous ones need it not: they are cancelled.
    """
    if not hasattr(stream, "close"):
        return
    read, write = stream.read, stream.write

    def limited_read(max_bytes: int, timeout: float | None = None) -> Any:
        return read(max_bytes, _of_current(timeout))

    def limited_write(buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        for start in range(0, len(view), _PART):
            write(view[start : start + _PART], _of_current(timeout))

    stream.read, stream.write = limited_read, limited_write


def _of_current(timeout: float | None) -> float | None:
    current = _current.get()
    return timeout if current is None else current.remaining()


def _clock() -> float:
    return time.monotonic()  # noqa: TID251  # a deadline is of this process alone


class _Silent(logging.Filter):
    """Keeps from the log what is of an exchange: URLs and headers of answers may hold a secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        return _current.get() is None


_silent = _Silent()
_LOGGERS = (
    "httpx",
    "httpx2",
    *(
        f"{library}.{part}"
        for library in ("httpcore", "httpcore2")
        for part in ("connection", "http11", "http2", "proxy", "socks")
    ),
    "hpack",
    "hpack.hpack",
    "hpack.table",
)
"""What logs of requests; a filter of a logger does not reach those below it."""
