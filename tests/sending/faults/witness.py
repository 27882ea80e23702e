"""Platforms in a process of their own, which nobody kills: what they have is what was delivered.

The path says what is asked: `/NAME[+HABIT...]/KIND/...`. A name is a platform with a state of its own. Its
KIND is what it does with a row that comes again, or `api` for the model of Opik. HABITs: `small` refuses
requests of more than two rows (413), `lossy` takes every fifth request and answers nothing, `busy` answers
every fourth with 503, `picky` refuses a request with a row named "poison" (400), `slow` takes its time.
`GET /NAME.../KIND/state` gives what is there. Each row that is taken is also a line in a log.
"""

from __future__ import annotations

import hashlib
import json
import socket
import sys
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock
from typing import IO, Any
from zlib import decompress

from attrs import define, field

from broadcast_opik.testing.server import OpikModel


@define
class Platform:
    """What one platform has: each row by its key, as often as it is there."""

    habits: frozenset[str]
    kind: str
    log: IO[str]
    rows: dict[str, list[str]] = field(factory=lambda: defaultdict(list))
    bodies: set[str] = field(factory=set)
    requests: int = 0
    model: OpikModel = field(factory=OpikModel)

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> int | None:
        """Return the status of the answer to a request; None: none, and the connection ends."""
        self.requests += 1
        if "slow" in self.habits:
            time.sleep(0.004)
        if "busy" in self.habits and self.requests % 4 == 1:
            return 503
        status = self._of_model(path, headers, body) if self.kind == "api" else self._taken(body)
        return None if "lossy" in self.habits and self.requests % 5 == 2 else status

    def _of_model(self, path: str, headers: dict[str, str], body: bytes) -> int:
        return self.model.answer("POST", path, headers, body).status

    def _taken(self, body: bytes) -> int:
        rows = json.loads(body) if body[:1] == b"[" else [json.loads(line) for line in body.splitlines()]
        named = [(str(row.get("key", row.get("id"))), json.dumps(row, sort_keys=True)) for row in rows]
        if "small" in self.habits and len(named) > 2:
            return 413
        if "picky" in self.habits and any(key.startswith("gen-") and "poison" in key for key, _ in named):
            return 400
        digest = hashlib.sha256(body).hexdigest()
        if self.kind == "refused" and any(key in self.rows for key, _ in named):
            return 409
        if self.kind == "merges_request" and digest in self.bodies:
            return 200
        self.bodies.add(digest)
        for key, text in named:
            if self.kind != "merges" or text not in self.rows[key]:
                self.rows[key].append(text)
                self.log.write(json.dumps([self.kind, key]) + "\n")
        self.log.flush()
        return 200

    @property
    def state(self) -> dict[str, Any]:
        """What is there, by key."""
        if self.kind == "api":
            return {"traces": self.model.traces(), "spans": self.model.spans()}
        return self.rows


class Handler(BaseHTTPRequestHandler):
    """Gives each request to the platform that its path names, one request at a time."""

    protocol_version = "HTTP/1.1"
    platforms: dict[str, Platform] = {}
    lock = RLock()
    log: IO[str]

    def do_POST(self) -> None:
        """Let a platform take rows."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = decompress(body, wbits=31)
        headers = {key: value for key, value in self.headers.items() if key.lower() != "content-encoding"}
        with self.lock:
            path = self.path.split("/", 3)[-1]
            status = self._platform().answer(f"/{path}", headers, body)
        if status is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._write(status, b"")

    def do_GET(self) -> None:
        """Show what a platform has."""
        with self.lock:
            state = json.dumps(self._platform().state, default=str).encode()
        self._write(200, state)

    def _platform(self) -> Platform:
        name, kind = self.path.split("/")[1:3]
        habits = frozenset(name.split("+")[1:])
        return self.platforms.setdefault(f"{name}/{kind}", Platform(habits, kind, self.log))

    def _write(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Says nothing of clients that went away: they were killed."""

    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Go on."""


def main(log: str) -> None:
    """Serve until stdin ends; the first line on stdout is the URL."""
    with open(log, "a", encoding="utf-8") as opened:
        Handler.log = opened
        server = Server(("127.0.0.1", 0), Handler)
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.daemon_threads = True
        server.serve_forever(0.05)


if __name__ == "__main__":
    main(sys.argv[1])
