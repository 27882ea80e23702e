"""Delivers bodies on some connections, in a process of its own: as fast as it is answered, or at a rate.

At a rate, the time of each answer counts from the moment at which its delivery was due: a server that stops
for a while pays for all that came meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from time import perf_counter

SECRET = "secret-of-the-bench"
_HEAD = (
    "POST /v1/traces HTTP/1.1\r\nHost: relay.example\r\nContent-Type: application/json\r\n"
    f"Authorization: Bearer {SECRET}\r\nContent-Length: "
)


class Connection(asyncio.Protocol):
    """Sends a delivery, waits for its answer, and asks for the next."""

    def __init__(self, load: Load) -> None:
        self.load, self.due = load, 0.0
        self.left = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send_next()

    def send_next(self) -> None:
        """Send the next once it is due; end when there is none."""
        following = self.load.next()
        if following is None:
            self.transport.close()
            return
        self.due, request = following
        wait = self.due - perf_counter()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self.transport.write, request)
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Count an answer once its head is here; what is left of its body may stand before the next head."""
        if b"\r\n\r\n" not in data:
            return
        self.load.answered(perf_counter() - self.due, is_taken=b"HTTP/1.1 200 " in data)
        self.send_next()

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell that it is over."""
        self.load.lost()


class Load:
    """Which delivery goes next, and the times of all answers in seconds."""

    def __init__(self, bodies: list[bytes], seconds: float, rate: float | None, count: int | None) -> None:
        self.requests = [f"{_HEAD}{len(body)}\r\n\r\n".encode() + body for body in bodies]
        self.rate, self.count, self.seconds = rate, count, seconds
        self.begun = perf_counter()
        self.sent = self.failed = self.open = 0
        self.times: list[float] = []
        self.over = asyncio.Event()

    def next(self) -> tuple[float, bytes] | None:
        """Return when the next one is due, and its bytes."""
        due = perf_counter() if self.rate is None else self.begun + self.sent / self.rate
        if due - self.begun > self.seconds or (self.count is not None and self.sent >= self.count):
            return None
        turn, place = divmod(self.sent, len(self.requests))
        request = self.requests[place].replace(b"gen-1", b"gen-%d" % (1 + turn % 9))  # others in each turn
        self.sent += 1
        return due, request

    def answered(self, seconds: float, *, is_taken: bool) -> None:
        """Count an answer."""
        self.times.append(seconds)
        self.failed += not is_taken

    def lost(self) -> None:
        """Count a connection that has ended."""
        self.open -= 1
        if not self.open:
            self.over.set()


async def deliver(port: int, connections: int, load: Load) -> None:
    """Deliver until it is over."""
    load.open = connections
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(load), "127.0.0.1", port)
    await load.over.wait()


async def main(order: dict[str, object]) -> None:
    """Obey one order, and print how many were answered in how many seconds, and the times."""
    bodies = Path(str(order["bodies"])).read_bytes().split(b"\x00")
    load = Load(bodies, order["seconds"], order.get("rate"), order.get("count"))  # type: ignore[arg-type]
    await deliver(int(str(order["port"])), int(str(order["connections"])), load)
    found = {"answers": len(load.times), "failed": load.failed, "seconds": perf_counter() - load.begun}
    print(json.dumps({**found, "times": [round(one, 6) for one in load.times]}))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
