"""A row on its way to an item: its fields in their order, and what was changed to make them fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from broadcast_core.batching import Endpoint, Item
from broadcast_core.destinations.fitting import Fitted, Show, fit_json
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, dumps

T = TypeVar("T")


class Row:
    """Builds one JSON object; unknown fields (None) are left out.

    It owns its fields and diagnostics until `to_item` hands them on. Bytes are JSON text, spliced in as they
    are behind all other fields.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self._fields: dict[str, Json] = {}
        self._spliced: list[bytes] = []
        self._diagnostics = list(diagnostics)

    def take(self, fitted: Fitted[T]) -> T:
        """Return a fitted value, and keep what was changed for it."""
        self._diagnostics += fitted.diagnostics
        return fitted.value

    def put(self, name: str, value: Fitted[Any] | Json, default: Json = None) -> None:
        """Set a field, to its default where the value is None."""
        value = self.take(value) if isinstance(value, Fitted) else value
        value = default if value is None else value
        if isinstance(value, bytes):
            self._spliced.append(b',"%s":%s' % (name.encode(), value))
        elif value is not None:
            self._fields[name] = value

    def put_all(self, fields: Mapping[str, Fitted[Any] | Json]) -> None:
        """Set several fields."""
        for name, value in fields.items():
            self.put(name, value)

    def to_item(self, endpoint: Endpoint, generations: tuple[str, ...]) -> Item:
        """Return the item of this row, for an endpoint, that speaks of some generations."""
        body = b"".join((dumps(self._fields)[:-1], *self._spliced, b"}"))
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
        self._known: dict[tuple[int, str], tuple[object, Fitted[bytes]]] = {}

    def fit(self, value: Json, path: str) -> Fitted[bytes] | None:
        """Return content at a path as JSON text; None where there is none."""
        if value is None:
            return None
        key = (id(value), path)
        if key not in self._known:  # the value is kept too, so that no other gets its id
            text = fit_json(value, path, self._max_bytes, self._platform, self._shapes.get(path))
            self._known[key] = (value, text)
        return self._known[key][1]
