"""The Opik destination: the contract of broadcast-core, filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from attrs import field, frozen

from broadcast_core.destinations import (
    Checked,
    Endpoint,
    Item,
    Place,
    Request,
    Response,
    Secrets,
    TraceTree,
    plan_check,
)
from broadcast_opik.auth import authorize, read_check
from broadcast_opik.config import OpikConfig, configure
from broadcast_opik.endpoints import AUTH, SPANS, TRACES
from broadcast_opik.ids import identify
from broadcast_opik.mapping import map_tree


@frozen
class Opik:
    """Maps trace trees to Opik's trace and span rows, for Comet's cloud and self-hosted servers."""

    name: str = "opik"
    endpoints: Mapping[str, Endpoint] = field(factory=lambda: {TRACES.name: TRACES, SPANS.name: SPANS})

    def configure(self, options: Mapping[str, object]) -> OpikConfig:
        """Return the config of some options; raise `ConfigError` with every mistake."""
        return configure(options)

    def base_url(self, config: OpikConfig) -> str:
        """Return the URL of Opik's API."""
        return config.base_url

    def headers(self, config: OpikConfig) -> Mapping[str, str]:
        """Return the workspace header; the key comes with `authorize`."""
        return {} if config.workspace is None else {"Comet-Workspace": config.workspace}

    def items(self, tree: TraceTree, config: OpikConfig) -> Iterator[Item]:
        """Yield the trace row and the span rows of a tree."""
        return map_tree(tree, config)

    def place(self, config: OpikConfig) -> Place:
        """Return where the rows of a route are, and which ids they have there."""
        return config.place

    def identify(self, original: str, moment: datetime, config: OpikConfig) -> Mapping[str, str]:
        """Return the UUIDs of a trace with this id, of a generation, and of its own trace."""
        return identify(original, moment, config)

    def authorize(self, request: Request, config: OpikConfig, secrets: Mapping[str, str]) -> Request:
        """Return the request with the API key (`secrets["api_key"]`) in its headers."""
        secrets = Secrets(secrets)  # at once: reports of errors show the variables of functions
        return authorize(request, secrets)

    def check(self, config: OpikConfig) -> Request:
        """Return the request that tests the key and the workspace and changes nothing."""
        return plan_check(AUTH, config.base_url, self.headers(config))

    def checked(self, response: Response) -> Checked:
        """Read the answer to the connection test."""
        return read_check(response)
