"""The arguments of `broadcast purge`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.errors import BroadcastError
from broadcast_core.sending.spool.purging import Purge, Purged
from broadcast_core.sending.spool.purging import purge as erase
from broadcast_relay.commands.spool_argument import HeldSpool, held_spool, spool_options, wait_option
from broadcast_relay.spool.mailbox import ask
from broadcast_relay.spool.purges import describe, purged_of, written


@click.command(short_help="Erase what a spool holds of a user, of a trace, or what is old.")
@spool_options
@click.option("--trace", "traces", multiple=True, metavar="ID", help="A trace or a generation, by its id.")
@click.option("--user", "users", multiple=True, metavar="ID", help="An end user, by the id that was sent.")
@click.option(
    "--older-than", "hours", type=click.FloatRange(min=0), metavar="HOURS", help="What came before that."
)
@click.option("--all", "everything", is_flag=True, help="All that the spool holds.")
@wait_option
def purge(
    file: str | None,
    spool: str | None,
    traces: tuple[str, ...],
    users: tuple[str, ...],
    hours: float | None,
    everything: bool,
    wait: float,
) -> None:
    """Erase what the spool of a relay, or of a service, holds, and overwrite it on the disk.

    What was not delivered yet is not delivered any more. What is at a destination already stays there. A
    relay that runs does it when it is asked to, within --wait seconds.
    """
    if not (traces or users or everything) and hours is None:
        raise click.UsageError("say what to erase: --trace, --user, --older-than or --all")
    if "" in (*traces, *users):
        raise click.UsageError("an id is empty: say which trace or user, as it was sent")
    now = datetime.now(UTC)  # noqa: TID251
    before = now if everything else None if hours is None else now - timedelta(hours=hours)
    held = held_spool(file, spool)
    try:
        purged = _purge(held, Purge(traces=traces, users=users, before=before), wait)
    except BroadcastError as error:
        raise CommandError(f"not purged: {error}", code=UNUSABLE) from None
    click.echo(f"purged: {describe(purged)}")


def _purge(held: HeldSpool, what: Purge, wait: float) -> Purged:
    """Erase it here, or have the relay do it that has the spool."""
    store = held.opened()
    if store is None:
        return purged_of(ask(held.relay, "purge", written(what), wait))
    with store:
        return erase(store, what)
