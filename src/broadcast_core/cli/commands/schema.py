"""`broadcast schema`: the JSON Schema of the record, or of a file of routes."""

from __future__ import annotations

import json

import click

from broadcast_core.cli.console.terminal import sanitize, stderr_console
from broadcast_core.cli.errors import INSTALL, MISSING, OK, CommandError
from broadcast_core.jsontext import Json
from broadcast_core.plugins import destinations
from broadcast_core.record.json_schema import json_schema
from broadcast_core.settings import settings_schema

MAX_LINE = 1000


@click.command(short_help="Print a JSON Schema.")
@click.argument("what", type=click.Choice(["record", "settings"]), default="record")
@click.pass_context
def schema(context: click.Context, *, what: str) -> None:
    """Print the JSON Schema of the record, which is a line of our own NDJSON, or that of settings.

    That of settings is made from the installed destinations. A broken one is left out: exit code 3.
    """
    if what == "record":
        click.echo(json.dumps(_record(), indent=2))
        return
    found = destinations()
    click.echo(json.dumps(settings_schema(one.destination for one in found if one.destination), indent=2))
    broken = [one.broken for one in found if one.broken is not None]
    for error in broken:
        stderr_console().print(f"left out: {sanitize(str(error), MAX_LINE)}")
    context.exit(MISSING if broken else OK)


def _record() -> Json:
    try:
        return json_schema()
    except ImportError:
        raise CommandError(
            f"the schema needs msgspec, not installed here. Install: {INSTALL}", code=MISSING
        ) from None
