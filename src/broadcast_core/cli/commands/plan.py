"""`broadcast plan`: generations in, the requests of one destination out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from broadcast_core.cli.arguments import FileName, RouteArguments, input_arguments, route_arguments
from broadcast_core.cli.chunks import Planner
from broadcast_core.cli.console.progress import progress
from broadcast_core.cli.console.report import Report
from broadcast_core.cli.console.terminal import messages
from broadcast_core.cli.files.generations import generations
from broadcast_core.cli.files.output import WriteError, is_stdout, opened, refuse_inputs, refuse_output
from broadcast_core.cli.files.rejects import refuse_rejected, rejected_argument, rejects
from broadcast_core.cli.files.sources import STDIN, SourceLocation, documents, expanded
from broadcast_core.cli.files.state_file import StateFile
from broadcast_core.cli.files.state_lock import LONGEST_WAIT, beside
from broadcast_core.cli.routes import select_routes
from broadcast_core.pipeline.route import Route
from broadcast_core.traces.state import State


@click.command(short_help="Write the requests for a destination.")
@input_arguments
@route_arguments
@click.option(
    "--output", type=FileName(), metavar="FILE", help="Write to a file, which appears whole at the end."
)
@click.option(
    "--state",
    type=FileName(),
    metavar="FILE",
    help="Go on from the state in a file, and keep it there for the next run; it holds content.",
)
@click.option(
    "--state-wait",
    type=click.IntRange(0, LONGEST_WAIT),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Wait so long for another run that uses the state; 0 does not wait.",
)
@rejected_argument
@click.pass_context
def plan(
    context: click.Context,
    *,
    files: tuple[str, ...],
    dialect: str | None,
    max_line_bytes: int,
    quiet: bool,
    route_args: RouteArguments,
    output: str | None,
    state: str | None,
    state_wait: int,
    rejected: str | None,
) -> None:
    """Write the requests that carry some generations to a destination, one JSON object a line.

    Reads NDJSON from FILES or stdin: plain, gzip or zstd. A file that ends in .json is one document, a
    directory stands for the JSON and NDJSON files in it and in all directories below, without hidden ones.
    Nothing is sent, and no secret but a hash key is needed.

    Requests of one trace may come in several runs when all have the same --state. One run at a time uses it,
    others wait. The file is read at the start and replaced at the end, after the output and only if that was
    written. What was written for another server or project is not gone on from, nor is what was said under
    another policy.

    A wrong route in a file of routes does not stop the others, unless --strict.
    """
    routes = select_routes(route_args)
    output = None if output == STDIN else output
    paths = list(expanded(files))
    inputs = (*paths, route_args.file, route_args.secrets)
    refuse_inputs(output, inputs)
    output = None if output is None or is_stdout(output) else output
    _refuse_state(state, output, inputs)
    refuse_rejected(rejected, output, inputs, state)
    screen = messages()
    report = Report(screen, done="planned", quiet=quiet)
    with _remembered(state, state_wait, report, routes.routes) as (file, known), report:
        try:
            with rejects(rejected) as kept:  # outermost: it is replaced last, when all else is written
                with (
                    opened(output) as write,
                    progress(screen, paths, stdout_is_free=output is not None, quiet=quiet) as advance,
                ):
                    for line in routes.wrong:
                        report.warn(line)
                    for note in () if file is None else file.notes:
                        report.tell(SourceLocation(str(state)), note)
                    planner = Planner(routes, report, write, known)
                    pieces = documents(paths, max_line_bytes, advance)
                    for usable in generations(pieces, dialect, report, kept):
                        planner.add(usable)
                    planner.flush()
                _remember(file, planner)
            if kept.told:
                report.tell(SourceLocation(str(rejected)), kept.told)
        except WriteError as error:
            report.fail(SourceLocation(error.place), str(error))
    context.exit(report.exit_code)


def _refuse_state(path: str | None, output: str | None, inputs: Iterable[object]) -> None:
    """Raise `Failure` when the state, or what stands beside it, is something else too."""
    for name in () if path is None else (path, *beside(path)):
        refuse_inputs(name, inputs, option="--state")
        refuse_output(name, output, option="--state")


@contextmanager
def _remembered(
    path: str | None, wait: int, report: Report, routes: Iterable[Route]
) -> Iterator[tuple[StateFile | None, dict[str, State]]]:
    """Yield the file of state, which no other run uses meanwhile, and what these routes may use of it."""
    if path is None:
        yield None, {}
        return
    file = StateFile(path)
    with file.held(wait, lambda what: report.tell(SourceLocation(path), what)):
        yield file, file.read(routes)


def _remember(file: StateFile | None, planner: Planner) -> None:
    """Keep the state for the next run; raise `WriteError` when it cannot be."""
    if file is None:
        return
    try:
        file.write(planner.state)
    except WriteError as error:
        why = f"{error}; the requests were written, the state was not: mend that and run this again"
        raise WriteError(why, file.path) from None
