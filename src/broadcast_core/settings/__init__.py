"""Routes from settings: a document for people (TOML), or destination objects of OpenRouter's API (JSON).

    load            the document in, routes out, and every mistake in those that are wrong
    policies        the policy of a route              problems   mistakes with paths and near names
    openrouter      destination objects of OpenRouter  secret     where secrets come from
    sharing         routes into two projects of one workspace

A route that is wrong does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from attrs import field, frozen

from broadcast_core.destinations.contract import Destination
from broadcast_core.diagnostics import FAILURES, Problem, describe_error
from broadcast_core.errors import BrokenDestination, ConfigError, DestinationNotFound
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.route import Route
from broadcast_core.plugins import destination
from broadcast_core.policy import HASH_KEY, Policy
from broadcast_core.secrets import HashKeys, Secrets, SecretsByRoute
from broadcast_core.settings import openrouter
from broadcast_core.settings.policies import NAMES, names_a_setting, policy_of
from broadcast_core.settings.problems import Table, near, shown
from broadcast_core.settings.secret import (
    SecretSource,
    misplaced,
    names_a_secret,
    ours,
    prefix_of,
    shown_to_plugin,
    variable,
    with_hidden_secrets,
)
from broadcast_core.settings.sharing import undecided_routes

_OF_A_ROUTE = ("name", "destination", "options", *NAMES)
_SHORTEST_KEY = 16


@frozen(kw_only=True)
class WrongRoute:
    """A route that cannot be used, and every mistake in it."""

    name: str
    problems: tuple[Problem, ...]


@frozen(kw_only=True)
class Settings:
    """The routes that can be used with their secrets by route name, and those that cannot."""

    routes: tuple[Route, ...] = ()
    secrets: Mapping[str, Secrets] = field(factory=dict)
    wrong: tuple[WrongRoute, ...] = ()

    __hash__ = None  # type: ignore[assignment]

    @property
    def hash_keys(self) -> HashKeys:
        """The keys of those routes that hash users: all that a plan needs of the secrets."""
        hashing = [route.name for route in self.routes if route.policy.user_identity == "hash"]
        return HashKeys({name: self.secrets[name].get(HASH_KEY) for name in hashing})


def load(
    document: Json,
    *,
    environment: Mapping[str, str] | None = None,
    secrets_file: Mapping[str, Mapping[str, str]] | None = None,
    find: Callable[[str], Destination] = destination,
) -> Settings:
    """Return the routes of a document, and every mistake in those that are wrong.

    A document is `{"routes": [...]}`, `{"data": [...]}`, a list, or one destination object of OpenRouter's. A
    setting that stands outside of a route stops all of them: it may hold back what each would let out.
    """
    document = with_hidden_secrets(document)  # at once: reports of errors show the variables of functions
    environment, secrets_file = ours(environment), SecretsByRoute(secrets_file)
    routes: list[Route] = []
    wrong: list[WrongRoute] = []
    secrets: dict[str, Secrets] = {}
    paths: dict[str, str] = {}
    entries, problems = _entries(document)
    outside = tuple(_outside(document))
    if outside:
        entries, problems = [], [*problems, *outside]
    source = SecretSource(secrets_file, environment, _names(entries))
    if problems:
        wrong.append(WrongRoute(name="(settings)", problems=tuple(problems)))
    for path, entry in entries:
        loading = _Loading(path, entry, source, find, taken=[*secrets, *(one.name for one in wrong)])
        loaded = loading.loaded()
        if isinstance(loaded, WrongRoute):
            wrong.append(loaded)
        else:
            routes.append(loaded)
            secrets[loaded.name] = source.of(loaded.name)
            paths[loaded.name] = loading.options_path
    undecided = undecided_routes(routes, paths)
    return Settings(
        routes=tuple(route for route in routes if route.name not in undecided),
        secrets={name: one for name, one in secrets.items() if name not in undecided},
        wrong=(*wrong, *(WrongRoute(name=name, problems=(one,)) for name, one in undecided.items())),
    )


def _outside(document: Json) -> Iterator[Problem]:
    """Yield a problem for each key beside the routes that says nothing which is known."""
    if not isinstance(document, dict) or not document.keys() & {"routes", "data"}:
        return
    known = ("routes",) if "routes" in document else ("data", *openrouter.BESIDE_DATA)
    for name in document:
        if name not in known:
            hint = near(str(name), (*known, *NAMES))
            what = f"stands outside of the routes, and so in none{hint}"
            if names_a_secret(str(name)) and not names_a_setting(str(name)):
                what = f"a secret has no place in settings; put it into {variable('ROUTE', str(name))} of the"
                what += " environment, with the name of its route"
            yield Problem(f"{what}; no route is used until it is put into each, or taken out", f"$.{name}")


def _names(entries: Iterable[tuple[str, Json]]) -> tuple[str, ...]:
    """Return what entries call themselves, those of wrong routes too."""
    objects = [entry for _, entry in entries if isinstance(entry, dict)]
    return tuple(name for entry in objects if isinstance(name := entry.get("name") or entry.get("type"), str))


def _entries(document: Json) -> tuple[list[tuple[str, Json]], list[Problem]]:
    """Return the entries of a document with their paths, and what is wrong with the document."""
    problems: list[Problem] = []
    if isinstance(document, dict) and "type" in document:
        return [("$", document)], problems
    key = "routes" if isinstance(document, dict) and "routes" in document else "data"
    items = document.get(key) if isinstance(document, dict) else document
    if isinstance(items, dict):
        return [(f"$.{key}", items)], problems  # one destination object, as it is returned by its id
    if not isinstance(items, list):
        return [], [Problem("expected an array of routes in 'routes', or of destination objects in 'data'")]
    base = f"$.{key}" if isinstance(document, dict) else "$"
    return [(f"{base}[{n}]", item) for n, item in enumerate(items)], problems


class _Loading:
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
        self.is_openrouters = isinstance(entry, dict) and openrouter.is_openrouters(entry)
        settings = openrouter.as_settings(entry) if self.is_openrouters else entry
        if not isinstance(settings, dict):
            self.problems.append(Problem(f"expected a table, got {shown(settings)}", path))
            settings = {}
        self.table = Table(settings, path, self.problems)
        self.name = self._name(taken)
        self.secrets = source.of(self.name)

    @property
    def options_path(self) -> str:
        """Where the options of the route stand."""
        return f"{self.table.path}.{'config' if self.is_openrouters else 'options'}"

    def loaded(self) -> Route | WrongRoute:
        """Return the route, or all that is wrong with it."""
        table = self.table
        kind = table.take("destination", str, "the name of a destination")
        options = self._options()
        policy = policy_of(table)
        self._check_key(policy)
        table.close(_OF_A_ROUTE, self._about)
        found = self._found(kind)
        config = None if found is None else self._config(found, options)
        if self.problems or found is None:
            return WrongRoute(name=self.name, problems=tuple(self.problems))
        return Route(name=self.name, destination=found, config=config, policy=policy)

    def _about(self, name: str) -> str | None:
        return misplaced(self.name, name) if names_a_secret(name) and not names_a_setting(name) else None

    def _name(self, taken: list[str]) -> str:
        name: str = (self.table.take("name", str, "a name") or "").strip()
        if not name:
            self.table.wrong("name", "missing: a route needs a name")
        elif alike := next((one for one in taken if prefix_of(one) == prefix_of(name)), None):
            what = "give each its own, that differs in letters or digits: their secrets are found by them"
            self.table.wrong("name", f"another route is named {alike!r}: {what}")
        return name or self.table.path

    def _options(self) -> dict[str, Json]:
        if self.is_openrouters:
            return openrouter.options_of(self.table, self.name, self.secrets)
        options: dict[str, Json] = self.table.take("options", dict, "a table") or {}
        for name in filter(names_a_setting, options):
            what = "a setting of the route and no option; in TOML it stands above [routes.options]"
            self.table.wrong(f"options.{name}", what)
        for name in [name for name in options if names_a_secret(name)]:
            self.table.wrong(f"options.{name}", misplaced(self.name, name))
            options = {key: value for key, value in options.items() if key != name}
        return {key: _plain(value) for key, value in options.items()}

    def _check_key(self, policy: Policy) -> None:
        if policy.user_identity == "hash" and len(self.secrets.get(HASH_KEY, "")) < _SHORTEST_KEY:
            what = f"hash needs the secret {HASH_KEY!r} of at least {_SHORTEST_KEY} characters"
            self.table.wrong("user_identity", f"{what}; put it into {variable(self.name, HASH_KEY)}")

    def _found(self, kind: str | None) -> Destination | None:
        where = "type" if self.is_openrouters else "destination"
        if kind is None:
            if not self.problems:
                self.table.wrong(
                    where, "missing: the name of a destination, as `broadcast destinations` lists it"
                )
            return None
        try:
            return self.find(kind)
        except DestinationNotFound as error:
            self.table.wrong(where, f"{error}{near(kind, error.known)}")
        except BrokenDestination as error:
            self.table.wrong(where, str(error))
        return None

    def _config(self, found: Destination, options: dict[str, Json]) -> object:
        where = "config" if self.is_openrouters else "options"
        try:
            return found.configure({name: shown_to_plugin(one) for name, one in options.items()})
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


__all__ = ["Secrets", "Settings", "WrongRoute", "load"]
