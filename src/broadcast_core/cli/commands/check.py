"""`broadcast check`: whether the connections of routes work, and what to do where one does not."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import click
from attrs import evolve

from broadcast_core.cli.arguments import RouteArguments, tested_route_arguments, time_limit_argument
from broadcast_core.cli.connections import check_all
from broadcast_core.cli.console.terminal import sanitize, stderr_console, stdout_console
from broadcast_core.cli.errors import OK, REJECTED, UNUSABLE, CommandError
from broadcast_core.cli.routes import SelectedRoutes, select_routes


@click.command(short_help="Test whether a destination takes what is sent to it.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@tested_route_arguments
@time_limit_argument
@click.pass_context
def check(
    context: click.Context, *, names: tuple[str, ...], route_args: RouteArguments, seconds: float
) -> None:
    """Test the connection of a destination, or of the routes in a file: all of them, or those named.

    It asks the server and changes nothing there. Each step is printed, then the outcome in words, and what to
    do next. A secret comes from the environment, as BROADCAST_<ROUTE>_<SECRET>, or from --secrets; the route
    of --to has the name of its destination: BROADCAST_OPIK_API_KEY.

    Exit code 1 when a connection does not work.
    """
    if names and route_args.file is None:
        raise click.UsageError("names are those of routes in a file: give --routes FILE")
    selection = _named(select_routes(route_args), names, route_args.file)
    for message in selection.wrong:
        stderr_console().print(f"error: {sanitize(message, 1000)}")
    works = check_all(selection.routes, selection.secrets, stdout_console(), seconds=seconds)
    if selection.wrong:
        context.exit(UNUSABLE)
    context.exit(OK if works else REJECTED)


def _named(selection: SelectedRoutes, names: Sequence[str], file: str | None) -> SelectedRoutes:
    """Return the routes of some names, or all; raise `CommandError` for a name that none has."""
    known = {route.name: route for route in selection.routes}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            wrong = [line for line in selection.wrong if line.startswith(f"{file}: {name}: ")]
            raise CommandError(*(wrong or [f"{file}: there is no route {name!r}{hint}"]), code=UNUSABLE)
    if not names:
        return selection
    return evolve(selection, routes=tuple(known[name] for name in dict.fromkeys(names)), wrong=())
