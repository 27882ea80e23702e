"""A relay that runs in a thread of the test, with a file of settings of its own."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apps.relay.tests.engines import ListEngine
from apps.relay.tests.wire import SECRET, Answered, exchange, request
from attrs import define, field

from broadcast_relay.running import Relay
from broadcast_relay.serving.listening import listen
from broadcast_relay.serving.metrics import Metrics
from broadcast_relay.settings.file import Source, load_configuration

LOOK_SECONDS = 0.02
"""How often a relay of a test looks at its files."""


def settings_text(*routes: str, **settings: Any) -> str:
    """Return a file of settings with routes to a collector of lines."""
    lines = ["[relay]", *(f"{name} = {json.dumps(value)}" for name, value in settings.items())]
    for route in routes:
        lines += ["[[routes]]", f'name = "{route}"', 'destination = "ndjson"']
        lines += ["[routes.options]", f'url = "http://127.0.0.1:9/{route}"']
    return "\n".join([*lines, ""])


def replace(path: Path, text: str) -> None:
    """Put another file in the place of one, as careful editors do."""
    other = path.with_suffix(".new")
    other.write_text(text, encoding="utf-8")
    os.replace(other, path)


def wait_until(holds: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until something holds; fail when it does not in time."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come to hold in time"
        time.sleep(0.005)


@define(eq=False)
class Running:
    """A relay that runs, with all that a test looks at."""

    engine: ListEngine
    metrics: Metrics
    file: Path
    port: int
    reports: list[str] = field(factory=list)

    def post(self, body: bytes = b"", headers: Mapping[str, str] | None = None, **options: Any) -> Answered:
        """Deliver a body with the secret, and other headers."""
        secret = {"Authorization": f"Bearer {SECRET}"}
        return exchange(self.port, request(body, {**secret, **(headers or {})}, **options))

    def get(self, path: str) -> Answered:
        """Return a page."""
        return exchange(self.port, request(method="GET", path=path, headers={}))

    def counted(self, sample: str) -> float:
        """Return a number of the page of metrics."""
        lines = self.get("/metrics").body.decode().splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{sample} "))


@contextmanager
def running(
    folder: Path, *routes: str, environment: Mapping[str, str] | None = None, **settings: Any
) -> Iterator[Running]:
    """Run a relay until the block ends."""
    file = folder / "relay.toml"
    file.write_text(settings_text(*(routes or ("lines",)), spool="spool", **settings), encoding="utf-8")
    given = {"BROADCAST_RELAY_SECRET": SECRET} if environment is None else environment
    source = Source(file=str(file), environment=given)  # type: ignore[arg-type]
    configuration = load_configuration(source)
    engine = ListEngine()
    metrics = Metrics(route.name for route in configuration.routes.routes)
    listening = listen("127.0.0.1", 0)
    one = Running(engine, metrics, file, listening.getsockname()[1])
    relay = Relay(configuration, engine, metrics, source=source, host="127.0.0.1", report=one.reports.append)
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await relay.serve(listening, LOOK_SECONDS)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        one.get("/healthz")
        yield one
    finally:
        loops[0].call_soon_threadsafe(relay.stop)
        thread.join(10)
    assert not thread.is_alive()
