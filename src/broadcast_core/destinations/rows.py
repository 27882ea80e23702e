"""Rows: one JSON object each, what was changed to make its fields fit, and content that rows share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from broadcast_core.batching import Endpoint, Item
from broadcast_core.destinations.fitting import Fitted, Show, fit_json, fit_text
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, dumps

T = TypeVar("T")


class Row:
    """What was changed to make the fields of one row fit, until `to_item` hands it on with them."""

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self._diagnostics = list(diagnostics)

    def take(self, fitted: Fitted[T]) -> T:
        """Return a fitted value, and keep what was changed for it."""
        if fitted.diagnostics:
            self._diagnostics += fitted.diagnostics
        return fitted.value

    def text(self, text: str | None, path: str, max_bytes: int) -> str | None:
        """Return a clean text within a size, None for blank; see `fit_text`."""
        if text is None:
            return None
        if text.isascii() and text.isprintable() and len(text) * 2 <= max_bytes:  # quotes are written as two
            return text.strip() or None
        return self.take(fit_text(text, path, max_bytes))

    def to_item(
        self,
        endpoint: Endpoint,
        generations: tuple[str, ...],
        fields: Mapping[str, Json],
        json: Mapping[str, bytes | None],
    ) -> Item:
        """Return the item of this row, for an endpoint, that speaks of some generations.

        `fields` are plain values; those in `json` are JSON text already, and are spliced in behind them. What
        is None, in either, is unknown and left out.
        """
        text = dumps({name: value for name, value in fields.items() if value is not None})
        spliced = [b',"%s":%s' % (name.encode(), value) for name, value in json.items() if value is not None]
        body = b"".join((text[:-1], *spliced, b"}"))
        return Item(
            endpoint=endpoint.name, body=body, generations=generations, diagnostics=tuple(self._diagnostics)
        )


class SharedContent:
    """The content of one trace tree as JSON: a value that several rows share is encoded once."""

    def __init__(self, max_bytes: int, platform: str, shapes: Mapping[str, Show]) -> None:
        """Take the shape in which content at a path is shown, by its path, as `$.content.input`."""
        self._max_bytes = max_bytes
        self._platform = platform
        self._shapes = shapes
        self._known: dict[tuple[int, str], tuple[object, Fitted[Any]]] = {}

    def of(self, row: Row, asked: Json, answered: Json) -> dict[str, bytes | None]:
        """Return the input and the output of a row, by these names, as JSON text."""
        sides = {
            "input": self.fit(asked, "$.content.input"),
            "output": self.fit(answered, "$.content.output"),
        }
        return {name: row.take(side) if side else None for name, side in sides.items()}

    def fit(self, value: Json, path: str) -> Fitted[bytes] | None:
        """Return content at a path as JSON text; None where there is none."""
        if value is None:
            return None
        key = (id(value), path)
        if key not in self._known:  # the value is kept too, so that no other gets its id
            text = fit_json(value, path, self._max_bytes, self._platform, self._shapes.get(path))
            self._known[key] = (value, text)
        return self._known[key][1]
