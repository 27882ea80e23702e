"""`broadcast send`: generations in, or planned requests, and to their destinations."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta

import click

from broadcast_core.cli.arguments import (
    FileName,
    RouteArguments,
    rejected_argument,
    route_arguments,
    sent_input_arguments,
    time_limit_argument,
)
from broadcast_core.cli.connections import open_client
from broadcast_core.cli.console.delivery_messages import DeliveryReport
from broadcast_core.cli.console.progress import progress_bar
from broadcast_core.cli.console.report import Report
from broadcast_core.cli.console.terminal import stderr_console
from broadcast_core.cli.files.checkpoint import open_checkpoint
from broadcast_core.cli.files.conflicts import check_output, check_rejected
from broadcast_core.cli.files.dead_letters import check_dead_letters, write_dead_letters
from broadcast_core.cli.files.paths import STDIN, expand_paths
from broadcast_core.cli.files.rejects import open_rejects
from broadcast_core.cli.files.termination import raise_on_termination
from broadcast_core.cli.location import SourceLocation
from broadcast_core.cli.planned_input import SentInput, deliver
from broadcast_core.cli.routes import select_routes
from broadcast_core.cli.sending import Senders, stopped_at_the_end
from broadcast_core.delivery.limits import Limits, OnUnknownOutcome
from broadcast_core.settings.delivery import DeliveryOptions


@click.command(short_help="Send generations, or planned requests, to a destination.")
@sent_input_arguments
@route_arguments
@click.option(
    "--checkpoint",
    "checkpoint_path",
    type=FileName(),
    metavar="FILE",
    help="How far the run has come; without it FILE.checkpoint beside the first input. It holds content, and"
    " is removed when all has ended.",
)
@click.option(
    "--dead-letters",
    type=FileName(),
    metavar="FILE",
    help="Keep what was refused, or not delivered, as requests that can be sent again. It holds content.",
)
@click.option(
    "--tries",
    type=click.IntRange(1, 100),
    help=f"How often a request is sent; without it, as the route says, or {Limits().tries}.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    help="How many requests of a route are sent at once; without it, as the route says, or"
    f" {Limits().concurrency}.",
)
@click.option(
    "--on-unknown-outcome",
    type=click.Choice(["keep", "resend"]),
    help="What to do with a request whose answer was lost; without it, keep where it could be there twice.",
)
@rejected_argument
@time_limit_argument
@click.pass_context
def send(
    context: click.Context,
    *,
    files: tuple[str, ...],
    dialect: str | None,
    max_line_bytes: int,
    quiet: bool,
    route_args: RouteArguments,
    checkpoint_path: str | None,
    dead_letters: str | None,
    tries: int | None,
    concurrency: int | None,
    on_unknown_outcome: OnUnknownOutcome | None,
    rejected: str | None,
    seconds: float,
) -> None:
    """Send generations to their destinations, and say what became of each.

    Takes what `broadcast plan` takes, or the requests that it wrote. Secrets come from the environment, as
    BROADCAST_<ROUTE>_<SECRET>, or from --secrets.

    A run that was ended, or killed at any moment, goes on where it stopped when it is started again: nothing
    is lost, and nothing is there twice where the platform merges what comes again. Of others, what may be
    there already is kept back and told. Input from stdin has a checkpoint only with --checkpoint.

    A route that takes nothing, since its key is refused or its server does not answer, delays no other.
    """
    selection = select_routes(route_args)
    paths = expand_paths(files)
    inputs = (*paths.files, route_args.file, route_args.secrets)
    path = checkpoint_path or _beside(files)
    check_output(path, inputs, "--checkpoint")
    check_rejected(rejected, dead_letters, inputs, path)
    check_dead_letters(dead_letters, (*inputs, path))
    stated = DeliveryOptions(tries=tries, concurrency=concurrency, on_unknown_outcome=on_unknown_outcome)
    usual = Limits(timeout=timedelta(seconds=seconds))
    limits = {
        route.name: stated.over(selection.delivery.get(route.name, DeliveryOptions()).over(usual))
        for route in selection.routes
    }
    console = stderr_console()
    report = Report(console, done="planned", quiet=quiet)
    delivery = DeliveryReport(report, console)
    has_bar = not (quiet or paths.includes_stdin)
    with (
        raise_on_termination(),
        open_client(seconds) as client,
        open_checkpoint(path, selection.routes, keeps_letters=dead_letters is not None) as checkpoint,
        delivery,
        open_rejects(rejected) as rejects,
    ):
        for message in selection.wrong:
            report.emit("failure", None, message)
        senders = Senders(checkpoint, selection.secrets, limits, client, seed=os.urandom(8).hex())  # noqa: TID251
        try:
            with (
                progress_bar(console, paths.total_bytes, is_wanted=has_bar, writes_stdout=False) as advance,
                stopped_at_the_end(senders),
            ):
                sent = SentInput(
                    paths=paths, dialect=dialect, max_bytes=max_line_bytes, advance=advance,
                    checkpoint=checkpoint, selection=selection, report=report, rejects=rejects,
                )  # fmt: skip
                for outcome in deliver(sent, senders):
                    delivery.emit(outcome)
        finally:
            delivery.take(checkpoint.counters())
        if rejects.summary:
            report.emit("note", SourceLocation(str(rejected)), rejects.summary)
        if dead_letters is not None:
            write_dead_letters(dead_letters, checkpoint.store)
        for route, why in senders.stuck.items():
            delivery.stopped(route, why)
    context.exit(delivery.exit_code)


def _beside(files: Sequence[str]) -> str | None:
    """Return the checkpoint beside the first input; None for stdin, which cannot be read again."""
    if not files or STDIN in files:
        return None
    return f"{files[0].rstrip('/')}.checkpoint"
