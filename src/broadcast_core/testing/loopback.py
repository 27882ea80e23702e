"""A model of a server behind a real socket on loopback, for tests of commands and senders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TypeAlias

from broadcast_core.batching import Response

Answer: TypeAlias = Callable[[str, str, Mapping[str, str], bytes], Response]
"""What a server answers to a method, a path, headers and a body."""


@contextmanager
def serve(answer: Answer) -> Iterator[str]:
    """Serve answers on a free port of 127.0.0.1, one request at a time, and yield the URL of the server."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        """Reads one request, asks for the answer, writes it."""

        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):  # the client was killed, or has given up
                super().handle()

        def do_POST(self) -> None:
            self._answer()

        do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815  # the names that the library calls

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                self._write(answer(self.command, self.path, dict(self.headers), body))

        def _write(self, answer: Response) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Say nothing: bodies are not for logs."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
