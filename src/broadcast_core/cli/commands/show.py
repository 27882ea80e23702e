"""`broadcast show`: generations in, their traces as trees for people out."""

from __future__ import annotations

from collections.abc import Iterable

import click

from broadcast_core.cli.arguments import input_arguments
from broadcast_core.cli.console.progress import progress
from broadcast_core.cli.console.report import Report
from broadcast_core.cli.console.terminal import messages, pages
from broadcast_core.cli.console.tree import MAX_PREVIEW, view
from broadcast_core.cli.files.generations import LocatedGeneration, generations
from broadcast_core.cli.files.output import WriteError, explained, store_stdout
from broadcast_core.cli.files.rejects import refuse_rejected, rejected_argument, rejects
from broadcast_core.cli.files.sources import SourceLocation, documents, expanded
from broadcast_core.policy.redaction.privacy import without_content
from broadcast_core.record.generation import Generation
from broadcast_core.record.messages import ConversationPreview, preview_of
from broadcast_core.traces.tree import assemble

MOST_GENERATIONS = 100_000
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
    """Show the traces that some generations make up.

    Reads what `plan` reads. What is unknown is left out, a plus behind a sum says that a part of it is.
    Without --content nothing is shown of what users and models said.
    """
    screen = messages()
    paths = list(expanded(files))
    refuse_rejected(rejected, None, paths)
    with Report(screen, done="usable", quiet=quiet) as report:
        try:
            with rejects(rejected) as kept:  # outermost: it is replaced last, when all is shown
                with progress(screen, paths, stdout_is_free=True, quiet=quiet) as advance:
                    pieces = documents(paths, max_line_bytes, advance)
                    traces = _Traces(generations(pieces, dialect, report, kept), report, content=content)
                with explained():
                    traces.show(limit)
                store_stdout()
            if kept.told:
                report.tell(SourceLocation(str(rejected)), kept.told)
        except WriteError as error:
            report.fail(SourceLocation(error.place), str(error))
    context.exit(report.exit_code)


class _Traces:
    """The generations of a run, without what was said in them, and the texts to show beside them."""

    def __init__(self, found: Iterable[LocatedGeneration], report: Report, *, content: bool) -> None:
        self._generations: list[Generation] = []
        self._previews: dict[str, ConversationPreview] = {}
        for usable in found:
            if len(self._generations) == MOST_GENERATIONS:
                report.fail(
                    usable.location,
                    f"more than {MOST_GENERATIONS} generations are too many to show: {_ADVICE}",
                )
                self._generations.clear()
                return
            self._generations.append(without_content(usable.generation))
            if content:
                self._previews[usable.generation.id] = preview_of(usable.generation.content, MAX_PREVIEW)
            report.done()

    def show(self, limit: int) -> None:
        """Print the first traces, and how many there are more."""
        page = pages()
        traces = assemble(self._generations)
        for trace in traces[:limit]:
            page.print(view(trace, self._previews))
        if len(traces) > limit:
            page.print(f"… and {len(traces) - limit} more (--limit N shows N traces)")
