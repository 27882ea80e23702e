"""The arguments of `broadcast purge`."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from broadcast_core.cli.arguments import FileName
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.errors import BroadcastError
from broadcast_core.secrets import Secrets
from broadcast_core.sending.spool.engine import KIND
from broadcast_core.sending.spool.purging import Purge, Purged
from broadcast_core.sending.spool.purging import purge as erase
from broadcast_core.sending.store import Store, StoreBusy
from broadcast_relay.configuration import Source, load_configuration
from broadcast_relay.purges import ask, describe
from broadcast_relay.spooling import FILE


@click.command(short_help="Erase what a relay holds of a user, of a trace, or what is old.")
@click.option("--config", "file", type=FileName(), metavar="FILE", help="The settings of the relay.")
@click.option("--spool", type=FileName(), metavar="DIR", help="The directory of its spool, in place of them.")
@click.option("--trace", "traces", multiple=True, metavar="ID", help="A trace or a generation, by its id.")
@click.option("--user", "users", multiple=True, metavar="ID", help="An end user, by the id that was sent.")
@click.option(
    "--older-than", "hours", type=click.FloatRange(min=0), metavar="HOURS", help="What came before that."
)
@click.option("--all", "everything", is_flag=True, help="All that the spool holds.")
@click.option("--wait", type=click.FloatRange(1, 3600), default=90, show_default=True, metavar="SECONDS")
def purge(
    file: str | None,
    spool: str | None,
    traces: tuple[str, ...],
    users: tuple[str, ...],
    hours: float | None,
    everything: bool,
    wait: float,
) -> None:
    """Erase what the spool of a relay holds, and overwrite it on the disk.

    What was not delivered yet is not delivered any more. What is at a destination already stays there. A
    relay that runs does it when it is asked to, within --wait seconds.
    """
    if not (traces or users or everything) and hours is None:
        raise click.UsageError("say what to erase: --trace, --user, --older-than or --all")
    now = datetime.now(UTC)  # noqa: TID251
    before = now if everything else None if hours is None else now - timedelta(hours=hours)
    folder = Path(_folder(file, spool))
    if not (folder / FILE).exists():
        raise CommandError(f"{folder}: there is no spool in it; give --config or --spool", code=UNUSABLE)
    what = Purge(traces=traces, users=users, before=before)
    try:
        purged = _purge(folder, what, wait)
    except BroadcastError as error:
        raise CommandError(f"nothing was purged: {error}", code=UNUSABLE) from None
    click.echo(f"purged: {describe(purged)}")


def _purge(folder: Path, what: Purge, wait: float) -> Purged:
    """Erase it here, or have the relay do it that has the spool."""
    try:
        store = Store(str(folder / FILE), kind=KIND)
    except StoreBusy:
        return ask(folder, what, wait)
    with store:
        purged = store.do(lambda db: erase(db, what))
        store.empty_log()
    return purged


def _folder(file: str | None, spool: str | None) -> str:
    if (file is None) == (spool is None):
        raise click.UsageError("give either --config FILE, or --spool DIR")
    if spool is not None:
        return spool
    environment = Secrets(dict(os.environ))  # noqa: TID251
    return load_configuration(Source(file=str(file), environment=environment)).settings.spool
