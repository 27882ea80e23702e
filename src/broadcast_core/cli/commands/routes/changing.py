"""`broadcast routes enable`, `disable` and `remove`: one route of the file, changed."""

from __future__ import annotations

import sys

import click

from broadcast_core.cli.commands.routes.kept import check_known, report, routes_file_argument
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.keyring_store import delete_keyring
from broadcast_core.cli.files.routes_file import RoutesFile
from broadcast_core.cli.files.secrets_file import keyring_places


@click.command(short_help="Let a route send.")
@click.argument("name")
@routes_file_argument
def enable(*, name: str, kept: RoutesFile) -> None:
    """Let the route NAME send."""
    _set_enabled(kept, name, True)
    report(f"{name!r} is enabled")


@click.command(short_help="Keep a route from sending.")
@click.argument("name")
@routes_file_argument
def disable(*, name: str, kept: RoutesFile) -> None:
    """Keep the route NAME from sending; it stays in the file."""
    _set_enabled(kept, name, False)
    report(f"{name!r} is disabled: nothing leaves by it")


def _set_enabled(kept: RoutesFile, name: str, enabled: bool) -> None:
    with kept.locked():
        check_known(kept, name)
        kept.enable(name, enabled)


@click.command(short_help="Remove a route and its secrets.")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@routes_file_argument
def remove(*, name: str, yes: bool, kept: RoutesFile) -> None:
    """Remove the route NAME from the file, and its secrets from theirs and from the keyring."""
    check_known(kept, name)
    if not yes:
        _confirm(name)
    with kept.locked():
        check_known(kept, name)
        for secret, service in keyring_places(kept.secrets_path, name).items():
            delete_keyring(service, secret)
        kept.remove(name)
        kept.forget_secrets(name)
    report(f"removed {name!r} and its secrets")


def _confirm(name: str) -> None:
    """Ask, or raise `CommandError` where nobody can be asked."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise CommandError(f"nobody can be asked whether to remove {name!r}: give --yes", code=UNUSABLE)
    try:
        click.confirm(f"Remove the route {name!r} and its secrets?", abort=True, err=True)
    except click.Abort:
        raise CommandError("nothing was removed", code=UNUSABLE) from None
