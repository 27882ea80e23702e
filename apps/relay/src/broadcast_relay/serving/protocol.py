"""HTTP of uvicorn with what it does not bound: how large a head may be, and how long a request may take.

Without it a sender without any secret could hold a connection for ever, or fill the machine with headers.
"""

from __future__ import annotations

import asyncio

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 65_536
_ANSWER_SECONDS = 2.0
"""How long a request may last beyond its body's own time, within which the intake answers by itself."""


class ServerConfig(uvicorn.Config):
    """A configuration of uvicorn, with the time that a head and a body may take each, in seconds."""

    request_seconds: float = 10.0


class BoundedProtocol(HttpToolsProtocol):
    """A connection that ends when a head is too large, or a request does not come to its end."""

    _is_head = True
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, no longer than a head may take."""
        super().connection_made(transport)
        self._expect_within(0.0)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what has come; while it is a head, count it."""
        if self._timer is None and self._is_head:  # the first bytes of another request
            self._expect_within(0.0)
        if self._is_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_head and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The headers are too large.")

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        self._is_head, self._head_bytes = False, 0
        self._expect_within(_ANSWER_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for nothing: what comes next is another request, or the answer."""
        self._is_head = True
        self._forget()
        super().on_message_complete()

    def _expect_within(self, more_seconds: float) -> None:
        self._forget()
        seconds = getattr(self.config, "request_seconds", ServerConfig.request_seconds)
        self._timer = self.loop.call_later(seconds + more_seconds, self._expire)

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _expire(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
