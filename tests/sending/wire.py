"""Servers on loopback that misbehave below HTTP: what each does with a connection is a function."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

from attrs import define, field

Behave: TypeAlias = Callable[[socket.socket], None]
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@define
class Wire:
    """A server that listens: `port`, and the requests that it has read, head and body."""

    port: int
    requests: list[bytes] = field(factory=list)
    connections: int = 0
    ended: threading.Event = field(factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def listening(behave: Callable[[socket.socket, Wire], None], port: int = 0) -> Iterator[Wire]:
    """Serve each connection in a thread of its own, until the block ends; connections are closed then."""
    open_ones: list[socket.socket] = []
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", port), backlog=64) as server:
        wire = Wire(server.getsockname()[1])

        def serve(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                behave(connection, wire)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    wire.connections += 1
                    open_ones.append(connection)
                    threads.append(threading.Thread(target=serve, args=(connection,), daemon=True))
                    threads[-1].start()

        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield wire
        finally:
            wire.ended.set()
            _end(server)
            for connection in open_ones:
                _end(connection)
            for thread in (acceptor, *threads):
                thread.join(5)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def read_request(connection: socket.socket, wire: Wire) -> bytes:
    """Return a whole request, head and body; b"" when the connection has ended."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65_536)):
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65_536)
    wire.requests.append(head + b"\r\n\r\n" + body)
    return wire.requests[-1]


def answering(answer: bytes = ANSWER) -> Callable[[socket.socket, Wire], None]:
    """Answer each request, on as many as a connection brings."""

    def behave(connection: socket.socket, wire: Wire) -> None:
        while read_request(connection, wire):
            connection.sendall(answer)

    return behave


def echo(connection: socket.socket, wire: Wire) -> None:
    """Answer each request with its body."""
    while request := read_request(connection, wire):
        body = request.partition(b"\r\n\r\n")[2]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def once(answer: bytes) -> Callable[[socket.socket, Wire], None]:
    """Read a request, write something, and close."""

    def behave(connection: socket.socket, wire: Wire) -> None:
        read_request(connection, wire)
        connection.sendall(answer)

    return behave


def dripping(first: bytes, drop: bytes = b"x") -> Callable[[socket.socket, Wire], None]:
    """Begin an answer at once, and go on with a little now and then, for two seconds."""

    def behave(connection: socket.socket, wire: Wire) -> None:
        read_request(connection, wire)
        connection.sendall(first)
        for _ in range(100):
            if wire.ended.wait(0.02):
                return
            connection.sendall(drop)

    return behave


def resetting(first: bytes = b"") -> Callable[[socket.socket, Wire], None]:
    """Begin an answer, and reset the connection."""

    def behave(connection: socket.socket, wire: Wire) -> None:
        read_request(connection, wire)
        connection.sendall(first)
        time.sleep(0.02)  # what was sent is to arrive before
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return behave


def silent(connection: socket.socket, wire: Wire) -> None:
    """Read, and say nothing until the other end closes."""
    read_request(connection, wire)
    while connection.recv(65_536):
        pass


def unread(connection: socket.socket, wire: Wire) -> None:
    """Read nothing, and say nothing, until the end of the test."""
    wire.ended.wait(5)
