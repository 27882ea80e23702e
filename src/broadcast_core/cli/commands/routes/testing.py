"""`broadcast routes test`: whether the connections of the routes in the file work."""

from __future__ import annotations

import click

from broadcast_core.cli.arguments import NOT_GIVEN, RouteArguments, time_limit_argument
from broadcast_core.cli.commands.routes.kept import routes_file_argument
from broadcast_core.cli.connections import check_all
from broadcast_core.cli.console.terminal import stderr_console, stdout_console
from broadcast_core.cli.errors import OK, REJECTED, UNUSABLE
from broadcast_core.cli.files.routes_file import RoutesFile
from broadcast_core.cli.routes import select_named


@click.command("test", short_help="Test the connections of routes.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@time_limit_argument
@routes_file_argument
@click.pass_context
def test_routes(context: click.Context, *, names: tuple[str, ...], seconds: float, kept: RoutesFile) -> None:
    """Test the connections of the routes named, or of all that are enabled, and change nothing there.

    Exit code 1 when one does not work.
    """
    route_args = RouteArguments(**{**NOT_GIVEN, "name": None, "options": {}, "file": kept.path})
    selection = select_named(route_args, names)
    works = check_all(selection, stdout_console(), stderr_console(), seconds=seconds)
    context.exit(UNUSABLE if selection.wrong else OK if works else REJECTED)
