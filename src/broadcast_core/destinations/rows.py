"""Rows as items: one JSON object each, with what was changed for its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeAlias

from broadcast_core.batching import Item
from broadcast_core.destinations.fitting import Fitted
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, dumps

Fields: TypeAlias = Mapping[str, Fitted[Any] | Json]
"""Values of a row by name, each plain, or fitted with what was changed for it; None is unknown."""


def to_item(
    endpoint: str,
    generations: tuple[str, ...],
    fields: Fields | Fitted[dict[str, Json]],
    json: Fields | None = None,
    diagnostics: Iterable[Diagnostic] = (),
) -> Item:
    """Return a row as an item, for an endpoint by its name, that speaks of some generations.

    Values in `fields` are JSON, as `row_of` has filled them; those in `json` are JSON text already, and are spliced in behind them. What
    is unknown is left out. The item has `diagnostics`, then those of its values in their order.
    """
    known, changed = fields if fields.__class__ is Fitted else _known(fields)
    texts, also_changed = _known(json or {})
    parts = [dumps(known)[:-1]]
    for name, text in texts.items():
        parts += (_key(name), text)
    parts.append(b"}")
    if texts and not known:
        parts[1] = parts[1][1:]  # the first has no comma in front
    return Item(
        endpoint=endpoint,
        body=b"".join(parts),
        generations=generations,
        diagnostics=(*diagnostics, *changed, *also_changed),
    )


@cache
def _key(name: str) -> bytes:
    """Return the name of a column as it stands in a row."""
    return b',"%s":' % name.encode()


def _known(fields: Fields) -> tuple[dict[str, Any], list[Diagnostic]]:
    """Return the values that are known, and what was changed for them."""
    known: dict[str, Any] = {}
    changed: list[Diagnostic] = []
    for name, value in fields.items():
        if value.__class__ is Fitted:
            value, diagnostics = value
            if diagnostics:
                changed += diagnostics
        if value is not None:
            known[name] = value
    return known, changed
