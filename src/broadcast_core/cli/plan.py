"""`broadcast plan`: generations in, the requests of one destination out."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import click

from broadcast_core.cli.arguments import input_arguments, key_values
from broadcast_core.cli.failures import MISSING, UNUSABLE, Failure
from broadcast_core.cli.output import WriteError, opened, refuse_inputs
from broadcast_core.cli.planning import Planner
from broadcast_core.cli.progress import progress
from broadcast_core.cli.reading import generations
from broadcast_core.cli.report import Report
from broadcast_core.cli.sources import Place, documents, expanded
from broadcast_core.cli.terminal import messages
from broadcast_core.destination import ConfigError
from broadcast_core.diagnostic import Problem
from broadcast_core.discovery import BrokenDestination, DestinationNotFound, destination
from broadcast_core.jsontext import Json
from broadcast_core.policy import Policy
from broadcast_core.route import Route


@click.command(short_help="Write the requests for a destination.")
@input_arguments
@click.option(
    "--to", "name", required=True, metavar="NAME", help="The destination; see `broadcast destinations`."
)
@click.option(
    "-o",
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    callback=key_values,
    help="An option of the destination; VALUE is read as JSON where it is JSON, else as text.",
)
@click.option("--privacy", is_flag=True, help="Take out what users and models said.")
@click.option("--cost", is_flag=True, help="Let the opt-in cost metadata out.")
@click.option("--identity", is_flag=True, help="Let the opt-in identity metadata out.")
@click.option("--request-context", is_flag=True, help="Let the opt-in request context out.")
@click.option(
    "--output", type=click.Path(), metavar="FILE", help="Write to a file, which appears whole at the end."
)
@click.pass_context
def plan(
    context: click.Context,
    *,
    files: tuple[str, ...],
    dialect: str | None,
    max_line_bytes: int,
    quiet: bool,
    name: str,
    options: dict[str, Json],
    privacy: bool,
    cost: bool,
    identity: bool,
    request_context: bool,
    output: str | None,
) -> None:
    """Write the requests that carry some generations to a destination, one JSON object a line.

    Reads NDJSON from FILES or stdin, gzipped or not. A file that ends in .json is one document, a directory
    stands for the JSON and NDJSON files in it. Nothing is sent, and no secret is needed.
    """
    policy = Policy(
        privacy_mode=privacy,
        broadcast_generation_cost=cost,
        broadcast_generation_identity=identity,
        broadcast_generation_request_context=request_context,
    )
    route = _route(name, options, policy)
    output = None if output == "-" else output
    paths = list(expanded(files))
    refuse_inputs(output, paths)
    screen = messages()
    with Report(screen, done="planned", quiet=quiet) as report:
        try:
            with (
                opened(output) as write,
                progress(screen, paths, stdout_is_free=output is not None, quiet=quiet) as advance,
            ):
                planner = Planner(route, report, write)
                for usable in generations(documents(paths, max_line_bytes, advance), dialect, report):
                    planner.add(usable)
                planner.flush()
        except WriteError as error:
            report.fail(Place(output or "<stdout>"), str(error))
    context.exit(report.exit_code)


def _route(name: str, options: Mapping[str, Json], policy: Policy) -> Route:
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
