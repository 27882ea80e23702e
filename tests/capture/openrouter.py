"""A server on loopback that answers as OpenRouter does: scripted replies, one a request, in parts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any

from attrs import evolve, field, frozen

ID = "gen-1795255200-Fir"
USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 3,
    "total_tokens": 15,
    "cost": 0.000321,
    "is_byok": False,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 1},
    "cost_details": {"upstream_inference_cost": None},
}
MODEL = "openai/gpt-5-mini"
_HEAD = {"id": ID, "provider": "Azure", "model": f"{MODEL}-2026-08-07", "created": 1795255200}
CALL = {
    "id": "call_1",
    "type": "function",
    "index": 0,
    "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'},
}


@frozen(kw_only=True)
class Reply:
    """One response: `parts` are written with `gap` seconds between them; `breaks` ends it in the middle."""

    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    parts: tuple[bytes, ...] = ()
    gap: float = 0.0
    breaks: bool = False

    def compressed(self) -> Reply:
        """Return the reply with its body in gzip."""
        body = gzip.compress(b"".join(self.parts), mtime=0)
        headers = {**self.headers, "Content-Encoding": "gzip"}
        return evolve(self, parts=(body[:20], body[20:]), headers=headers)


def document(body: Any, status: int = 200, **headers: str) -> Reply:
    """Return a reply with a JSON body."""
    text = json.dumps(body).encode()
    return Reply(status=status, headers={"Content-Type": "application/json", **headers}, parts=(text,))


def completion(**message: Any) -> Reply:
    """Return a whole chat completion."""
    said = {"role": "assistant", "content": "Hello there", **message}
    choice = {"index": 0, "message": said, "finish_reason": "stop", "native_finish_reason": "completed"}
    body = {**_HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE}
    return document(body, **{"X-Generation-Id": ID})


def error(status: int, words: str) -> Reply:
    """Return an error as OpenRouter words it; it is not tried again later than at once."""
    body = {"error": {"code": status, "message": words, "metadata": {"error_type": "provider_error"}}}
    return document(body, status, **{"retry-after-ms": "1"})


def event(**chunk: Any) -> bytes:
    """Return one event of a stream."""
    return b"data: " + json.dumps({**_HEAD, "object": "chat.completion.chunk", **chunk}).encode() + b"\n\n"


def delta(content: str = "", finish_reason: str | None = None, **more: Any) -> bytes:
    """Return an event with a part of the answer."""
    said = {"role": "assistant", "content": content, **more}
    return event(choices=[{"index": 0, "delta": said, "finish_reason": finish_reason}])


COMMENT, DONE = b": OPENROUTER PROCESSING\n\n", b"data: [DONE]\n\n"
WORDS = (COMMENT, delta(), delta("Hello"), COMMENT, delta(" there"))
END = (delta(finish_reason="stop"), event(choices=[], usage=USAGE), DONE)
BROKEN = event(
    error={"code": 502, "message": "provider went away"},
    choices=[{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}],
)


def stream(*parts: bytes, gap: float = 0.0, breaks: bool = False) -> Reply:
    """Return a stream of events; a whole answer where none are given."""
    headers = {"Content-Type": "text/event-stream", "X-Generation-Id": ID}
    return Reply(headers=headers, parts=parts or (*WORDS, *END), gap=gap, breaks=breaks)


@frozen
class OpenRouter:
    """A running server: its base URL, the requests that came, and the replies that are left."""

    url: str
    requests: list[tuple[str, Any]]
    replies: list[Reply]

    def script(self, *replies: Reply) -> None:
        """Answer the next requests so; the last reply is repeated."""
        self.replies[:] = replies


@contextmanager
def serving() -> Iterator[OpenRouter]:
    """Serve scripted replies on a free port of 127.0.0.1."""
    requests: list[tuple[str, Any]] = []
    replies: list[Reply] = []

    class Handler(BaseHTTPRequestHandler):
        """Reads one request, writes the next reply."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            requests.append((self.path, json.loads(body) if body else None))
            try:
                self._write(replies.pop(0) if len(replies) > 1 else replies[0])
            except OSError:
                self.close_connection = True  # the client left

        def _write(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Transfer-Encoding": "chunked"}.items():
                self.send_header(name, value)
            self.end_headers()
            for part in reply.parts:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                sleep(reply.gap)
            if reply.breaks:
                self.close_connection = True
            else:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            """Say nothing: bodies are not for logs."""

    class Server(ThreadingHTTPServer):
        """Waits for no thread: a client may have left a connection open."""

        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """Say nothing: a client may leave at any time."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield OpenRouter(f"http://127.0.0.1:{server.server_address[1]}/api/v1", requests, replies)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
