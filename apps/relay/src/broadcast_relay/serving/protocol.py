"""HTTP of uvicorn with what it does not bound: how large a head may be, and how long a request may take.

Without it a sender without any secret could hold a connection for ever, or fill the machine with headers.
"""

from __future__ import annotations

import asyncio

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 65_536
_FRAMING = 32
"""Bytes that a chunk may have beside its part of the body: its length, and what ends its lines."""
_ANSWER_SECONDS = 2.0
"""How long a request may last beyond its body's own time, within which the intake answers by itself."""


class ServerConfig(uvicorn.Config):
    """A configuration of uvicorn, with the time that a head and a body may take each, in seconds."""

    request_seconds: float = 10.0


class BoundedProtocol(HttpToolsProtocol):
    """A connection that ends when a head is too large, or a request does not come to its end."""

    _is_head = True
    _others = 0  # bytes of this request that are no body: its head, the framing of chunks, what trails them
    _due: float | None = None
    _timer: asyncio.TimerHandle | None = None  # it finds out whether it is due, so that a request moves none

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, no longer than a head may take."""
        super().connection_made(transport)
        self._expect_within(0.0)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what has come, and count what is no body."""
        if self._is_head and self._due is None:  # the first bytes of another request
            self._expect_within(0.0)
        self._others += len(data)
        super().data_received(data)
        if self._others > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The headers are too large.")

    def on_headers_complete(self) -> None:
        """Wait for the body; raise, which is answered with 400, for a large head that came at once."""
        if sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD_BYTES:
            raise ValueError("the headers are too large")
        self._is_head = False
        self._expect_within(_ANSWER_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body off what is none, with the framing of a chunk; no part saves for later."""
        self._others = max(0, self._others - len(body) - _FRAMING)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for nothing: what comes next is another request, or the answer."""
        self._is_head, self._due, self._others = True, None, 0
        super().on_message_complete()

    def _expect_within(self, more_seconds: float) -> None:
        seconds = getattr(self.config, "request_seconds", ServerConfig.request_seconds)
        self._due = self.loop.time() + seconds + more_seconds
        if self._timer is not None and self._timer.when() > self._due:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self.loop.call_at(self._due, self._look)

    def _look(self) -> None:
        """Close the connection if its request is late; where it is not, look again when it would be."""
        self._timer = None
        if self._due is None or self.transport.is_closing():
            return
        if self._due <= self.loop.time():
            self.transport.close()
        else:
            self._timer = self.loop.call_at(self._due, self._look)
