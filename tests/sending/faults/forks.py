"""Whether a forked child and its parent get each the answers to their own requests."""

from __future__ import annotations

import os
import socket
import time
from datetime import timedelta

from broadcast_core.sending.client import Client
from tests.sending.kinds import outgoing
from tests.sending.wire import Wire, listening, read_request


def _slow_echo(connection: socket.socket, wire: Wire) -> None:
    """Answer each request with its body after a while, in which the other process sends one too."""
    while request := read_request(connection, wire):
        time.sleep(0.002)
        body = request.partition(b"\r\n\r\n")[2]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def _wrong(client: Client, url: str, name: str) -> int:
    bodies = [f"{name} {n}".encode() for n in range(40)]
    return sum(getattr(client.exchange(outgoing(url, body)), "body", None) != body for body in bodies)


def wrong_answers() -> int:
    """Send from a parent with a kept connection, and from its child; return how many answers are wrong."""
    reading, writing = os.pipe()
    with listening(_slow_echo) as wire, Client(timeout=timedelta(seconds=1)) as client:
        _wrong(client, wire.url, "before")
        if (child := os.fork()) == 0:
            os.write(writing, b"1")
            os._exit(min(_wrong(client, wire.url, "child"), 100))
        os.read(reading, 1)
        os.close(reading)
        os.close(writing)
        in_parent = _wrong(client, wire.url, "parent")
        return in_parent + os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
