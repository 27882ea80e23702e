"""What every reader returns: generations, what it set aside, and what it could not use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from attrs import frozen

from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.jsontext import Json
from broadcast_core.record.generation import Generation

IgnoredKind = Literal["connection_test", "sample_trace", "empty_delivery"]


@frozen(kw_only=True)
class Ignored:
    """A delivery that is no generation: a connection test, a sample trace, or one with nothing in it."""

    kind: IgnoredKind
    what: str
    id: str | None = None


@frozen(kw_only=True)
class Rejected:
    """A generation that cannot be used, with every reason; the others of the delivery go on."""

    problems: tuple[Problem, ...]
    id: str | None = None


@frozen(kw_only=True)
class Read:
    """One generation, and what was changed while reading it."""

    generation: Generation
    diagnostics: tuple[Diagnostic, ...] = ()

    __hash__ = None  # type: ignore[assignment]  # its generation holds JSON


@frozen
class Reading:
    """The outcome of one document, in its order."""

    outcomes: tuple[Read | Ignored | Rejected, ...] = ()

    __hash__ = None  # type: ignore[assignment]

    @property
    def generations(self) -> tuple[Generation, ...]:
        """The generations that can be used."""
        return tuple(one.generation for one in self.outcomes if isinstance(one, Read))

    @property
    def ignored(self) -> tuple[Ignored, ...]:
        """Test deliveries and the like, never mapped."""
        return tuple(one for one in self.outcomes if isinstance(one, Ignored))

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """What cannot be used, and why."""
        return tuple(one for one in self.outcomes if isinstance(one, Rejected))


Reader = Callable[[Json], Reading]
