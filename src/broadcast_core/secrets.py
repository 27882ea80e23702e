"""Secrets as values that hide themselves: `****` in every repr, and in no pickle.

A traceback, a log or a crash report shows the repr of what it meets, also of the variables of each function.
So a secret is wrapped where it comes in, before anything can raise, and what wraps it never raises itself. It
is text all the same: `str`, f-strings and encoding give what is to be sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, Self, SupportsIndex

from broadcast_core.errors import ArgumentTypeError, SecretError

MASK = "****"
NOT_PICKLED = "secrets are not pickled: load them again where they are needed"


_WORDS = frozenset({"apikey", "secret", "token", "password", "authorization", "credentials"})
_OF_A_KEY = ("api", "access", "secret", "private", "auth")


def names_a_secret(name: str) -> bool:
    """Tell whether a name speaks of a secret: a guess, for names that nobody declared."""
    return bool(_WORDS.union({"key"}).intersection(_words(name)))


def is_called_a_secret(name: str) -> bool:
    """Tell whether a name is that of a secret, as `dbPassword`; not `token_limit`, `sort_key`."""
    *before, last = _words(name)
    return last in _WORDS or (last == "key" and before[-1:] != [] and before[-1] in _OF_A_KEY)


def _words(name: str) -> list[str]:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_").split("_")


def header_secret(name: str) -> str:
    """Return the name of the secret that is the value of a header of a route's own: `header_x_team`."""
    return "header_" + re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")


class _Masked:
    """Shown without its value, not pickled, and its own copy, since it never changes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return MASK

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise SecretError(NOT_PICKLED)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self


class SecretText(_Masked, str):
    """A text that hides itself; its beginning too, since reports cut what is long."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> SecretText:
        return SecretText(super().__getitem__(key))


class SecretBytes(_Masked, bytes):
    """Bytes that hide themselves; their beginning too, and what `str` makes of them."""

    def __str__(self) -> str:
        return MASK

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return SecretBytes(found) if isinstance(found, bytes) else found


class Secrets(_Masked, Mapping[str, str]):
    """The secrets of one route by name, for `Destination.authorize`.

    One that is None is absent. What is no text is told when secrets are asked for.
    """

    __slots__ = ("_values", "_wrong")

    _kind = ("the secrets of a route by name", "{name: text}")
    _values: dict[str, SecretText]
    _wrong: str | None

    def __init__(self, values: Mapping[str, str | None] | None) -> None:
        if isinstance(values, Secrets):
            self._values, self._wrong = values._values, values._wrong
            return
        self._values, self._wrong = {}, None  # whatever fails from here on, it can be shown
        known = values if isinstance(values, Mapping) else {}
        self._values = {name: SecretText(value) for name, value in known.items() if isinstance(value, str)}
        self._wrong = _wrong(values, *self._kind)

    def __getitem__(self, name: str) -> str:
        return self._checked()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._checked())

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={MASK}' for name in self._values)})"

    def _checked(self) -> dict[str, SecretText]:
        if self._wrong:
            raise ArgumentTypeError(self._wrong)
        return self._values


class HashKeys(Secrets):
    """The keys that hash users, by the name of their route, for `plan(..., hash_keys=...)`."""

    __slots__ = ()

    _kind = ("hash keys by the name of their route", "{route: text}")


def _wrong(values: object, expected: str, how: str) -> str | None:
    """Say what is wrong with secrets, or None."""
    if values is None:
        return None
    if not isinstance(values, Mapping):
        return f"expected {expected}, got a {type(values).__name__}: give {how}"
    kinds = [
        f"{name!r}, a {type(value).__name__}"
        for name, value in values.items()
        if not isinstance(value, str | None)
    ]
    return f"expected texts as secrets, got {', '.join(kinds)}" if kinds else None


class SecretsByRoute(_Masked, Mapping[str, Secrets]):
    """The secrets of routes by name: what a caller gave, wrapped; what is no mapping is told when used."""

    __slots__ = ("_given",)

    _given: Mapping[str, Mapping[str, str]] | None

    def __init__(self, given: Mapping[str, Mapping[str, str]] | None) -> None:
        self._given = given

    def of(self, route: str) -> Secrets:
        """Return the secrets of a route; none of one that is not known."""
        return self[route] if route in self._checked() else Secrets(None)

    def __getitem__(self, route: str) -> Secrets:
        return Secrets(self._checked()[route])

    def __iter__(self) -> Iterator[str]:
        return iter(self._checked())

    def __len__(self) -> int:
        return len(self._checked())

    def _checked(self) -> Mapping[str, Mapping[str, str]]:
        if self._given is not None and not isinstance(self._given, Mapping):
            what = f"expected secrets by the name of their route, got a {type(self._given).__name__}"
            raise ArgumentTypeError(f"{what}: give {{route: {{name: text}}}}")
        return self._given or {}
