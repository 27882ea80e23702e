"""`broadcast show`: generations in, their traces as trees out."""

from __future__ import annotations

from collections.abc import Iterable

import click

from broadcast_core.cli.arguments import input_arguments, rejected_argument
from broadcast_core.cli.console.progress import progress_bar
from broadcast_core.cli.console.report import Report
from broadcast_core.cli.console.terminal import stderr_console, stdout_console
from broadcast_core.cli.console.tree import MAX_PREVIEW, render_trace
from broadcast_core.cli.files.conflicts import check_rejected
from broadcast_core.cli.files.output import WriteError, explain_write_errors, sync_stdout
from broadcast_core.cli.files.paths import expand_paths
from broadcast_core.cli.files.rejects import open_rejects
from broadcast_core.cli.input import LocatedGeneration, usable_generations
from broadcast_core.cli.location import SourceLocation
from broadcast_core.policy.redaction.privacy import without_content
from broadcast_core.record.generation import Generation
from broadcast_core.record.messages import ConversationPreview, preview_of
from broadcast_core.traces.tree import assemble

MAX_GENERATIONS = 100_000
_ADVICE = "show a part of the input, for example with head or grep"


@click.command(short_help="Show traces as trees.")
@input_arguments
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help="Traces to show."
)
@click.option(
    "--content", is_flag=True, help="Show the last message of the user and the answer, cut to a line each."
)
@rejected_argument
@click.pass_context
def show(
    context: click.Context,
    *,
    files: tuple[str, ...],
    dialect: str | None,
    max_line_bytes: int,
    quiet: bool,
    limit: int,
    content: bool,
    rejected: str | None,
) -> None:
    """Show the traces of some generations as trees.

    Reads what `plan` reads. What is unknown is left out; a plus after a sum means that some of it is unknown.
    Without --content no text of users or models is shown.
    """
    console = stderr_console()
    paths = expand_paths(files)
    check_rejected(rejected, None, paths.files)
    has_bar = not (quiet or paths.includes_stdin)
    with Report(console, done="usable", quiet=quiet) as report:
        try:
            with open_rejects(rejected) as rejects:  # outermost: it is replaced last, when all is shown
                with progress_bar(
                    console, paths.total_bytes, is_wanted=has_bar, writes_stdout=False
                ) as advance:
                    generations = usable_generations(
                        paths, report, rejects, dialect=dialect, max_bytes=max_line_bytes, advance=advance
                    )
                    traces = _Traces(generations, report, content=content)
                with explain_write_errors():
                    traces.print(limit)
                sync_stdout()
            if rejects.summary:
                report.emit("note", SourceLocation(str(rejected)), rejects.summary)
        except WriteError as error:
            report.emit("failure", SourceLocation(error.path), str(error))
    context.exit(report.exit_code)


class _Traces:
    """The generations of a run without their content, and the texts to show beside them."""

    def __init__(self, found: Iterable[LocatedGeneration], report: Report, *, content: bool) -> None:
        self._generations: list[Generation] = []
        self._previews: dict[str, ConversationPreview] = {}
        for usable in found:
            if len(self._generations) == MAX_GENERATIONS:
                why = f"more than {MAX_GENERATIONS} generations are too many to show: {_ADVICE}"
                report.emit("failure", usable.location, why)
                self._generations.clear()
                return
            self._generations.append(without_content(usable.generation))
            if content:
                self._previews[usable.generation.id] = preview_of(usable.generation.content, MAX_PREVIEW)
            report.count("done")

    def print(self, limit: int) -> None:
        """Print the first traces, and how many more there are."""
        console = stdout_console()
        traces = assemble(self._generations)
        for trace in traces[:limit]:
            console.print(render_trace(trace, self._previews))
        if len(traces) > limit:
            console.print(f"… and {len(traces) - limit} more (--limit N shows N traces)")
