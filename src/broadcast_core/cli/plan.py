"""`broadcast plan`: generations in, the requests of one destination out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from broadcast_core.cli.arguments import FileName, Given, input_arguments, route_arguments
from broadcast_core.cli.memory_file import MemoryFile
from broadcast_core.cli.memory_lock import LONGEST_WAIT, beside
from broadcast_core.cli.output import WriteError, is_stdout, opened, refuse_inputs, refuse_output
from broadcast_core.cli.planning import Planner
from broadcast_core.cli.progress import progress
from broadcast_core.cli.reading import generations
from broadcast_core.cli.rejects import refuse_rejected, rejected_argument, rejects
from broadcast_core.cli.report import Report
from broadcast_core.cli.routing import chosen
from broadcast_core.cli.sources import STDIN, Place, documents, expanded
from broadcast_core.cli.terminal import messages
from broadcast_core.memory import Memory
from broadcast_core.route import Route


@click.command(short_help="Write the requests for a destination.")
@input_arguments
@route_arguments
@click.option(
    "--output", type=FileName(), metavar="FILE", help="Write to a file, which appears whole at the end."
)
@click.option(
    "--memory",
    type=FileName(),
    metavar="FILE",
    help="Go on from the memory in a file, and keep it there for the next run; it holds content.",
)
@click.option(
    "--memory-wait",
    type=click.IntRange(0, LONGEST_WAIT),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Wait so long for another run that uses the memory; 0 does not wait.",
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
    given: Given,
    output: str | None,
    memory: str | None,
    memory_wait: int,
    rejected: str | None,
) -> None:
    """Write the requests that carry some generations to a destination, one JSON object a line.

    Reads NDJSON from FILES or stdin: plain, gzip or zstd. A file that ends in .json is one document, a
    directory stands for the JSON and NDJSON files in it and in all directories below, without hidden ones.
    Nothing is sent, and no secret but a hash key is needed.

    Requests of one trace may come in several runs when all have the same --memory. One run at a time uses it,
    others wait. The file is read at the start and replaced at the end, after the output and only if that was
    written. What was written for another server or project is not gone on from, nor is what was said under
    another policy.

    A wrong route in a file of routes does not stop the others, unless --strict.
    """
    routes = chosen(given)
    output = None if output == STDIN else output
    paths = list(expanded(files))
    inputs = (*paths, given.file, given.secrets)
    refuse_inputs(output, inputs)
    output = None if output is None or is_stdout(output) else output
    _refuse_memory(memory, output, inputs)
    refuse_rejected(rejected, output, inputs, memory)
    screen = messages()
    report = Report(screen, done="planned", quiet=quiet)
    with _remembered(memory, memory_wait, report, routes.routes) as (file, known), report:
        try:
            with rejects(rejected) as kept:  # outermost: it is replaced last, when all else is written
                with (
                    opened(output) as write,
                    progress(screen, paths, stdout_is_free=output is not None, quiet=quiet) as advance,
                ):
                    for line in routes.wrong:
                        report.warn(line)
                    for note in () if file is None else file.notes:
                        report.tell(Place(str(memory)), note)
                    planner = Planner(routes, report, write, known)
                    pieces = documents(paths, max_line_bytes, advance)
                    for usable in generations(pieces, dialect, report, kept):
                        planner.add(usable)
                    planner.flush()
                _remember(file, planner)
            if kept.told:
                report.tell(Place(str(rejected)), kept.told)
        except WriteError as error:
            report.fail(Place(error.place), str(error))
    context.exit(report.exit_code)


def _refuse_memory(path: str | None, output: str | None, inputs: Iterable[object]) -> None:
    """Raise `Failure` when the memory, or what stands beside it, is something else too."""
    for name in () if path is None else (path, *beside(path)):
        refuse_inputs(name, inputs, option="--memory")
        refuse_output(name, output, option="--memory")


@contextmanager
def _remembered(
    path: str | None, wait: int, report: Report, routes: Iterable[Route]
) -> Iterator[tuple[MemoryFile | None, dict[str, Memory]]]:
    """Yield the file of memory, which no other run uses meanwhile, and what these routes may use of it."""
    if path is None:
        yield None, {}
        return
    file = MemoryFile(path)
    with file.held(wait, lambda what: report.tell(Place(path), what)):
        yield file, file.read(routes)


def _remember(file: MemoryFile | None, planner: Planner) -> None:
    """Keep the memory for the next run; raise `WriteError` when it cannot be."""
    if file is None:
        return
    try:
        file.write(planner.memory)
    except WriteError as error:
        why = f"{error}; the requests were written, the memory was not: mend that and run this again"
        raise WriteError(why, file.path) from None
