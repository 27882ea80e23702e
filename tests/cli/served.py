"""A model of Opik behind a socket, which a test may make refuse, and what it was asked."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import define, field

from broadcast_core.destinations import Response
from broadcast_core.testing.loopback import serve
from broadcast_opik.testing.server import OpikModel

Refusal = Callable[[str, bytes], Response | None]
"""What a server answers to a path and a body in place of the model; None: the model answers."""


@define
class Opik:
    """A server: `url` is its base URL, `sent` are the paths and bodies that it was sent, not compressed."""

    model: OpikModel = field(factory=OpikModel)
    refusal: Refusal = lambda _path, _body: None
    url: str = ""
    sent: list[tuple[str, bytes]] = field(factory=list)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Keep what was asked, and answer."""
        path = path.removeprefix("/api")
        plain = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
        self.sent.append((path, plain))
        return self.refusal(path, plain) or self.model.answer(method, path, dict(headers), body)

    @property
    def batches(self) -> list[bytes]:
        """The bodies of rows that it was sent."""
        return [body for path, body in self.sent if path.endswith("/batch")]

    @property
    def names(self) -> list[str]:
        """The ids of the generations that are there."""
        return sorted(str(row["metadata"]["openrouter_observation_id"]) for row in self.model.spans())

    def to(self, **options: object) -> list[str]:
        """Return the arguments that name it as the destination."""
        texts = [f"{name}={value}" for name, value in {"base_url": self.url, **options}.items()]
        return ["--to", "opik", *(word for text in texts for word in ("-o", text))]


@contextmanager
def opik(**settings: Any) -> Iterator[Opik]:
    """Serve a model with some settings."""
    server = Opik(OpikModel(**settings))
    with serve(server.answer) as url:
        server.url = f"{url}/api"
        yield server


def records(*names: str, **changes: object) -> bytes:
    """Return a line of our own NDJSON for each name; what was said holds the name."""
    return b"".join(
        json.dumps(
            {
                "id": name,
                "timing": {"start": f"2026-11-23T10:00:{n:02}Z"},
                "content": {"input": {"messages": [{"role": "user", "content": f"said by {name}"}]}},
                **changes,
            }
        ).encode()
        + b"\n"
        for n, name in enumerate(names)
    )
