"""The Opik destination: the contract of broadcast-core, filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from attrs import field, frozen

from broadcast_core.batching.endpoint import Endpoint
from broadcast_core.batching.item import Item, Unmapped
from broadcast_core.batching.request import Request
from broadcast_core.batching.response import Response
from broadcast_core.destinations.capabilities import Place
from broadcast_core.destinations.contract import Checked
from broadcast_core.jsontext import Json
from broadcast_core.secrets import Secrets
from broadcast_core.traces.tree import TraceTree
from broadcast_opik.config import OpikConfig, configure
from broadcast_opik.connection import authorized, check_request, read_check
from broadcast_opik.context import Context, identified
from broadcast_opik.limits import SPANS, TRACES
from broadcast_opik.span import span_items
from broadcast_opik.trace import trace_items


@frozen
class Opik:
    """Maps trace trees to Opik's trace and span rows, for Comet's cloud and self-hosted servers."""

    name: str = "opik"
    endpoints: Mapping[str, Endpoint] = field(factory=lambda: {TRACES.name: TRACES, SPANS.name: SPANS})

    def configure(self, options: Mapping[str, Json]) -> OpikConfig:
        """Return the config of some options; raise `ConfigError` with every mistake."""
        return configure(options)

    def base_url(self, config: OpikConfig) -> str:
        """Return the URL of Opik's API."""
        return config.base_url

    def headers(self, config: OpikConfig) -> Mapping[str, str]:
        """Return the workspace header; the key comes with `authorize`."""
        return {} if config.workspace is None else {"Comet-Workspace": config.workspace}

    def items(self, tree: TraceTree, config: OpikConfig) -> Iterator[Item | Unmapped]:
        """Yield the trace row and the span rows of a tree."""
        context = Context(tree, config)
        yield from trace_items(context)
        yield from span_items(context)

    def place(self, config: OpikConfig) -> Place:
        """Return where the rows of a route are, and which ids they have there."""
        return config.place

    def identify(self, original: str, moment: datetime, config: OpikConfig) -> Mapping[str, str]:
        """Return the UUIDs of a trace with this id, of a generation, and of its own trace."""
        return identified(original, moment, config)

    def authorize(self, request: Request, config: OpikConfig, secrets: Mapping[str, str]) -> Request:
        """Return the request with the API key (`secrets["api_key"]`) in its headers."""
        secrets = Secrets(secrets)  # at once: reports of errors show the variables of functions
        return authorized(request, secrets)

    def check(self, config: OpikConfig) -> Request:
        """Return the request that tests the connection."""
        return check_request(config, self.headers(config))

    def checked(self, response: Response) -> Checked:
        """Read the answer to the connection test."""
        return read_check(response)
