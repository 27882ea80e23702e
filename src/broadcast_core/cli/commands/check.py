"""`broadcast check`: whether the connections of routes work, and what to do where one does not."""

from __future__ import annotations

import click

from broadcast_core.cli.arguments import RouteArguments, tested_route_arguments, time_limit_argument
from broadcast_core.cli.connections import check_all
from broadcast_core.cli.console.terminal import stderr_console, stdout_console
from broadcast_core.cli.errors import OK, REJECTED, UNUSABLE
from broadcast_core.cli.routes import select_named


@click.command(short_help="Test whether a destination takes what is sent to it.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@tested_route_arguments
@time_limit_argument
@click.pass_context
def check(
    context: click.Context, *, names: tuple[str, ...], route_args: RouteArguments, seconds: float
) -> None:
    """Test the connection of a destination, or of the routes in a file: those named, or all that are enabled.

    It asks the server and changes nothing there. Each step is printed, then the outcome in words, and what to
    do next. A secret comes from the environment, as BROADCAST_<ROUTE>_<SECRET>, or from --secrets; the route
    of --to has the name of its destination: BROADCAST_OPIK_API_KEY.

    Exit code 1 when a connection does not work.
    """
    if names and route_args.file is None:
        raise click.UsageError("names are those of routes in a file: give --routes FILE")
    selection = select_named(route_args, names)
    works = check_all(selection, stdout_console(), stderr_console(), seconds=seconds)
    if selection.wrong:
        context.exit(UNUSABLE)
    context.exit(OK if works else REJECTED)
