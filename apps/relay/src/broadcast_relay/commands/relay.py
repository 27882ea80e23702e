"""The arguments of `broadcast relay`."""

from __future__ import annotations

import os
from contextlib import suppress

import click

from broadcast_core.cli.arguments import FileName
from broadcast_relay.running import run
from broadcast_relay.serving.metrics import Metrics
from broadcast_relay.settings.file import Configuration, Source
from broadcast_relay.spool.engine import Engine, StartEngine


def relay_command(start: StartEngine) -> click.Command:
    """Return the command that runs a relay on an engine."""

    @click.command("relay")
    @click.option(
        "--config",
        "file",
        type=FileName(),
        required=True,
        metavar="FILE",
        help="Settings in TOML: the table [relay], and the routes.",
    )
    @click.option("--secrets", type=FileName(), metavar="FILE", help="Secrets of the routes, in TOML.")
    @click.option("--host", help="The address to listen on, in place of the one in the file.")
    @click.option("--port", type=click.IntRange(0, 65_535), help="The port to listen on; 0 takes a free one.")
    @click.option(
        "--spool", type=FileName(), metavar="DIR", help="The directory of the spool; it holds prompts."
    )
    def relay(file: str, secrets: str | None, host: str | None, port: int | None, spool: str | None) -> None:
        """Take Broadcast's webhook, keep each delivery on disk, and send it to every route.

        A delivery is answered once it is on disk, and sent until each route has it. The shared secret comes
        from BROADCAST_RELAY_SECRET of the environment, or from a file. SIGHUP, or a change of the file,
        reloads routes and secrets; SIGTERM stops without losing anything.
        """
        given = {"host": host, "port": port, "spool": spool}
        source = Source(
            file=file,
            secrets_file=secrets,
            stated={name: value for name, value in given.items() if value is not None},
            environment=dict(os.environ),  # noqa: TID251
        )
        run(source, start, _report)

    return relay


def _start(configuration: Configuration, metrics: Metrics) -> Engine:
    from broadcast_relay.spool.spooling import RelayEngine  # it imports what sends

    return RelayEngine(configuration, metrics, _report)


def _report(line: str) -> None:
    """Write a line for the person in charge; that nobody reads it any more ends no relay."""
    with suppress(OSError):
        click.echo(f"relay: {line}", err=True)


relay = relay_command(_start)
