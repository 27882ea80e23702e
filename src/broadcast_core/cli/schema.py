"""`broadcast schema`: the JSON Schema of the record."""

from __future__ import annotations

import json

import click

from broadcast_core.cli import INSTALL
from broadcast_core.cli.failures import MISSING, Failure
from broadcast_core.codec import json_schema


@click.command(short_help="Print the JSON Schema of the record.")
def schema() -> None:
    """Print the JSON Schema of the record: what a line of our own NDJSON holds."""
    try:
        document = json_schema()
    except ImportError:
        raise Failure(
            f"the schema needs msgspec, not installed here. Install: {INSTALL}", code=MISSING
        ) from None
    click.echo(json.dumps(document, indent=2))
