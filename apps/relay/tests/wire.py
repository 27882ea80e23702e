"""HTTP on raw sockets: requests as bytes, and answers as they come."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any

from attrs import frozen

SECRET = "relay-secret-of-the-tests"
AUTHORIZED = {"Authorization": f"Bearer {SECRET}"}
DELIVERY = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}'


@frozen
class Answered:
    """An answer: status, headers in lower case, and body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def request(
    body: bytes = b"",
    headers: Mapping[str, str] = AUTHORIZED,
    *,
    method: str = "POST",
    path: str = "/v1/traces",
    length: int | None = None,
) -> bytes:
    """Return the bytes of a request; `length` is announced in place of the body's own."""
    lines = [f"{method} {path} HTTP/1.1", "Host: relay.example", f"Content-Length: {length or len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunk(body: bytes) -> bytes:
    """Return a chunk of a body whose length is not announced; an empty one ends it."""
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


CHUNKED = (
    f"POST /v1/traces HTTP/1.1\r\nHost: relay.example\r\nTransfer-Encoding: chunked\r\n"
    f"Authorization: Bearer {SECRET}\r\n\r\n"
).encode()


def connect(port: int) -> socket.socket:
    """Return a connection that waits for nothing longer than five seconds."""
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def answer(connection: socket.socket) -> Answered:
    """Return the next answer on a connection."""
    response = HTTPResponse(connection)
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answered(response.status, headers, response.read())


def is_closed(connection: socket.socket) -> bool:
    """Tell whether the other side has ended the connection."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def exchange(port: int, content: bytes) -> Answered:
    """Send bytes on a connection of their own and return the answer."""
    with connect(port) as connection:
        connection.sendall(content)
        return answer(connection)
