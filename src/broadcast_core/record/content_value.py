"""What was asked or answered, and its JSON text: written once, however many rows and routes it goes to."""

from __future__ import annotations

from typing import Any

from broadcast_core.jsontext import Json, JsonPath, dumps_lossy


class ContentValue:
    """A JSON value with its text, which is known from its reading, or written when it is first asked for.

    The value must not be changed: its text would go on without that.
    """

    __slots__ = ("_text", "changed", "value")
    __hash__ = None  # type: ignore[assignment]  # JSON values are mutable

    def __init__(self, value: Json, text: bytes | None = None) -> None:
        """Take a value, and the text that our writer has made of it, where that is known."""
        self.value = value
        self._text = text
        self.changed: tuple[JsonPath, ...] = ()
        """The paths of what JSON cannot carry, once the text is written."""

    @property
    def text(self) -> bytes:
        """The value as JSON text in UTF-8; what JSON cannot carry is the nearest that it can."""
        if self._text is None:
            self._text, self.changed = dumps_lossy(self.value)
        return self._text

    @property
    def size(self) -> int:
        """The bytes of its JSON text."""
        return len(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ContentValue) and bool(self.value == other.value)

    def __repr__(self) -> str:
        return f"ContentValue({self.value!r})"

    def __reduce__(self) -> Any:
        return ContentValue, (self.value,)
