"""Secrets of routes: never part of a configuration, never shown, never pickled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NoReturn

from attrs import frozen

PREFIX = "BROADCAST"


class Secrets(Mapping[str, str]):
    """The secrets of one route by name, for `plan(..., secrets=...)` and `Destination.authorize`."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(f'{name}=****' for name in self._values)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled: load them again where they are needed")


@frozen(repr=False)
class SecretSource:
    """Where secrets come from: a secrets file as a table per route, which wins, and the environment.

    In the environment the secret `api_key` of the route `support` is `BROADCAST_SUPPORT_API_KEY`. `routes`
    are the names of all routes: what is a secret of `support-eu` is none of `support`.
    """

    file: Mapping[str, Mapping[str, str]]
    environment: Mapping[str, str]
    routes: tuple[str, ...] = ()

    def of(self, route: str) -> Secrets:
        """Return the secrets of a route."""
        prefix = prefix_of(route)
        longer = tuple(one for one in map(prefix_of, self.routes) if one.startswith(prefix) and one != prefix)
        found = {
            name.removeprefix(prefix).lower(): value
            for name, value in self.environment.items()
            if name.startswith(prefix) and not name.startswith(longer) and len(name) > len(prefix) and value
        }
        return Secrets({**found, **self.file.get(route, {})})

    def __repr__(self) -> str:
        return "SecretSource(****)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled: load them again where they are needed")


def variable(route: str, name: str) -> str:
    """Return the environment variable of a route's secret."""
    return prefix_of(route) + _word(name)


def prefix_of(route: str) -> str:
    """Return how the environment variables of a route's secrets begin."""
    return f"{PREFIX}_{_word(route)}_"


def _word(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").upper()


def is_masked(value: object) -> bool:
    """Tell whether a value is a secret as OpenRouter shows it: `****...AbCd`."""
    return isinstance(value, str) and value.lstrip().startswith("**")


def names_a_secret(name: str) -> bool:
    """Tell whether an option of this name holds a secret."""
    words = set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_").split("_"))
    return bool(words & {"key", "apikey", "secret", "token", "password", "authorization", "credentials"})
