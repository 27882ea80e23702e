"""Content as destinations read it, whatever lies behind it, and content that several rows share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, TypeAlias

from attrs import frozen

from broadcast_core.destinations.fitting import Fitted, Show, fit_json
from broadcast_core.jsontext import Json, dumps_lossy
from broadcast_core.record.generation import Generation
from broadcast_core.traces import Summary

Side: TypeAlias = Literal["input", "output"]


@frozen
class ContentValue:
    """What was asked or answered: its value, its JSON text, and the size of that in bytes."""

    value: Json

    __hash__ = None  # type: ignore[assignment]  # JSON values are mutable

    @cached_property
    def text(self) -> bytes:
        """The value as JSON text in UTF-8; what JSON cannot carry is the nearest that it can."""
        return dumps_lossy(self.value)[0]

    @property
    def size(self) -> int:
        """The bytes of its JSON text."""
        return len(self.text)


def content_of(source: Generation | Summary, side: Side) -> ContentValue | None:
    """Return one side of a generation, or of the row of a trace or a named span; None for none."""
    if isinstance(source, Generation):
        value = source.content.input if side == "input" else source.content.output
    else:
        value = source.content[side == "output"]
    return None if value is None else ContentValue(value)


class SharedContent:
    """The content of one trace tree as JSON: a value that several rows share is encoded once."""

    def __init__(self, max_bytes: int, platform: str, shapes: Mapping[str, Show]) -> None:
        """Take the shape in which content at a path is shown, by its path, as `$.content.input`."""
        self._max_bytes = max_bytes
        self._platform = platform
        self._shapes = shapes
        self._known: dict[tuple[int, str], tuple[object, Fitted[Any]]] = {}

    def of(self, source: Generation | Summary) -> dict[str, Fitted[bytes] | None]:
        """Return the input and the output of a generation or a row, by these names, as JSON text."""
        return {
            "input": self.fit(content_of(source, "input"), "$.content.input"),
            "output": self.fit(content_of(source, "output"), "$.content.output"),
        }

    def fit(self, content: ContentValue | None, path: str) -> Fitted[bytes] | None:
        """Return content at a path as JSON text; None where there is none."""
        if content is None:
            return None
        value, key = content.value, (id(content.value), path)
        if key not in self._known:  # the value is kept too, so that no other gets its id
            text = fit_json(value, path, self._max_bytes, self._platform, self._shapes.get(path))
            self._known[key] = (value, text)
        return self._known[key][1]
