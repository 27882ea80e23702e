"""A small destination for tests: one line of NDJSON a generation, to a limit of three lines a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from broadcast_core import Checked, Endpoint, Item, Request, Response, TraceTree, Unmapped
from broadcast_core.destinations import Description, Secret, option, plan_check
from broadcast_core.jsontext import dumps_lossy

LINES = Endpoint(
    name="lines",
    url="https://lines.example/lines",
    content_type="application/x-ndjson",
    prefix=b"",
    separator=b"\n",
    suffix=b"\n",
    max_items=3,
    max_bytes=10_000,
)


@frozen(kw_only=True)
class AnyOptions:
    """Options of any name: tests say what they want."""

    dataset: str | None = option(None, "A dataset.")


class Lines:
    """Refuses generations without a model; everything else is a line."""

    name = "lines"
    contract_version = 1

    def describe(self) -> Description:
        """A key, and options."""
        return Description(config=AnyOptions, secrets={"api_key": Secret(help="The key.")})

    def endpoints(self, config: Any) -> tuple[Endpoint, ...]:
        """One."""
        return (LINES,)

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """One line a generation."""
        for generation in tree.generations.values():
            if generation.model is None:
                yield Unmapped(generation=generation.id, reason="no model")
            else:
                text, _ = dumps_lossy([generation.id, generation.model, generation.content.input])
                yield Item(endpoint="lines", body=text, generations=(generation.id,))

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """A token in a header."""
        return evolve(request, headers={**request.headers, "Authorization": secrets["api_key"]})

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """An empty request; 200 is fine."""
        if answers:
            return Checked(works=answers[-1].status == 200, what="")
        return plan_check(evolve(LINES, url="https://lines.example/check"), b"")
