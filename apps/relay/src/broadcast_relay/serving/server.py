"""uvicorn with httptools, run from here: signals are the relay's, and it ends with what it was asked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from broadcast_relay.serving import asgi
from broadcast_relay.serving.protocol import BoundedProtocol, ServerConfig
from broadcast_relay.settings.table import RelaySettings

_DISK_SECONDS = 8
"""How long a stop waits for deliveries that are on their way to the disk, beyond half-sent bodies."""


class Server(uvicorn.Server):
    """A server of one application that leaves signals to who runs it."""

    def __init__(self, app: asgi.Application, settings: RelaySettings) -> None:
        config = ServerConfig(
            app,
            http=BoundedProtocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="error",  # below it, uvicorn says something of each bad request, and can show headers
            server_header=False,
            proxy_headers=False,
            limit_concurrency=settings.max_connections + 1,  # uvicorn counts the one that asks
            timeout_keep_alive=settings.keep_alive_seconds,
            timeout_graceful_shutdown=math.ceil(settings.stop_timeout_seconds) + _DISK_SECONDS,
        )
        config.request_seconds = settings.body_timeout_seconds
        super().__init__(config)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    def stop(self) -> None:
        """Accept nothing more, answer what is on its way, and end; asked again, end at once."""
        self.force_exit = self.should_exit
        self.should_exit = True
