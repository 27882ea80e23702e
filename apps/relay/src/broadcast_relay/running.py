"""A relay from its settings to its end: listen, keep, send, reload, and stop without losing anything."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import current_thread, main_thread
from typing import Any

from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.errors import BroadcastError
from broadcast_relay.intake.delivery import Intake
from broadcast_relay.serving.application import application
from broadcast_relay.serving.listening import host_of, listen, url_of
from broadcast_relay.serving.metrics import Metrics
from broadcast_relay.serving.pages import pages
from broadcast_relay.serving.server import Server
from broadcast_relay.settings.file import Configuration, Source, load_configuration
from broadcast_relay.settings.reloading import Reloader
from broadcast_relay.spool.engine import Engine, StartEngine


def run(
    source: Source, start: StartEngine, report: Callable[[str], None], watch_seconds: float = 1.0
) -> None:
    """Run a relay until a signal ends it; raise `CommandError` when it cannot begin.

    `report` takes lines for the person in charge, which hold neither content nor secrets.
    """
    configuration = load_configuration(source)
    host, warning = host_of(configuration)
    if warning is not None:
        report(warning)
    metrics = Metrics(route.name for route in configuration.routes.routes)
    with listen(host, configuration.settings.port) as listening:
        try:
            engine = start(configuration, metrics)
        except BroadcastError as error:
            raise CommandError(str(error), code=UNUSABLE) from None
        try:
            for line in started(configuration, listening):
                report(line)
            relay = Relay(configuration, engine, metrics, source=source, host=host, report=report)
            gc.freeze()  # what is loaded stays: each full collection would walk it, for 20 ms
            asyncio.run(relay.serve(listening, watch_seconds))
        finally:
            engine.close()
    report("stopped; what waits in the spool is sent after the next start")


def started(configuration: Configuration, listening: socket.socket) -> Iterator[str]:
    """Yield what a person should know when a relay begins."""
    settings, access = configuration.settings, configuration.access
    who = f"with a shared secret in {settings.secret_header or 'Authorization: Bearer'}"
    everyone = "without a secret: whoever reaches this host's loopback may deliver"
    yield f"listening on {url_of(listening, settings.path)}, {who if access.secrets else everyone}"
    yield f"routes: {', '.join(route.name for route in configuration.routes.routes)}"
    size = f"{settings.max_spool_bytes / 1024**2:,.0f} MiB"
    yield f"spool: {settings.spool}, up to {size} and {settings.max_age_hours:g} hours; it holds prompts"


class Relay:
    """The parts of a relay that run in one event loop."""

    def __init__(
        self,
        configuration: Configuration,
        engine: Engine,
        metrics: Metrics,
        *,
        source: Source,
        host: str,
        report: Callable[[str], None],
    ) -> None:
        settings = configuration.settings
        self._configuration, self._engine, self._metrics = configuration, engine, metrics
        self._source, self._host, self._report = source, host, report
        self._intake = Intake(
            engine, metrics, access=configuration.access, settings=settings, now=_now, report=report
        )
        others = pages(engine, metrics, settings.path)
        self._server = Server(application(self._intake, others, settings.path), settings)

    async def serve(self, listening: socket.socket, watch_seconds: float) -> None:
        """Serve until a signal, or `stop`."""
        reloader = Reloader(
            self._configuration,
            load=lambda: load_configuration(self._source),
            use=self._use,
            report=self._report,
            count=self._metrics.reloaded,
            host=self._host,
            seconds=watch_seconds,
        )
        watching = asyncio.create_task(reloader.watch())
        with _signals({"SIGTERM": self.stop, "SIGINT": self.stop, "SIGHUP": reloader.ask}):
            await self._server.serve(sockets=[listening])
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    def stop(self) -> None:
        """Stop; called in the event loop."""
        self._intake.stop()
        self._server.stop()

    def _use(self, new: Configuration) -> None:
        """Exchange the routes, then who may deliver; called in another thread."""
        self._engine.reload(new)
        self._metrics.add_routes(route.name for route in new.routes.routes)
        self._intake.access = new.access


@contextmanager
def _signals(handlers: Mapping[str, Callable[[], None]]) -> Iterator[None]:
    """Handle signals in the event loop while it runs; those that the system does not have are left out."""
    loop = asyncio.get_running_loop()
    before: dict[int, Any] = {}
    if current_thread() is main_thread():  # only there can signals be handled
        for name, handle in handlers.items():
            if (number := getattr(signal, name, None)) is not None:
                before[number] = signal.signal(number, _in_loop(loop, handle))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_loop(loop: asyncio.AbstractEventLoop, handle: Callable[[], None]) -> Callable[[int, object], None]:
    def call(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(handle)

    return call


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251
