"""Rows as items: one JSON object each, with what was changed for its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    fields: Fields,
    json: Fields | None = None,
    diagnostics: Iterable[Diagnostic] = (),
) -> Item:
    """Return a row as an item, for an endpoint by its name, that speaks of some generations.

    Values in `fields` are JSON; those in `json` are JSON text already, and are spliced in behind them. What
    is unknown is left out. The item has `diagnostics`, then those of its values in their order.
    """
    (known, changed), (texts, also_changed) = _known(fields), _known(json or {})
    spliced = [b',"%s":%s' % (name.encode(), text) for name, text in texts.items()]
    body = b"".join((dumps(known)[:-1], *spliced, b"}")) if known else b"{%s}" % b"".join(spliced)[1:]
    return Item(
        endpoint=endpoint,
        body=body,
        generations=generations,
        diagnostics=(*diagnostics, *changed, *also_changed),
    )


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
