"""The fields of a stored request but its body, each checked when it is read; nothing of them is quoted."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from broadcast_core.errors import StoredFormError


@frozen
class Head:
    """The fields of an object of JSON; one that is missing or of another kind raises `StoredFormError`."""

    fields: Any

    def _of(self, name: str, kind: type, words: str) -> Any:
        value = self.fields.get(name) if isinstance(self.fields, dict) else None
        if type(value) is not kind:
            raise StoredFormError(f"no stored request: expected {words} @ $.{name}")
        return value

    def text(self, name: str) -> str:
        """Return a text."""
        return self._of(name, str, "a text")  # type: ignore[no-any-return]

    def number(self, name: str) -> int:
        """Return a whole number."""
        return self._of(name, int, "a whole number")  # type: ignore[no-any-return]

    def object(self, name: str) -> dict[str, Any]:
        """Return an object."""
        return self._of(name, dict, "an object")  # type: ignore[no-any-return]

    def array(self, name: str) -> list[Any]:
        """Return an array."""
        return self._of(name, list, "an array")  # type: ignore[no-any-return]

    def texts(self, name: str) -> dict[str, str]:
        """Return an object of texts."""
        found = self.object(name)
        if not all(isinstance(value, str) for value in found.values()):
            raise StoredFormError(f"no stored request: expected texts @ $.{name}")
        return found
