"""One entry of a document of settings, made a route; every mistake on the way is collected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from broadcast_core.destinations.contract import Destination
from broadcast_core.destinations.description import Description, description_of
from broadcast_core.diagnostics import Problem, describe_error
from broadcast_core.errors import BrokenDestination, ConfigError, DestinationNotFound, FieldError, PluginFault
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.plugin_faults import FROM_OUTSIDE
from broadcast_core.pipeline.route import Route, configure
from broadcast_core.policy import HASH_KEY, Policy
from broadcast_core.secrets import names_a_secret
from broadcast_core.settings import openrouter
from broadcast_core.settings.declared import Declared, snake_case
from broadcast_core.settings.delivery import DeliveryOptions, take_delivery
from broadcast_core.settings.headers import check_headers, take_headers
from broadcast_core.settings.policies import NAMES, names_a_setting, read_policy
from broadcast_core.settings.problems import Table, describe_value, nearest_name_hint
from broadcast_core.settings.secret import (
    SecretSource,
    explain_likely_secret,
    explain_misplaced_secret,
    prefix_of,
    reveal_option,
    variable,
)

_OF_A_ROUTE = ("name", "destination", "options", "headers", "delivery", *NAMES)
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
        self.delivery = DeliveryOptions()

    @property
    def options_path(self) -> str:
        """Where the options of the route stand."""
        return f"{self.table.path}.{'config' if self.is_openrouter_object else 'options'}"

    def load(self) -> Route | WrongRoute:
        """Return the route, or all that is wrong with it."""
        table = self.table
        found = self._find_destination(table.take("destination", str, "the name of a destination"))
        description = None if found is None else self._describe(found)
        declared = Declared() if description is None else Declared.of(description)
        taken = self._config_of(declared)
        headers = {**taken.headers, **take_headers(table, self.name)}
        self.delivery = take_delivery(table)
        policy = read_policy(table, None if description is None else description.policy)
        self._check_key(policy)
        table.close(_OF_A_ROUTE, lambda name: self._explain_unknown(name, declared))
        if found is None or description is None:
            return self._wrong()
        config = self._configure(found, taken)
        if not self.problems:
            check_headers(table, headers, found, config)
        if self.problems:
            return self._wrong()
        names = tuple(headers.values())
        return Route(name=self.name, destination=found, config=config, policy=policy, headers=names)

    def _wrong(self) -> WrongRoute:
        return WrongRoute(name=self.name, problems=tuple(self.problems))

    def _explain_unknown(self, name: str, declared: Declared) -> str | None:
        """Say what stands on the route and is no setting of it: a secret or an option, or None."""
        if (secret := declared.secret(name)) is not None:
            return explain_misplaced_secret(self.name, secret)
        if name in declared.options:
            return f"an option of the destination; it stands {self._options_are}"
        if names_a_secret(name) and not names_a_setting(name):
            return explain_likely_secret(self.name, snake_case(name))
        return None

    @property
    def _options_are(self) -> str:
        return "in config" if self.is_openrouter_object else "below [routes.options] in TOML"

    def _name(self, taken: list[str]) -> str:
        name: str = (self.table.take("name", str, "a name") or "").strip()
        if not name:
            self.table.wrong("name", "missing: a route needs a name")
        elif alike := next((one for one in taken if prefix_of(one) == prefix_of(name)), None):
            what = "give each its own, that differs in letters or digits: their secrets are found by them"
            self.table.wrong("name", f"another route is named {alike!r}: {what}")
        return name or self.table.path

    def _config_of(self, declared: Declared) -> openrouter.Config:
        """Take the options, and the headers where they stand among them, without secrets."""
        if self.is_openrouter_object:
            return openrouter.take_config(self.table, self.name, self.secrets, declared)
        options = self.table.take_table("options")
        wrong = {name: what for name in options if (what := self._misplaced(name, declared)) is not None}
        for name, what in wrong.items():
            self.table.wrong(f"options.{name}", what)
        return openrouter.Config(
            options={name: _plain(value) for name, value in options.items() if name not in wrong}
        )

    def _misplaced(self, name: str, declared: Declared) -> str | None:
        """Say why a key has no place among options: a secret, a setting of the route; else None."""
        if name in declared.options:
            return None
        if (secret := declared.secret(name)) is not None:
            return explain_misplaced_secret(self.name, secret)
        if names_a_setting(name) or name == "headers":
            return "a setting of the route and no option; in TOML it stands above [routes.options]"
        if names_a_secret(name):
            near = nearest_name_hint(name, tuple(declared.options))
            return f"{explain_likely_secret(self.name, snake_case(name))}{near}"
        return None

    def _check_key(self, policy: Policy) -> None:
        if policy.user_identity == "hash" and len(self.secrets.get(HASH_KEY, "")) < _SHORTEST_KEY:
            what = f"hash needs the secret {HASH_KEY!r} of at least {_SHORTEST_KEY} characters"
            self.table.wrong("user_identity", f"{what}; put it into {variable(self.name, HASH_KEY)}")

    def _find_destination(self, kind: str | None) -> Destination | None:
        where = self._destination_path
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

    @property
    def _destination_path(self) -> str:
        return "type" if self.is_openrouter_object else "destination"

    def _describe(self, found: Destination) -> Description | None:
        """Return what a destination declares; a failure is reported, as a plugin may raise anything."""
        try:
            return description_of(found)
        except FROM_OUTSIDE:
            raise
        except BaseException as error:  # noqa: BLE001  # code of the plugin
            why = str(error) if isinstance(error, PluginFault | FieldError) else describe_error(error)
            what = f"the destination {found.name!r} failed to describe itself: {why}"
            self.table.wrong(self._destination_path, what)
            return None

    def _configure(self, found: Destination, taken: openrouter.Config) -> object:
        where = "config" if self.is_openrouter_object else "options"
        try:
            return configure(found, {name: reveal_option(one) for name, one in taken.options.items()})
        except ConfigError as error:
            for problem in error.problems:
                self.table.wrong(f"{where}{taken.path_as_written(problem.path)}", problem.what)
        except PluginFault as error:
            self.table.wrong(where, str(error))
        return None


def _plain(value: Json) -> Json:
    """Return a value as JSON has it; TOML knows times."""
    return value.isoformat() if isinstance(value, datetime) else value
