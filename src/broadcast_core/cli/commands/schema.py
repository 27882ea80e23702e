"""`broadcast schema`: the JSON Schema of the record."""

from __future__ import annotations

import json

import click

from broadcast_core.cli.errors import INSTALL, MISSING, CommandError
from broadcast_core.record.json_schema import json_schema


@click.command(short_help="Print the JSON Schema of the record.")
def schema() -> None:
    """Print the JSON Schema of the record, which is a line of our own NDJSON."""
    try:
        document = json_schema()
    except ImportError:
        raise CommandError(
            f"the schema needs msgspec, not installed here. Install: {INSTALL}", code=MISSING
        ) from None
    click.echo(json.dumps(document, indent=2))
