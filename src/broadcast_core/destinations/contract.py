"""The contract of a destination: a pure mapping from trace trees to one platform's items.

A destination never sees a secret while it maps, does no I/O, and does not raise on a valid tree. It is
registered under the entry point group `broadcast_core.destinations`; docs/new-destination.md shows one whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

from attrs import frozen

from broadcast_core.batching import Endpoint, Item, Request, Response, Unmapped
from broadcast_core.jsontext import Json
from broadcast_core.traces.tree import TraceTree


@frozen(kw_only=True)
class Checked:
    """The outcome of a connection test: whether it works, in plain words, and what to do next."""

    works: bool
    what: str
    next_step: str = ""


@runtime_checkable
class Destination(Protocol):
    """What a plugin offers. `config` is whatever its own `configure` returned."""

    @property
    def name(self) -> str:
        """The name of the entry point."""
        ...

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """The endpoints by name, in the order in which they must be sent."""
        ...

    def configure(self, options: Mapping[str, Json]) -> Any:
        """Return the config of some options; raise `ConfigError` with every mistake."""
        ...

    def base_url(self, config: Any) -> str:
        """Return what the endpoints' paths are appended to."""
        ...

    def headers(self, config: Any) -> Mapping[str, str]:
        """Return the headers of every request that are no secret, beside the content type."""
        ...

    def items(self, tree: TraceTree, config: Any) -> Iterable[Item | Unmapped]:
        """Map one trace tree; each generation of it is in an item or is unmapped with a reason."""
        ...

    def authorize(self, request: Request, config: Any, secrets: Mapping[str, str]) -> Request:
        """Return the request with the secrets in its headers, at delivery."""
        ...

    def check(self, config: Any) -> Request:
        """Return the request that tests a connection and changes nothing."""
        ...

    def checked(self, response: Response) -> Checked:
        """Read the answer to `check`."""
        ...
