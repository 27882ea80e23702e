"""The model behind a real socket on loopback, with the page that stands beside the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from broadcast_core.destinations import Response
from broadcast_core.testing.loopback import serve
from broadcast_opik.testing.server import OpikModel

_FRONT_END = Response(
    status=200, headers={"Content-Type": "text/html"}, body=b"<!doctype html><title>Opik</title>"
)
"""Section 4: beside the API stands a page that answers to any path."""


@contextmanager
def served(model: OpikModel) -> Iterator[str]:
    """Serve a model on a free port of 127.0.0.1 and yield its base URL, which ends with `/api`."""

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        if not path.startswith("/api/"):
            return _FRONT_END
        return model.answer(method, path.removeprefix("/api"), dict(headers), body)

    with serve(answer) as url:
        yield f"{url}/api"
