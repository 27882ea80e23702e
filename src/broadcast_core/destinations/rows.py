"""Rows as items: one JSON object each, with what was changed for its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from broadcast_core.batching import Item
from broadcast_core.destinations.fitting import Fitted, fit_json
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, dumps, dumps_exact

Fields: TypeAlias = Mapping[str, Fitted[Any] | Json]
"""Values of a row by name, each plain, or fitted with what was changed for it; None is unknown."""


class AnyJson(NamedTuple):
    """An object of anybody's JSON for a row, with what was changed in it, and what a platform takes of it."""

    value: Fitted[dict[str, Json]]
    path: str
    max_bytes: int
    platform: str

    def fitted(self) -> Fitted[bytes]:
        """Return its JSON text within the size."""
        return self.value.then(lambda value: fit_json(value, self.path, self.max_bytes, self.platform))


def to_item(
    endpoint: str,
    generations: tuple[str, ...],
    fields: Fields | Fitted[dict[str, Json]],
    json: Fields | None = None,
    diagnostics: Iterable[Diagnostic] = (),
) -> Item:
    """Return a row as an item, for an endpoint by its name, that speaks of some generations.

    Values in `fields` are JSON, as `row_of` has filled them, and bytes JSON text. Those in `json` are
    `AnyJson`, or JSON text already; they stand behind the others. What is unknown is left out. The item has
    `diagnostics`, then those of its values in their order.
    """
    known, changed = fields if isinstance(fields, Fitted) else _known(fields)
    body, also_changed = _in_one_go(known, json or {}) or _in_parts(known, json or {})
    told = (*diagnostics, *changed, *also_changed)
    return Item(endpoint=endpoint, body=body, generations=generations, diagnostics=told)


_Body: TypeAlias = tuple[bytes, list[Diagnostic]]


def _in_one_go(known: dict[str, Json], json: Fields) -> _Body | None:
    """Return a row of which all but the texts behind it is written at once; None where that is not exact."""
    row = known.copy()
    texts: list[bytes] = []
    changed: list[Diagnostic] = []
    room: int | None = None
    for name, value in json.items():
        if isinstance(value, AnyJson):
            if texts:
                return None
            (row[name], more), room = value.value, min(room or value.max_bytes, value.max_bytes)
        elif value is None:
            continue
        else:
            text, more = value if isinstance(value, Fitted) else (value, ())
            if text is not None:
                texts += (_key(name), text)
        if more:
            changed += more
    front = dumps_exact(row)
    if front is None or (room is not None and len(front) > room):
        return None
    if not row and texts:
        texts[0] = texts[0][1:]  # the first has no comma in front
    return b"".join((front[:-1], *texts, b"}")), changed


@cache
def _key(name: str) -> bytes:
    """Return the name of a column as it stands in a row, behind another."""
    return b',"%s":' % name.encode()


def _in_parts(known: dict[str, Json], json: Fields) -> _Body:
    """Return a row made of parts of text, each of which is one value or some that stand side by side."""
    texts, changed = _known(
        {name: one.fitted() if isinstance(one, AnyJson) else one for name, one in json.items()}
    )
    parts: list[bytes] = []
    plain: dict[str, Json] = {}
    for name, value in (*known.items(), *texts.items()):
        if not isinstance(value, bytes):
            plain[name] = value
            continue
        parts += (dumps(plain)[1:-1], b'"%s":%s' % (name.encode(), value))
        plain = {}
    return b"{%s}" % b",".join(part for part in (*parts, dumps(plain)[1:-1]) if part), changed


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
