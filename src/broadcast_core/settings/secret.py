"""Secrets of routes: never part of a configuration, never shown, never pickled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn

from attrs import field, frozen

from broadcast_core.jsontext import Json
from broadcast_core.masking import NOT_PICKLED, Secrets, SecretsByRoute, SecretText

PREFIX = "BROADCAST"


def ours(environment: Mapping[str, str] | None) -> Secrets:
    """Return those variables of an environment that can be secrets of routes."""
    if not isinstance(environment, Mapping):
        return Secrets(environment)
    return Secrets({name: value for name, value in environment.items() if name.startswith(f"{PREFIX}_")})


def with_hidden_secrets(document: Json) -> Json:
    """Return a document of settings in which secrets hide that stand among the options of a route.

    They have no place there and will be refused, but whatever fails before that must not show them.
    """
    if not isinstance(document, dict):
        return _entries(document)
    return _entry({key: _entries(value) for key, value in document.items()})


def _entries(value: Json) -> Json:
    return [_entry(one) for one in value] if isinstance(value, list) else _entry(value)


def _entry(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    return {key: _options(one) for key, one in value.items()}


def _options(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    return {
        name: SecretText(one) if isinstance(one, str) and names_a_secret(name) else one
        for name, one in value.items()
    }


@frozen(repr=False)
class SecretSource:
    """Where secrets come from: a secrets file as a table per route, which wins, and the environment.

    In the environment the secret `api_key` of the route `support` is `BROADCAST_SUPPORT_API_KEY`. `routes`
    are the names of all routes: what is a secret of `support-eu` is none of `support`.
    """

    file: SecretsByRoute = field(converter=SecretsByRoute, repr=False)
    environment: Secrets = field(converter=ours, repr=False)
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
        return Secrets({**found, **self.file.of(route)})

    def __repr__(self) -> str:
        return "SecretSource(****)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(NOT_PICKLED)


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
