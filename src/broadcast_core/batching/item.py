"""What a destination yields for a trace tree: items, and the generations that it cannot carry."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json


@frozen(kw_only=True)
class Item:
    """One row, span or object for one endpoint as the bytes that are sent, and the generations it speaks of.

    What else is known of it, where the platform needs it: `rows`, how many of its rows the bytes hold, which
    travel together; `key`, its id at the platform, by which answers name it; `group`, since items of two
    groups never share a request; `time`, by which its age is judged; `data`, JSON for `address`, never sent.

    Nothing is checked here: `plan` checks each item, so that a wrong one harms its own generations alone.
    """

    endpoint: str
    body: bytes
    generations: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    rows: int = 1
    key: str | None = None
    group: str | None = None
    time: datetime | None = None
    data: Json = None

    __hash__ = None  # type: ignore[assignment]


@frozen(kw_only=True)
class Unmapped:
    """A generation that a destination cannot carry at all, and what would have to be mended.

    It is checked by `plan`, as items are.
    """

    generation: str
    reason: str
