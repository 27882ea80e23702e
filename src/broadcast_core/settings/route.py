"""One entry of a document of settings, made a route; every mistake on the way is collected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from broadcast_core.destinations.contract import Destination
from broadcast_core.diagnostics import FAILURES, Problem, describe_error
from broadcast_core.errors import BrokenDestination, ConfigError, DestinationNotFound
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.route import Route, configure
from broadcast_core.policy import HASH_KEY, Policy
from broadcast_core.secrets import names_a_secret
from broadcast_core.settings import openrouter
from broadcast_core.settings.policies import NAMES, names_a_setting, read_policy
from broadcast_core.settings.problems import Table, describe_value, nearest_name_hint
from broadcast_core.settings.secret import (
    SecretSource,
    explain_misplaced_secret,
    prefix_of,
    reveal_option,
    variable,
)

_OF_A_ROUTE = ("name", "destination", "options", *NAMES)
_SHORTEST_KEY = 16


@frozen(kw_only=True)
class WrongRoute:
    """A route that cannot be used, and every mistake in it."""

    name: str
    problems: tuple[Problem, ...]


class RouteLoader:
    """One entry on its way to a route; every mistake on the way is kept."""

    def __init__(
        self,
        path: str,
        entry: Json,
        source: SecretSource,
        find: Callable[[str], Destination],
        taken: list[str],
    ) -> None:
        self.problems: list[Problem] = []
        self.find = find
        self.is_openrouter_object = isinstance(entry, dict) and openrouter.is_openrouter_object(entry)
        settings = openrouter.to_settings(entry) if self.is_openrouter_object else entry
        if not isinstance(settings, dict):
            self.problems.append(Problem(f"expected a table, got {describe_value(settings)}", path))
            settings = {}
        self.table = Table(settings, path, self.problems)
        self.name = self._name(taken)
        self.secrets = source.of(self.name)

    @property
    def options_path(self) -> str:
        """Where the options of the route stand."""
        return f"{self.table.path}.{'config' if self.is_openrouter_object else 'options'}"

    def load(self) -> Route | WrongRoute:
        """Return the route, or all that is wrong with it."""
        table = self.table
        kind = table.take("destination", str, "the name of a destination")
        options = self._options()
        policy = read_policy(table)
        self._check_key(policy)
        table.close(_OF_A_ROUTE, self._explain_unknown)
        found = self._find_destination(kind)
        config = None if found is None else self._config(found, options)
        if self.problems or found is None:
            return WrongRoute(name=self.name, problems=tuple(self.problems))
        return Route(name=self.name, destination=found, config=config, policy=policy)

    def _explain_unknown(self, name: str) -> str | None:
        return (
            explain_misplaced_secret(self.name, name)
            if names_a_secret(name) and not names_a_setting(name)
            else None
        )

    def _name(self, taken: list[str]) -> str:
        name: str = (self.table.take("name", str, "a name") or "").strip()
        if not name:
            self.table.wrong("name", "missing: a route needs a name")
        elif alike := next((one for one in taken if prefix_of(one) == prefix_of(name)), None):
            what = "give each its own, that differs in letters or digits: their secrets are found by them"
            self.table.wrong("name", f"another route is named {alike!r}: {what}")
        return name or self.table.path

    def _options(self) -> dict[str, Json]:
        if self.is_openrouter_object:
            return openrouter.take_options(self.table, self.name, self.secrets)
        options: dict[str, Json] = self.table.take("options", dict, "a table") or {}
        for name in filter(names_a_setting, options):
            what = "a setting of the route and no option; in TOML it stands above [routes.options]"
            self.table.wrong(f"options.{name}", what)
        for name in [name for name in options if names_a_secret(name)]:
            self.table.wrong(f"options.{name}", explain_misplaced_secret(self.name, name))
            options = {key: value for key, value in options.items() if key != name}
        return {key: _plain(value) for key, value in options.items()}

    def _check_key(self, policy: Policy) -> None:
        if policy.user_identity == "hash" and len(self.secrets.get(HASH_KEY, "")) < _SHORTEST_KEY:
            what = f"hash needs the secret {HASH_KEY!r} of at least {_SHORTEST_KEY} characters"
            self.table.wrong("user_identity", f"{what}; put it into {variable(self.name, HASH_KEY)}")

    def _find_destination(self, kind: str | None) -> Destination | None:
        where = "type" if self.is_openrouter_object else "destination"
        if kind is None:
            if not self.problems:
                self.table.wrong(
                    where, "missing: the name of a destination, as `broadcast destinations` lists it"
                )
            return None
        try:
            return self.find(kind)
        except DestinationNotFound as error:
            self.table.wrong(where, f"{error}{nearest_name_hint(kind, error.known)}")
        except BrokenDestination as error:
            self.table.wrong(where, str(error))
        return None

    def _config(self, found: Destination, options: dict[str, Json]) -> object:
        where = "config" if self.is_openrouter_object else "options"
        try:
            return configure(found, {name: reveal_option(one) for name, one in options.items()})
        except ConfigError as error:
            for problem in error.problems:
                self.table.wrong(f"{where}{problem.path.removeprefix('$')}", problem.what)
        except FAILURES as error:  # a plugin may raise anything
            self.table.wrong(
                where, f"the destination {found.name!r} failed on its options: {describe_error(error)}"
            )
        return None


def _plain(value: Json) -> Json:
    """Return a value as JSON has it; TOML knows times."""
    return value.isoformat() if isinstance(value, datetime) else value
