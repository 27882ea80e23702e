"""`broadcast destinations`: the installed destinations, and which of them work."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click
from rich.table import Table
from rich.text import Text

from broadcast_core.cli.console.terminal import sanitize, stdout_console
from broadcast_core.cli.errors import MISSING, OK
from broadcast_core.plugins import GROUP, Found
from broadcast_core.plugins import destinations as installed

NONE = "no destination is installed; install a plugin, for example: pip install broadcast-opik"


@click.command(short_help="List what is installed.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
@click.pass_context
def destinations(context: click.Context, *, as_json: bool) -> None:
    """List the installed destinations, the plugins they come from, and what is broken.

    Exit code 3 when one of them is broken.
    """
    found = installed()
    if as_json:
        click.echo(json.dumps([_row(plugin) for plugin in found], indent=2))
    elif found:
        stdout_console().print(_table(found))
    else:
        stdout_console().print(f"{NONE} (entry point group {GROUP})")
    context.exit(MISSING if any(plugin.broken is not None for plugin in found) else OK)


def _row(found: Found) -> dict[str, str | int | None]:
    return {
        "name": found.name,
        "plugin": found.plugin,
        "contract_version": found.contract_version,
        "state": found.state,
        "reason": found.reason,
    }


def _table(found: Iterable[Found]) -> Table:
    table = Table("name", "plugin", "contract", "state", box=None, pad_edge=False, header_style="bold")
    for one in found:
        reason = one.reason
        state = Text("ok", "green") if reason is None else Text(f"broken: {sanitize(reason)}", "red")
        version = "" if one.contract_version is None else str(one.contract_version)
        table.add_row(sanitize(one.name), sanitize(one.plugin), version, state)
    return table
