"""What a destination declares, and which of it a key of settings names, in our spelling and OpenRouter's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import Attribute, field, frozen

from broadcast_core.destinations.config import options_of
from broadcast_core.destinations.description import Description
from broadcast_core.policy import HASH_KEY


def snake_case(key: str) -> str:
    """Return a key of OpenRouter's in our spelling: `apiKey` and `api-key` are `api_key`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", key)
    return apart.lower().replace("-", "_")


def camel_case(name: str) -> str:
    """Return a name of ours in OpenRouter's spelling: `api_key` is `apiKey`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


@frozen(kw_only=True)
class Declared:
    """The options and the names of secrets of a destination; of one that is not known, neither."""

    options: Mapping[str, Attribute[Any]] = field(factory=dict)
    secrets: frozenset[str] = frozenset({HASH_KEY})
    is_known: bool = False

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def of(cls, description: Description) -> Declared:
        """Return what a description declares, and the secret that every route may have."""
        secrets = frozenset({HASH_KEY, *description.secrets})
        return cls(options=options_of(description.config), secrets=secrets, is_known=True)

    def option(self, key: str) -> str | None:
        """Return the option that a key of OpenRouter's names: its own, or its name in either spelling."""
        found = [name for name, field in self.options.items() if field.metadata["openrouter"] == key]
        found += [name for name in (key, snake_case(key)) if name in self.options]
        found += [name for name in self.options if camel_case(name) == key]
        return next(iter(found), None)

    def secret(self, key: str) -> str | None:
        """Return the secret that a key names, in whatever spelling; None where it is an option."""
        if key in self.options:
            return None
        return next((name for name in sorted(self.secrets) if _letters(name) == _letters(key)), None)

    def openrouter_key(self, name: str) -> str:
        """Return the key that OpenRouter has for an option."""
        key: str | None = self.options[name].metadata["openrouter"]
        return key or camel_case(name)

    def openrouter_keys(self, like: str) -> tuple[str, ...]:
        """Return the keys of all options, in the spelling that a key has: ours has underscores."""
        return tuple(name if "_" in like else self.openrouter_key(name) for name in self.options)


def _letters(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
