"""What a destination may offer beside the contract; core asks with `isinstance`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen

from broadcast_core.batching import Outgoing, Request, Response
from broadcast_core.destinations.verdicts import Verdicts
from broadcast_core.diagnostics import Problem
from broadcast_core.record.field_checks import instance


@frozen(kw_only=True)
class Place:
    """Where the rows of a route are: `space` is what ids must be unique in, `home` the part that is sent to.

    `ids` is what the ids are made of beside the original id: routes with the same `space` and `ids` give one
    generation one id. `stated` tells whether the options say so themselves, `advice` what to write there.
    """

    space: str = field(validator=instance(str))
    home: str = field(validator=instance(str))
    ids: str = field(default="", validator=instance(str))
    stated: bool = True
    advice: str = ""


@runtime_checkable
class ChecksOptions(Protocol):
    """Options that need each other."""

    def config_problems(self, config: Any) -> Iterable[Problem]:
        """Return what is wrong with options together that are right by themselves, each with its path."""
        ...


@runtime_checkable
class Addresses(Protocol):
    """An address that depends on the batch: a key by object, a token by insert."""

    def address(self, request: Request, config: Any) -> Request:
        """Return `request.addressed(...)`: a pure function of its items, asked again after each split."""
        ...


@runtime_checkable
class Signs(Protocol):
    """A signature over the bytes as they go out, after compression."""

    def sign(self, outgoing: Outgoing, config: Any, secrets: Mapping[str, str], now: datetime) -> Outgoing:
        """Return it with its signature; the body stays as it is."""
        ...


@runtime_checkable
class ReadsAnswers(Protocol):
    """Answers that mean another thing than their status, or name items."""

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """Return one verdict for all items of a request, or a tuple with one for each in their order."""
        ...


@runtime_checkable
class Places(Protocol):
    """Where the rows of a route are, to compare routes, and to tell whose a saved state is."""

    def place(self, config: Any) -> Place:
        """Return where the rows of a route with a config are."""
        ...


@runtime_checkable
class Identifies(Protocol):
    """The ids that a destination makes of original ids."""

    def identify(self, original: str, moment: datetime, config: Any) -> Mapping[str, str]:
        """Return ids by kind for an original id whose generation, or trace, started at a moment."""
        ...


@runtime_checkable
class ShowsTraces(Protocol):
    """The page on which a person sees a trace."""

    def page(self, trace: str, config: Any) -> str | None:
        """Return the URL of the page of a trace with an id of the destination; None where none is known.

        It holds no secret, and works by itself: it is printed, and opened by a person who is logged in.
        """
        ...
