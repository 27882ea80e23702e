"""The contract of a destination: a pure mapping from trace trees to one platform's items.

A destination never sees a secret while it maps, does no I/O, and does not raise on a valid tree. It is
registered under the entry point group `broadcast_core.destinations`; docs/new-destination.md shows one whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen
from attrs.validators import instance_of

from broadcast_core.diagnostic import Problem
from broadcast_core.jsontext import Json
from broadcast_core.request import Endpoint, Item, Request, Response, Unmapped
from broadcast_core.tree import TraceTree


class ConfigError(ValueError):
    """Options that a destination cannot use; `problems` has every mistake. Mend the configuration."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[tuple[Problem, ...]]]:
        return (type(self), (self.problems,))


@frozen(kw_only=True)
class Checked:
    """The outcome of a connection test: whether it works, in plain words, and what to do next."""

    works: bool
    what: str
    next_step: str = ""


@frozen(kw_only=True)
class Place:
    """Where the rows of a route are: `space` is what ids must be unique in, `home` the part that is sent to.

    `ids` is what the ids are made of beside the original id: routes with the same `space` and `ids` give one
    generation one id. `stated` tells whether the options say so themselves, `advice` what to write there.
    """

    space: str = field(validator=instance_of(str))
    home: str = field(validator=instance_of(str))
    ids: str = field(default="", validator=instance_of(str))
    stated: bool = True
    advice: str = ""


@runtime_checkable
class Places(Protocol):
    """What a destination may offer beside the contract: where the rows of a route are, to compare routes."""

    def place(self, config: Any) -> Place:
        """Return where the rows of a route with a config are."""
        ...


@runtime_checkable
class Identifies(Protocol):
    """What a destination may offer beside the contract: the ids that it makes of original ids."""

    def identify(self, original: str, moment: datetime, config: Any) -> Mapping[str, str]:
        """Return ids by kind for an original id whose generation, or trace, started at a moment."""
        ...


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
