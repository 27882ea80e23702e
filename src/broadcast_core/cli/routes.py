"""The routes that the arguments select: one destination with its options, or those of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import click
from attrs import evolve, field, frozen

from broadcast_core.cli.arguments import RouteArguments
from broadcast_core.cli.errors import MISSING, UNUSABLE, CommandError
from broadcast_core.cli.files.settings import load_settings, secrets_of
from broadcast_core.destinations.capabilities import Identifies, ShowsTraces
from broadcast_core.diagnostics import Problem, describe_error
from broadcast_core.errors import BrokenDestination, ConfigError, DestinationNotFound, PluginFault
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.plugin_faults import FROM_OUTSIDE
from broadcast_core.pipeline.route import Route
from broadcast_core.plugins import destination
from broadcast_core.secrets import HashKeys, Secrets
from broadcast_core.settings.delivery import DeliveryOptions
from broadcast_core.traces.let_out import Join

NOTHING_STATED: Mapping[str, Any] = {}


@frozen(kw_only=True)
class SelectedRoutes:
    """The routes to plan for, their secrets and the keys that hash users; errors of others in the file."""

    routes: tuple[Route, ...]
    hash_keys: HashKeys = field(factory=lambda: HashKeys(None))
    secrets: Mapping[str, Secrets] = field(factory=dict)
    delivery: Mapping[str, DeliveryOptions] = field(factory=dict)
    wrong: tuple[str, ...] = ()
    join: Join | None = None


def select_routes(route_args: RouteArguments) -> SelectedRoutes:
    """Return the routes that the arguments select; raise `CommandError` when none can be used."""
    if (route_args.name is None) == (route_args.file is None):
        raise click.UsageError("give either --to NAME, or --routes FILE with routes in it")
    if route_args.file is None:
        route = build_route(str(route_args.name), route_args.options, stated_policy(route_args))
        secrets = {route.name: secrets_of(route.name, route_args.secrets)}
        return SelectedRoutes(routes=(route,), secrets=secrets)
    if (
        route_args.options
        or route_args.privacy
        or route_args.cost
        or route_args.identity
        or route_args.request_context
    ):
        raise click.UsageError("with --routes, options and policies belong in the file")
    settings = load_settings(route_args.file, route_args.secrets)
    wrong = tuple(
        f"{route_args.file}: {route.name}: {problem}"
        for route in settings.wrong
        for problem in route.problems
    )
    if wrong and (route_args.strict or not settings.routes):
        raise CommandError(*wrong, code=UNUSABLE)
    if not settings.routes:
        raise CommandError(f"{route_args.file}: there is no route in it", code=UNUSABLE)
    return SelectedRoutes(
        routes=settings.routes,
        hash_keys=settings.hash_keys,
        secrets=settings.secrets,
        delivery=settings.delivery,
        wrong=wrong,
    )


def select_named(route_args: RouteArguments, names: Sequence[str]) -> SelectedRoutes:
    """Return the routes that the arguments select: those of some names, or all that are enabled.

    Raise `CommandError` for a name that none has, and for one of a route that is wrong.
    """
    selection = select_routes(route_args)
    if not names:
        enabled = tuple(route for route in selection.routes if route.policy.enabled)
        return evolve(selection, routes=enabled)
    known = {route.name: route for route in selection.routes}
    for name in names:
        if name not in known:
            wrong = [line for line in selection.wrong if line.startswith(f"{route_args.file}: {name}: ")]
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise CommandError(
                *(wrong or [f"{route_args.file}: there is no route {name!r}{hint}"]), code=UNUSABLE
            )
    return evolve(selection, routes=tuple(known[name] for name in dict.fromkeys(names)), wrong=())


def stated_policy(route_args: RouteArguments) -> dict[str, Any]:
    """Return the switches that are on; what is not stated is as the destination has it."""
    switches = {
        "privacy_mode": route_args.privacy,
        "broadcast_generation_cost": route_args.cost,
        "broadcast_generation_identity": route_args.identity,
        "broadcast_generation_request_context": route_args.request_context,
    }
    return {name: True for name, on in switches.items() if on}


def build_route(name: str, options: Mapping[str, Json], stated: Mapping[str, Any] = NOTHING_STATED) -> Route:
    """Return a route to a destination; raise `CommandError` with every mistake in its options.

    `stated` are the settings of its policy that differ from those of the destination.
    """
    try:
        found = destination(name)
    except DestinationNotFound as error:
        similar = get_close_matches(name, error.known, n=1)
        raise CommandError(
            str(error), *(f"did you mean --to {known}?" for known in similar), code=MISSING
        ) from None
    except BrokenDestination as error:
        raise CommandError(str(error), code=MISSING) from None
    try:
        route = Route.to(found, options)
        return evolve(route, policy=evolve(route.policy, **stated))
    except ConfigError as error:
        raise CommandError(*map(_describe_option, error.problems), code=UNUSABLE) from None
    except PluginFault as error:
        raise CommandError(str(error), code=MISSING) from None


def identified(route: Route, original: str, moment: datetime) -> dict[str, str]:
    """Return the ids that a destination makes of an original id; none where it makes none of its own.

    Raise `CommandError` where it fails on them.
    """
    found = route.destination
    if not isinstance(found, Identifies):
        return {}
    try:
        return dict(found.identify(original, moment, route.config))
    except FROM_OUTSIDE:
        raise
    except BaseException as error:  # noqa: BLE001  # a plugin may raise anything
        why = f"the destination {found.name!r} failed on its ids: {describe_error(error)}"
        raise CommandError(why, code=MISSING) from None


def page_of(route: Route, trace: str) -> str | None:
    """Return the URL of a destination's page of a trace, whose id is its own; None where there is none."""
    found = route.destination
    if not isinstance(found, ShowsTraces):
        return None
    try:
        page: object = found.page(trace, route.config)
    except FROM_OUTSIDE:
        raise
    except BaseException:  # noqa: BLE001  # a plugin may raise anything, and a page is no need
        return None
    return page if isinstance(page, str) else None


def _describe_option(problem: Problem) -> str:
    return f"-o {problem.path.removeprefix('$.')}: {problem.what}"
