"""The routes that arguments describe: one destination with its options, or a file; or why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import click
from attrs import field, frozen

from broadcast_core.cli.arguments import Given
from broadcast_core.cli.failures import MISSING, UNUSABLE, Failure
from broadcast_core.cli.settings import settings_of
from broadcast_core.destination import ConfigError
from broadcast_core.diagnostic import FAILURES, Problem
from broadcast_core.discovery import BrokenDestination, DestinationNotFound, destination, in_words
from broadcast_core.jsontext import Json
from broadcast_core.policy import Policy
from broadcast_core.route import Route


@frozen(kw_only=True)
class Chosen:
    """The routes to plan for, the secrets by route name, and what is wrong with other routes of the file."""

    routes: tuple[Route, ...]
    secrets: Mapping[str, Mapping[str, str]] = field(factory=dict)
    wrong: tuple[str, ...] = ()


def chosen(given: Given) -> Chosen:
    """Return the routes that arguments describe; raise `Failure` when none can be used."""
    if (given.name is None) == (given.file is None):
        raise click.UsageError("give either --to NAME, or --routes FILE with routes in it")
    if given.file is None:
        return Chosen(routes=(routed(str(given.name), given.options, _policy(given)),))
    if given.options or given.privacy or given.cost or given.identity or given.request_context:
        raise click.UsageError("with --routes, options and policies stand in the file")
    settings = settings_of(given.file, given.secrets)
    wrong = tuple(
        f"{given.file}: {one.name}: {problem}" for one in settings.wrong for problem in one.problems
    )
    if wrong and (given.strict or not settings.routes):
        raise Failure(*wrong, code=UNUSABLE)
    if not settings.routes:
        raise Failure(f"{given.file}: there is no route in it", code=UNUSABLE)
    return Chosen(routes=settings.routes, secrets=settings.secrets, wrong=wrong)


def _policy(given: Given) -> Policy:
    return Policy(
        privacy_mode=given.privacy,
        broadcast_generation_cost=given.cost,
        broadcast_generation_identity=given.identity,
        broadcast_generation_request_context=given.request_context,
    )


def routed(name: str, options: Mapping[str, Json], policy: Policy | None = None) -> Route:
    """Return a route to a destination; raise `Failure` with every mistake in its options."""
    try:
        found = destination(name)
    except DestinationNotFound as error:
        near = get_close_matches(name, error.known, n=1)
        raise Failure(str(error), *(f"did you mean --to {one}?" for one in near), code=MISSING) from None
    except BrokenDestination as error:
        raise Failure(str(error), code=MISSING) from None
    try:
        return Route.to(found, options, policy=policy)
    except ConfigError as error:
        raise Failure(*map(_about_option, error.problems), code=UNUSABLE) from None
    except FAILURES as error:  # a plugin may raise anything
        why = f"the destination {name!r} failed on its options: {in_words(error)}"
        raise Failure(why, code=MISSING) from None


def _about_option(problem: Problem) -> str:
    return f"-o {problem.path.removeprefix('$.')}: {problem.what}"
