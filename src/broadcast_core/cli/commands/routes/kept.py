"""The file of routes that a command uses, and the route that is named."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import Any, TypeVar

import click

from broadcast_core.cli.arguments import FileName
from broadcast_core.cli.console.terminal import sanitize, stderr_console
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.routes_file import VARIABLE, RoutesFile, default_file

Command = TypeVar("Command", bound=Callable[..., Any])


def routes_file_argument(command: Command) -> Command:
    """Add the file of routes to a command, which gets it as `kept`."""

    @wraps(command)
    def call(path: str | None, **arguments: Any) -> Any:
        return command(kept=RoutesFile(path or default_file()), **arguments)

    help_text = f"The file of routes; without it that of {VARIABLE}, or one among your settings."
    return click.option("--file", "path", type=FileName(), metavar="FILE", help=help_text)(call)  # type: ignore[return-value]


def check_known(kept: RoutesFile, name: str) -> None:
    """Raise `CommandError` for a name that no route has."""
    known = kept.names()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "; `broadcast routes list` shows those there are"
        raise CommandError(f"{kept.path}: there is no route {name!r}{hint}", code=UNUSABLE)


def report(message: str) -> None:
    """Print a message about what was done."""
    stderr_console().print(sanitize(message, 1000))
