"""Which spool a command is about: that of a file of settings, or a directory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from broadcast_core.cli.arguments import FileName
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.secrets import Secrets
from broadcast_relay.settings.file import Source, load_configuration
from broadcast_relay.spool.mailbox import LONGEST_WAIT
from broadcast_relay.spool.spooling import FILE

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--config", "file", type=FileName(), metavar="FILE", help="The settings of the relay."),
    click.option(
        "--spool", type=FileName(), metavar="DIR", help="The directory of its spool, in place of them."
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


def spool_folder(file: str | None, spool: str | None) -> Path:
    """Return the directory of a spool; raise `CommandError` where none is in it."""
    if (file is None) == (spool is None):
        raise click.UsageError("give either --config FILE, or --spool DIR")
    folder = Path(_of_settings(str(file)) if spool is None else spool)
    if not (folder / FILE).exists():
        raise CommandError(f"{folder}: there is no spool in it; give --config or --spool", code=UNUSABLE)
    return folder


def _of_settings(file: str) -> str:
    environment = Secrets(dict(os.environ))  # noqa: TID251
    return load_configuration(Source(file=file, environment=environment)).settings.spool
