"""Mistakes in settings, collected with their paths, each with the nearest valid name where one is near."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from broadcast_core.diagnostics import Problem
from broadcast_core.jsontext import Json


class Table:
    """A table of settings: its values are taken by name, and what is left at the end is a mistake."""

    def __init__(self, values: Mapping[str, Json], path: str, problems: list[Problem]) -> None:
        self._left = dict(values)
        self.path = path
        self.problems = problems

    def wrong(self, name: str, what: str) -> None:
        """Report what is wrong with a setting."""
        self.problems.append(Problem(what, f"{self.path}.{name}"))

    def take(self, name: str, kind: type | tuple[type, ...], expected: str) -> Any:
        """Return a value of a kind; None when it is absent, null or wrong."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.wrong(name, f"expected {expected}, got {describe_value(value)}")
            return None
        return value

    def take_stated(self, name: str, kind: type | tuple[type, ...], expected: str) -> Any:
        """Return a value of a kind; None when it is absent or wrong: null, too, would mean the default."""
        if name in self._left and self._left[name] is None:
            del self._left[name]
            self.wrong(name, f"expected {expected}, got null; leave the setting out for its default")
            return None
        return self.take(name, kind, expected)

    def take_table(self, name: str) -> dict[str, Json]:
        """Return a table, empty when it is absent, null or wrong; a key that is no text is a mistake."""
        values = self.take(name, dict, "a table") or {}
        for key in values:
            if not isinstance(key, str):
                self.wrong(name, f"expected keys that are text, got {describe_value(key)}")
        return {key: value for key, value in values.items() if isinstance(key, str)}

    def close(self, known: Iterable[str], about: Callable[[str], str | None] = lambda _name: None) -> None:
        """Report every setting that was not taken; `about` may say more of one than that it is unknown."""
        names = sorted(known)
        for name in self._left:
            hint = nearest_name_hint(str(name), names) or f"; known: {', '.join(names)}"
            self.wrong(str(name), about(str(name)) or f"unknown setting{hint}")


def nearest_name_hint(name: str, known: Sequence[str]) -> str:
    """Return a hint at the nearest of some known names; nothing when none is near."""
    found = get_close_matches(name, known)
    return f"; did you mean {found[0]!r}?" if found else ""


def describe_value(value: Json) -> str:
    """Name a value of the wrong kind; a text is not quoted, since it may be a secret."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    kinds: dict[type, str] = {str: "text", list: "an array", dict: "a table"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), type(value).__name__)
