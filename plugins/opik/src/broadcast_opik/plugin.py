"""The Opik destination: the contract of broadcast-core, filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from attrs import frozen

from broadcast_core.destinations import (
    Checked,
    Description,
    Endpoint,
    Item,
    Place,
    Problem,
    Request,
    Response,
    Secret,
    Secrets,
    TraceTree,
    Verdicts,
)
from broadcast_opik.answers import read_answer
from broadcast_opik.auth import authorize
from broadcast_opik.config import OpikConfig, config_problems
from broadcast_opik.connection import check_connection
from broadcast_opik.endpoints import endpoints, trace_page
from broadcast_opik.ids import identify
from broadcast_opik.mapping import map_tree

_KEY = Secret(
    help="The API key of Comet's cloud: Settings > API Keys; a self-hosted Opik needs none.", required=False
)
_DESCRIPTION = Description(config=OpikConfig, secrets={"api_key": _KEY})


@frozen
class Opik:
    """Maps trace trees to Opik's trace and span rows, for Comet's cloud and self-hosted servers."""

    name: str = "opik"
    contract_version: int = 1

    def describe(self) -> Description:
        """Return the options and the API key; every field of the record is carried."""
        return _DESCRIPTION

    def config_problems(self, config: OpikConfig) -> Iterator[Problem]:
        """Yield what is wrong with options that need each other."""
        return config_problems(config)

    def endpoints(self, config: OpikConfig) -> tuple[Endpoint, ...]:
        """Return where traces and spans go, with the workspace in a header."""
        return endpoints(config.base_url, config.headers)

    def items(self, tree: TraceTree, config: OpikConfig) -> Iterator[Item]:
        """Yield the trace row and the span rows of a tree."""
        return map_tree(tree, config)

    def place(self, config: OpikConfig) -> Place:
        """Return where the rows of a route are, and which ids they have there."""
        return config.place

    def identify(self, original: str, moment: datetime, config: OpikConfig) -> Mapping[str, str]:
        """Return the UUIDs of a trace with this id, of a generation, and of its own trace."""
        return identify(original, moment, config)

    def page(self, trace: str, config: OpikConfig) -> str:
        """Return the URL that leads to the page of a trace; its id names its project."""
        return trace_page(config.base_url, trace)

    def authorize(
        self, request: Request, config: OpikConfig, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with the API key (`secrets["api_key"]`) in its headers."""
        secrets = Secrets(secrets)  # at once: reports of errors show the variables of functions
        return authorize(request, secrets)

    def outcomes(self, request: Request, response: Response, config: OpikConfig) -> Verdicts:
        """Return the rows that an answer refuses by name; the others of that request were not taken."""
        return read_answer(request, response)

    def check(self, config: OpikConfig, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Return the next request that tests server, key or project and changes nothing, or the result."""
        return check_connection(config, answers)
