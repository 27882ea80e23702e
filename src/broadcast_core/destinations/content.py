"""Content as destinations read it, whatever lies behind it, and content that several rows share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from broadcast_core.destinations.fitting import Fitted, Show, fit_json, untouched
from broadcast_core.record.content_value import ContentValue
from broadcast_core.record.generation import Generation, content_value
from broadcast_core.traces import Summary

Side: TypeAlias = Literal["input", "output"]


def content_of(source: Generation | Summary, side: Side) -> ContentValue | None:
    """Return one side of a generation, or of the row of a trace or a named span; None for none."""
    return content_value(source.content, side) if isinstance(source, Generation) else source.side(side)


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
        asked, answered = content_of(source, "input"), content_of(source, "output")
        return {
            "input": self.fit(asked, "$.content.input"),
            "output": self.fit(answered, "$.content.output"),
        }

    def fit(self, content: ContentValue | None, path: str) -> Fitted[bytes] | None:
        """Return content at a path as JSON text; None where there is none."""
        if content is None:
            return None
        key = (id(content.value), path)
        known = self._known.get(key)
        if known is None:  # the value is kept too, so that no other gets its id
            known = self._known[key] = (content.value, self._fitted(content, path))
        return known[1]

    def _fitted(self, content: ContentValue, path: str) -> Fitted[bytes]:
        value, show = content.value, self._shapes.get(path)
        shown = content if show is None or (found := show(value)) is value else ContentValue(found)
        text = shown.text
        if len(text) <= self._max_bytes and not shown.changed:
            return untouched(text)
        return fit_json(value, path, self._max_bytes, self._platform, show)
