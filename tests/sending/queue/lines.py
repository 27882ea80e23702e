"""A server on loopback that takes lines and keeps their ids, and queues that send to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event
from typing import Any

from attrs import define, field

from broadcast_core import Content, Generation, Response, Route
from broadcast_core.delivery.limits import Limits
from broadcast_core.plugins import destination
from broadcast_core.record.generation import Timing
from broadcast_core.sending.queue import DeliveryQueue
from broadcast_core.testing.loopback import serve

START = datetime(2026, 11, 26, 12, tzinfo=UTC)
LIMITS = Limits(tries=None, on_unknown_outcome="resend")
KEY = "k3y-canary-9c"


@define
class Lines:
    """A running server: its URL, the ids of the lines that it took, and the tokens that came with them.

    `status` is what it answers; while `is_open` is not set it answers nothing.
    """

    url: str = ""
    ids: list[str] = field(factory=list)
    tokens: set[str | None] = field(factory=set)
    status: int = 200
    is_open: Event = field(factory=Event)

    def answer(self, _method: str, _path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Take lines."""
        self.is_open.wait(20)
        self.tokens.add(headers.get("Authorization"))
        text = zlib.decompress(body, 47) if headers.get("Content-Encoding") == "gzip" else body
        if self.status == 200:
            self.ids += [json.loads(line)["id"] for line in text.splitlines()]
        return Response(status=self.status)

    def route(self, name: str = "lines") -> Route:
        """Return a route that sends here."""
        return Route.to(destination("ndjson"), {"url": self.url}, name=name)

    def queue(self, **options: Any) -> DeliveryQueue:
        """Return a queue of one route that sends here; an answer that is lost is asked for again."""
        return DeliveryQueue([self.route()], {"lines": {"token": KEY}}, limits=LIMITS, **options)


@contextmanager
def served() -> Iterator[Lines]:
    """Serve lines until the block ends."""
    lines = Lines()
    lines.is_open.set()
    with serve(lines.answer) as url:
        lines.url = url
        yield lines
        lines.is_open.set()


def generation(number: int | str, text: str = "hi") -> Generation:
    """Return a small generation."""
    return Generation(id=f"gen-{number}", timing=Timing(start=START), content=Content(input=text))


def worker_of(queue: DeliveryQueue) -> int:
    """Return the number of the process that works for a queue, once there is one."""
    eventually(lambda: queue._mover._worker is not None)
    return queue._mover._worker.process  # type: ignore[union-attr,no-any-return]


def eventually(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it does not become so"
        time.sleep(0.005)


def is_alive(process: int) -> bool:
    """Tell whether a process is there, and no zombie."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


PROGRAM = """
import os, sys, time
from broadcast_core import Route
from broadcast_core.plugins import destination
from broadcast_core.sending.queue import DeliveryQueue
from tests.sending.queue.lines import LIMITS, generation, worker_of
url, spool = sys.argv[1:]
route = Route.to(destination("ndjson"), {"url": url}, name="lines")
queue = DeliveryQueue([route], limits=LIMITS, spool=spool or None, deadline=20)
"""
"""How a service begins."""


def program(rest: str, lines: Lines, spool: str = "") -> subprocess.Popen[bytes]:
    """Start a service with a queue, as a process of its own."""
    code = f"import sys; sys.path[:] = {sys.path!r}\n{PROGRAM}{rest}"
    return subprocess.Popen(
        [sys.executable, "-c", code, lines.url, spool], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
