"""A small destination for tests: one line of NDJSON a generation, to a limit of three lines a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from broadcast_core import Checked, Endpoint, Item, Request, Response, TraceTree, Unmapped
from broadcast_core.jsontext import dumps_lossy

LINES = Endpoint(
    name="lines",
    path="/lines",
    content_type="application/x-ndjson",
    prefix=b"",
    separator=b"\n",
    suffix=b"\n",
    max_items=3,
    max_bytes=10_000,
)


class Lines:
    """Refuses generations without a model; everything else is a line."""

    name = "lines"
    endpoints: Mapping[str, Endpoint] = {"lines": LINES}

    def configure(self, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Any options will do."""
        return dict(options)

    def base_url(self, config: Any) -> str:
        """Nowhere."""
        return "https://lines.example"

    def headers(self, config: Any) -> Mapping[str, str]:
        """None."""
        return {}

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """One line a generation."""
        for generation in tree.generations.values():
            if generation.model is None:
                yield Unmapped(generation=generation.id, reason="no model")
            else:
                text, _ = dumps_lossy([generation.id, generation.model, generation.content.input])
                yield Item(endpoint="lines", body=text, generations=(generation.id,))

    def authorize(self, request: Request, config: Any, secrets: Mapping[str, str]) -> Request:
        """A token in a header."""
        return evolve(request, headers={**request.headers, "Authorization": secrets["api_key"]})

    def check(self, config: Any) -> Request:
        """An empty request."""
        return Request(route="check", endpoint=LINES, url="https://lines.example/check")

    def checked(self, response: Response) -> Checked:
        """200 is fine."""
        return Checked(works=response.status == 200, what="")
