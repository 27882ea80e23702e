"""`broadcast plan`: generations in, the requests of one destination out."""

from __future__ import annotations

import click

from broadcast_core.cli.arguments import Given, input_arguments, route_arguments
from broadcast_core.cli.output import WriteError, opened, refuse_inputs
from broadcast_core.cli.planning import Planner
from broadcast_core.cli.progress import progress
from broadcast_core.cli.reading import generations
from broadcast_core.cli.report import Report
from broadcast_core.cli.routing import chosen
from broadcast_core.cli.sources import Place, documents, expanded
from broadcast_core.cli.terminal import messages


@click.command(short_help="Write the requests for a destination.")
@input_arguments
@route_arguments
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
    given: Given,
    output: str | None,
) -> None:
    """Write the requests that carry some generations to a destination, one JSON object a line.

    Reads NDJSON from FILES or stdin, gzipped or not. A file that ends in .json is one document, a directory
    stands for the JSON and NDJSON files in it. Nothing is sent, and no secret but a hash key is needed.

    A wrong route in a file of routes does not stop the others, unless --strict.
    """
    routes = chosen(given)
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
                for line in routes.wrong:
                    report.warn(line)
                planner = Planner(routes, report, write)
                for usable in generations(documents(paths, max_line_bytes, advance), dialect, report):
                    planner.add(usable)
                planner.flush()
        except WriteError as error:
            report.fail(Place(output or "<stdout>"), str(error))
    context.exit(report.exit_code)
