"""`broadcast plan`: generations in, the requests for one or several routes out."""

from __future__ import annotations

import click
from attrs import evolve

from broadcast_core.cli.arguments import (
    FileName,
    RouteArguments,
    input_arguments,
    rejected_argument,
    route_arguments,
)
from broadcast_core.cli.chunks import ChunkPlanner, PlannedChunk, split_into_chunks
from broadcast_core.cli.console.outcome_messages import emit_outcomes
from broadcast_core.cli.console.progress import progress_bar
from broadcast_core.cli.console.report import Report
from broadcast_core.cli.console.terminal import stderr_console
from broadcast_core.cli.files.conflicts import check_output, check_rejected, check_state, is_stdout
from broadcast_core.cli.files.output import Write, WriteError, open_output
from broadcast_core.cli.files.paths import STDIN, expand_paths
from broadcast_core.cli.files.rejects import Rejects, open_rejects
from broadcast_core.cli.files.request_lines import RequestLines
from broadcast_core.cli.input import usable_generations
from broadcast_core.cli.location import SourceLocation
from broadcast_core.cli.routes import select_routes
from broadcast_core.cli.used_state import lock_and_load, report_unused, save_state, state_arguments
from broadcast_core.traces.let_out import Join


@click.command(short_help="Write the requests for a destination.")
@input_arguments
@route_arguments
@click.option(
    "--output", type=FileName(), metavar="FILE", help="Write to a file, which appears complete at the end."
)
@state_arguments
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
    state_path: str | None,
    state_wait: int,
    join: bool,
    rejected: str | None,
) -> None:
    """Write the requests that carry some generations to a destination, one JSON object a line.

    Reads NDJSON from FILES or stdin, or messages of OTLP as the file exporter of OpenTelemetry's Collector
    writes them: plain, gzip or zstd. A file that ends in .json may be one document, a directory stands for
    the files in it and in all directories below that end in .json, .ndjson, .jsonl, .pb or .binpb, without
    hidden ones. Nothing is sent. API keys are not needed; `user_identity = hash` needs its hash_key.

    Give --to with options and policy, or --routes with a file that has both.

    Requests of one trace may come in several runs when all have the same --state. One run at a time uses it,
    others wait. The file is loaded at the start and replaced at the end, after the output and only if that
    was written. State that was saved for another server or project is not used, nor is content that was
    saved under another policy.

    An exchange, its lookup and its delivery are one generation. --join makes them one also where they come in
    several chunks of a long input, or in several runs.

    A wrong route in a file of routes does not stop the others, unless --strict.
    """
    selection = evolve(select_routes(route_args), join=Join() if join else None)
    paths = expand_paths(files)
    inputs = (*paths.files, route_args.file, route_args.secrets)
    output = None if output == STDIN else output
    check_output(output, inputs)
    output = None if output is None or is_stdout(output) else output
    check_state(state_path, output, inputs)
    check_rejected(rejected, output, inputs, state_path)
    console = stderr_console()
    report = Report(console, done="planned", quiet=quiet)
    has_bar = not (quiet or paths.includes_stdin)
    with lock_and_load(state_path, state_wait, report, selection.routes) as loaded, report:
        try:
            with open_rejects(rejected) as rejects:  # outermost: it is replaced last, after everything else
                with (
                    open_output(output) as write,
                    progress_bar(
                        console, paths.total_bytes, is_wanted=has_bar, writes_stdout=output is None
                    ) as advance,
                ):
                    for message in selection.wrong:
                        report.emit("failure", None, message)
                    report_unused(report, state_path, loaded)
                    planner = ChunkPlanner(selection, loaded.state)
                    generations = usable_generations(
                        paths, report, rejects, dialect=dialect, max_bytes=max_line_bytes, advance=advance
                    )
                    lines = RequestLines(selection.routes)
                    for chunk in split_into_chunks(generations):
                        _write_chunk(planner.plan(chunk), lines, write, report, rejects)
                if state_path is not None:
                    save_state(state_path, planner.final_state(), loaded, "the requests were written")
            if rejects.summary:
                report.emit("note", SourceLocation(str(rejected)), rejects.summary)
        except WriteError as error:
            report.emit("failure", SourceLocation(error.path), str(error))
    context.exit(report.exit_code)


def _write_chunk(
    planned: PlannedChunk, lines: RequestLines, write: Write, report: Report, rejects: Rejects
) -> None:
    """Write the requests of a chunk, report its outcomes, and keep the documents of rejected generations."""
    for request in planned.requests:
        write(lines.format(request))
    for located, outcomes in planned.outcomes:
        emit_outcomes(report, located.location, outcomes)
        if located.document is not None and any(outcome.status == "rejected" for outcome in outcomes):
            rejects.keep_once(located.document)
