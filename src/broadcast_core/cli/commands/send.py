"""`broadcast send`: generations in, or planned requests, and to their destinations."""

from __future__ import annotations

from datetime import timedelta

import click
from attrs import evolve

from broadcast_core.cli.arguments import (
    FileName,
    RouteArguments,
    rejected_argument,
    route_arguments,
    sent_input_arguments,
    time_limit_argument,
)
from broadcast_core.cli.routes import select_named, select_routes
from broadcast_core.cli.sending.runs import SentFiles, deliver_files, deliver_sample
from broadcast_core.cli.sending.sample import SAMPLE_TRIES
from broadcast_core.cli.sending.senders import SendLimits
from broadcast_core.cli.used_state import state_arguments
from broadcast_core.delivery.limits import Limits, OnUnknownOutcome
from broadcast_core.settings.delivery import DeliveryOptions
from broadcast_core.traces.let_out import Join

_TRIES = 8


@click.command(short_help="Send generations, or planned requests, to a destination.")
@sent_input_arguments
@route_arguments
@click.option("--sample", is_flag=True, help="Send one small trace of ours, and print where it is.")
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
    help="Keep what was refused, or not delivered, as requests that can be sent again; written when all has"
    " ended. It holds content.",
)
@click.option(
    "--tries",
    type=click.IntRange(1, 100),
    help=f"How often a request is sent.  [default: {_TRIES}; with --sample {SAMPLE_TRIES}]",
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
@state_arguments
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
    sample: bool,
    checkpoint_path: str | None,
    dead_letters: str | None,
    tries: int | None,
    concurrency: int | None,
    on_unknown_outcome: OnUnknownOutcome | None,
    state_path: str | None,
    state_wait: int,
    join: bool,
    rejected: str | None,
    seconds: float,
) -> None:
    """Send generations to their destinations, and say what became of each.

    Takes what `broadcast plan` takes, or the requests that it wrote. Secrets come from the environment, as
    BROADCAST_<ROUTE>_<SECRET>, or from --secrets.

    A run that was ended, or killed at any moment, goes on where it stopped when it is started again: nothing
    is lost, and nothing is there twice where the platform merges what comes again. Of others, what may be
    there already is kept back and told. Input from stdin has a checkpoint only with --checkpoint.

    A route that takes nothing, since its key is refused or its server does not answer, delays no other. Its
    connection is tested, and what it waits for is told. Exit code 4 when something was not delivered.

    With --state, requests of one trace may come in several runs, as in `broadcast plan`; so may an exchange,
    its lookup and its delivery with --join. The file is loaded
    when a run begins, and replaced once all of its input is planned and kept in the checkpoint.
    """
    stated = DeliveryOptions(tries=tries, concurrency=concurrency, on_unknown_outcome=on_unknown_outcome)
    usual = Limits(tries=SAMPLE_TRIES if sample else _TRIES, timeout=timedelta(seconds=seconds))
    limits = SendLimits(stated=stated, usual=usual)
    if sample:
        _refuse_files(files, dialect, checkpoint_path, dead_letters, state_path, rejected, join or None)
        context.exit(deliver_sample(select_named(route_args, ()), limits, quiet=quiet))
    sent_files = SentFiles(
        files=files,
        dialect=dialect,
        max_bytes=max_line_bytes,
        others=(route_args.file, route_args.secrets),
        checkpoint=checkpoint_path,
        dead_letters=dead_letters,
        state=state_path,
        state_wait=state_wait,
        rejected=rejected,
    )
    selection = evolve(select_routes(route_args), join=Join() if join else None)
    context.exit(deliver_files(selection, limits, sent_files, quiet=quiet))


def _refuse_files(files: tuple[str, ...], *options: object) -> None:
    if files or any(one is not None for one in options):
        raise click.UsageError("--sample sends a trace of its own: give no files, and no options about files")
