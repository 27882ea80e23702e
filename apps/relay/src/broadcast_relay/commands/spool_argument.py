"""Which spool a command is about: that of a file of settings, of a directory, or the file of a service."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from attrs import frozen

from broadcast_core.cli.arguments import FileName
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.secrets import Secrets
from broadcast_core.sending.spool.engine import KIND
from broadcast_core.sending.store import Store, StoreBusy
from broadcast_relay.settings.file import Source, load_configuration
from broadcast_relay.spool.mailbox import LONGEST_WAIT, clear
from broadcast_relay.spool.spooling import FILE

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--config", "file", type=FileName(), metavar="FILE", help="The settings of the relay."),
    click.option(
        "--spool",
        type=FileName(),
        metavar="PATH",
        help="The directory of its spool, in place of them; or the spool file of a service's queue.",
    ),
)
wait_option = click.option(
    "--wait",
    type=click.FloatRange(1, LONGEST_WAIT),
    default=90,
    show_default=True,
    metavar="SECONDS",
    help="How long a relay that runs may take.",
)


def spool_options(command: Command) -> Command:
    """Give a command the options `file` and `spool`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@frozen
class HeldSpool:
    """A spool file, and the directory of the relay that can be asked while it has it; None of a service."""

    file: Path
    folder: Path | None

    @property
    def relay(self) -> Path:
        """The directory of the relay that has it."""
        assert self.folder is not None
        return self.folder

    def opened(self) -> Store | None:
        """Return its store; None where the relay has it. Raise `StoreBusy` where a service has."""
        try:
            store = Store(str(self.file), kind=KIND)
        except StoreBusy as busy:
            if self.folder is None:
                raise StoreBusy(f"{busy}; close the queue of the service first") from None
            return None
        if self.folder is not None:
            clear(self.folder)
        return store


def held_spool(file: str | None, spool: str | None) -> HeldSpool:
    """Return the spool that is meant; raise `CommandError` where there is none."""
    if (file is None) == (spool is None):
        raise click.UsageError("give either --config FILE, or --spool PATH")
    path = Path(_of_settings(str(file)) if spool is None else spool)
    if path.is_file():
        return HeldSpool(path, None)
    if not (path / FILE).exists():
        raise CommandError(f"{path}: there is no spool in it; give --config or --spool", code=UNUSABLE)
    return HeldSpool(path / FILE, path)


def _of_settings(file: str) -> str:
    environment = Secrets(dict(os.environ))  # noqa: TID251
    return load_configuration(Source(file=file, environment=environment)).settings.spool
