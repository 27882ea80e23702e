"""The route that arguments describe: a destination by name with its options, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from broadcast_core.cli.failures import MISSING, UNUSABLE, Failure
from broadcast_core.destination import ConfigError
from broadcast_core.diagnostic import Problem
from broadcast_core.discovery import BrokenDestination, DestinationNotFound, destination
from broadcast_core.jsontext import Json
from broadcast_core.policy import Policy
from broadcast_core.route import Route


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
    except Exception as error:  # noqa: BLE001  # a plugin may raise anything
        why = f"the destination {name!r} failed on its options: {type(error).__name__}: {error}"
        raise Failure(why, code=MISSING) from None


def _about_option(problem: Problem) -> str:
    return f"-o {problem.path.removeprefix('$.')}: {problem.what}"
