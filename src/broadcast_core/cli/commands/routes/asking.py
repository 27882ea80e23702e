"""Where the secrets of a new route come from: stdin, the environment, or a prompt that shows nothing.

They are no arguments: other users of the machine see those of a process.
"""

from __future__ import annotations

import os
import sys

import click

from broadcast_core.cli.connections import needed_secrets
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.pipeline.route import Route
from broadcast_core.secrets import Secrets, SecretText
from broadcast_core.settings.secret import variable

MAX_BYTES = 65_536


def secrets_for(route: Route, from_stdin: str | None) -> Secrets:
    """Return the secrets of a route; one that nobody gives is absent.

    `from_stdin` names the one that stdin has. Where stdin is a terminal, a person is asked for each that the
    environment does not have.
    """
    known = wanted_secrets(route)
    if from_stdin is not None and from_stdin not in known:
        raise click.UsageError(f"there is no secret {from_stdin!r}; known: {', '.join(known) or 'none'}")
    asks = from_stdin is None and sys.stdin is not None and sys.stdin.isatty()
    found: dict[str, SecretText] = {}
    needed = needed_secrets(route)
    for name, what in known.items():
        value = SecretText(os.environ.get(variable(route.name, name), ""))  # noqa: TID251
        if name == from_stdin:
            value = _from_stdin(name)
        elif not value and asks:
            value = _asked(name, what, is_needed=name in needed)
        if value:
            found[name] = value
    return Secrets(found)


def wanted_secrets(route: Route) -> dict[str, str]:
    """Return the secrets that a route can have, each with what it is."""
    declared = {name: secret.help for name, secret in route.destination.describe().secrets.items()}
    return {**declared, **needed_secrets(route)}


def _from_stdin(name: str) -> SecretText:
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        text = SecretText(data.decode().strip())
    except UnicodeDecodeError:
        text = SecretText("")
    if not text or len(data) > MAX_BYTES:
        what = "stdin has no text for it, or too much" if data else "stdin is empty"
        raise CommandError(f"--secret-stdin {name}: {what}; nothing was saved", code=UNUSABLE)
    return text


def _asked(name: str, what: str, *, is_needed: bool) -> SecretText:
    text = f"{name}: {what}{'' if is_needed else ' Enter for none'}"
    try:
        given = click.prompt(text, default="", show_default=False, hide_input=True, err=True)
    except click.Abort:
        raise KeyboardInterrupt from None
    return SecretText(given.strip())
