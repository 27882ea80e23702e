"""Secrets of routes: never part of a configuration, never shown, never pickled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from attrs import field, frozen

from broadcast_core.errors import SecretError
from broadcast_core.jsontext import Json
from broadcast_core.secrets import NOT_PICKLED, Secrets, SecretsByRoute, SecretText, names_a_secret
from broadcast_core.settings.policies import NAMES

PREFIX = "BROADCAST"


def broadcast_variables(environment: Mapping[str, str] | None) -> Secrets:
    """Return those variables of an environment that can be secrets of routes."""
    if not isinstance(environment, Mapping):
        return Secrets(environment)
    return Secrets({name: value for name, value in environment.items() if name.startswith(f"{PREFIX}_")})


def hide_secrets(document: Json) -> Json:
    """Return a copy of a document of settings in which every secret hides, at any depth.

    They have no place there, but whatever fails before that is told must not show them. Hidden is each text
    under a key that names a secret, and under `headers`, at any depth.
    """
    copies: dict[tuple[int, bool], Any] = {}  # by identity, since a program may give what holds itself
    waiting: list[tuple[Any, bool]] = []

    def copied(value: Any, is_hidden: bool) -> Any:
        if isinstance(value, str):
            return SecretText(value) if is_hidden else value
        if not isinstance(value, dict | list):
            return value
        if (id(value), is_hidden) not in copies:
            copies[id(value), is_hidden] = {} if isinstance(value, dict) else []
            waiting.append((value, is_hidden))
        return copies[id(value), is_hidden]

    top = copied(document, False)
    for value, is_hidden in waiting:  # it grows meanwhile
        copy = copies[id(value), is_hidden]
        if isinstance(value, dict):
            copy.update((name, copied(one, is_hidden or _hides(name))) for name, one in value.items())
        else:
            copy.extend(copied(one, is_hidden) for one in value)
    return top


def _hides(name: object) -> bool:
    """Tell whether the value of a key is hidden; a plural name counts like its singular."""
    if not isinstance(name, str) or name in NAMES:
        return False
    one = name.removesuffix("s").removesuffix("S")
    return name.lower() == "headers" or names_a_secret(name) or names_a_secret(one)


def reveal_option(value: Json) -> Json:
    """Return an option as it stands in the settings, for the destination that takes it."""
    if isinstance(value, dict):
        return {name: reveal_option(one) for name, one in value.items()}
    if isinstance(value, list):
        return [reveal_option(one) for one in value]
    return str(value) if isinstance(value, SecretText) else value


def explain_misplaced_secret(route: str, name: str) -> str:
    """Say where a secret belongs that was found in the settings of a route."""
    return f"a secret has no place in settings; put it into {_place(route, name)}"


def explain_likely_secret(route: str, name: str) -> str:
    """Say where a value belongs that nobody declared, and that is a secret by its name."""
    return f"looks like a secret, which has no place in settings: put it into {_place(route, name)}"


def explain_openrouter_secret(route: str, name: str, value: object) -> str:
    """Say where a secret of a destination object belongs."""
    what = "a secret without a value" if value in (None, "") else "a secret in the settings"
    if is_masked(value):
        what = "masked, as OpenRouter shows it, and cannot be used"
    place = f"{variable(route, name)} of the environment, or into a secrets file as {name} under [{route}]"
    return f"{what}; put it into {place}"


def _place(route: str, name: str) -> str:
    return f"{variable(route, name)} of the environment, or into a secrets file under [{route}]"


@frozen(repr=False)
class SecretSource:
    """Where secrets come from: a secrets file as a table per route, which wins, and the environment.

    In the environment the secret `api_key` of the route `support` is `BROADCAST_SUPPORT_API_KEY`. `routes`
    are the names of all routes: what is a secret of `support-eu` is none of `support`.
    """

    file: SecretsByRoute = field(converter=SecretsByRoute, repr=False)
    environment: Secrets = field(converter=broadcast_variables, repr=False)
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
        raise SecretError(NOT_PICKLED)


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
