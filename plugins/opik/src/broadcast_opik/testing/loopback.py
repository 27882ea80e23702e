"""The model behind a real socket on loopback, for tests of commands and senders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from broadcast_core.batching.response import Response
from broadcast_opik.testing.server import OpikModel

_FRONT_END = Response(
    status=200, headers={"Content-Type": "text/html"}, body=b"<!doctype html><title>Opik</title>"
)
"""Section 4: beside the API stands a page that answers to any path."""


@contextmanager
def served(model: OpikModel) -> Iterator[str]:
    """Serve a model on a free port of 127.0.0.1 and yield its base URL, which ends with `/api`."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        """Reads one request, asks the model, writes its answer."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not self.path.startswith("/api/"):
                self._write(_FRONT_END)
                return
            with lock:
                answer = model.answer(self.command, self.path.removeprefix("/api"), dict(self.headers), body)
            self._write(answer)

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
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
