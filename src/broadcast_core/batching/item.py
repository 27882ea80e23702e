"""What a destination yields for a trace tree: items, and the generations that it cannot carry."""

from __future__ import annotations

from attrs import field, frozen

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.record.field_checks import instance, tuple_of


@frozen(kw_only=True)
class Item:
    """One JSON row, span or object for one endpoint, and the generations that it speaks of."""

    endpoint: str = field(validator=instance(str))
    body: bytes = field(validator=instance(bytes))
    generations: tuple[str, ...] = field(validator=tuple_of(str))
    diagnostics: tuple[Diagnostic, ...] = field(default=(), validator=tuple_of(Diagnostic))


@frozen(kw_only=True)
class Unmapped:
    """A generation that a destination cannot carry at all, and what would have to be mended."""

    generation: str = field(validator=instance(str))
    reason: str = field(validator=instance(str))
