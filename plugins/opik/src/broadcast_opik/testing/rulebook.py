"""What the model holds a server to, each rule with how it is known, for tests and pages to list.

`measured` was seen on a real server: the backend of server 2.1 with its own migrations, on loopback, in
November 2026. `source` was read in its source and not run. `strict` is ours: a server takes the value and
loses, alters or invents something, or it is not known what it does; `OpikModel(strict=False)` leaves it out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from attrs import frozen

Basis = Literal["measured", "source", "strict"]
Decorated = TypeVar("Decorated")


@frozen
class Rule:
    """One rule: its section, how it is known, what it says, and the function that keeps it."""

    section: int
    basis: Basis
    what: str
    kept_by: str


RULEBOOK: list[Rule] = []
"""All rules of the modules that are imported; `server` imports every one."""


def measured(section: int, what: str) -> Callable[[Decorated], Decorated]:
    """Say of a function which measured behaviour it keeps."""
    return _kept(section, "measured", what)


def read(section: int, what: str) -> Callable[[Decorated], Decorated]:
    """Say of a function which rule it keeps that was read in the source."""
    return _kept(section, "source", what)


def stricter(section: int, what: str) -> Callable[[Decorated], Decorated]:
    """Say of a function on what it insists where a server may not."""
    return _kept(section, "strict", what)


def _kept(section: int, basis: Basis, what: str) -> Callable[[Decorated], Decorated]:
    def kept(function: Decorated) -> Decorated:
        place = f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', '?')}"
        RULEBOOK.append(Rule(section, basis, what, place.removeprefix("broadcast_opik.testing.")))
        return function

    return kept
