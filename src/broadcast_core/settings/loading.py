"""A document of settings, made routes with their secrets; a route that is wrong does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from attrs import field, frozen

from broadcast_core.destinations.contract import Destination
from broadcast_core.diagnostics import Problem
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.route import Route
from broadcast_core.plugins import destination
from broadcast_core.policy import HASH_KEY
from broadcast_core.secrets import HashKeys, Secrets, SecretsByRoute, names_a_secret
from broadcast_core.settings import openrouter
from broadcast_core.settings.delivery import DeliveryOptions
from broadcast_core.settings.policies import NAMES, names_a_setting
from broadcast_core.settings.problems import nearest_name_hint
from broadcast_core.settings.route import RouteLoader, WrongRoute
from broadcast_core.settings.secret import (
    SecretSource,
    broadcast_variables,
    hide_secrets,
    variable,
)
from broadcast_core.settings.sharing import undecided_routes

APPS = ("relay",)
"""Tables beside the routes that are an app's own, which reads them."""


@frozen(kw_only=True)
class Settings:
    """The routes that can be used with their secrets by route name, and those that cannot.

    `delivery` is what routes state of how they are delivered, by their names.
    """

    routes: tuple[Route, ...] = ()
    secrets: Mapping[str, Secrets] = field(factory=dict)
    wrong: tuple[WrongRoute, ...] = ()
    delivery: Mapping[str, DeliveryOptions] = field(factory=dict)

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
    document = hide_secrets(document)  # at once: reports of errors show the variables of functions
    environment, secrets_file = broadcast_variables(environment), SecretsByRoute(secrets_file)
    routes: list[Route] = []
    wrong: list[WrongRoute] = []
    secrets: dict[str, Secrets] = {}
    paths: dict[str, str] = {}
    delivery: dict[str, DeliveryOptions] = {}
    entries, problems = _entries(document)
    outside = tuple(_settings_beside_routes(document))
    if outside:
        entries, problems = [], [*problems, *outside]
    source = SecretSource(secrets_file, environment, _names(entries))
    if problems:
        wrong.append(WrongRoute(name="(settings)", problems=tuple(problems)))
    for path, entry in entries:
        loading = RouteLoader(path, entry, source, find, taken=[*secrets, *(one.name for one in wrong)])
        loaded = loading.load()
        if isinstance(loaded, WrongRoute):
            wrong.append(loaded)
        else:
            routes.append(loaded)
            secrets[loaded.name] = source.of(loaded.name)
            paths[loaded.name] = loading.options_path
            delivery[loaded.name] = loading.delivery
    undecided = undecided_routes(routes, paths)
    return Settings(
        routes=tuple(route for route in routes if route.name not in undecided),
        secrets={name: one for name, one in secrets.items() if name not in undecided},
        delivery={name: one for name, one in delivery.items() if name not in undecided},
        wrong=(*wrong, *(WrongRoute(name=name, problems=(one,)) for name, one in undecided.items())),
    )


def _settings_beside_routes(document: Json) -> Iterator[Problem]:
    """Yield a problem for each unknown key beside the routes."""
    if not isinstance(document, dict) or not document.keys() & {"routes", "data"}:
        return
    known = ("routes", *APPS) if "routes" in document else ("data", *openrouter.BESIDE_DATA)
    for name in document:
        if name not in known:
            hint = nearest_name_hint(str(name), (*known, *NAMES))
            what = f"stands outside of the routes, and so in none{hint}"
            if names_a_secret(str(name)) and not names_a_setting(str(name)):
                what = "looks like a secret, which has no place in settings: put it into"
                what += f" {variable('ROUTE', str(name))} of the environment, with the name of its route"
            yield Problem(f"{what}; no route is used until it is put into each, or taken out", f"$.{name}")


def _names(entries: Iterable[tuple[str, Json]]) -> tuple[str, ...]:
    """Return the names of all entries, those of wrong routes too."""
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
