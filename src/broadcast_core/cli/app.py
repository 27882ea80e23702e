"""The group of verbs, and how each way to end becomes an exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

import click
from importlib_metadata import PackageNotFoundError, version
from rich.text import Text

from broadcast_core.cli.destinations import destinations
from broadcast_core.cli.explain import explain
from broadcast_core.cli.failures import BROKEN_PIPE, INTERRUPTED, Failure
from broadcast_core.cli.identify import identify
from broadcast_core.cli.plan import plan
from broadcast_core.cli.schema import schema
from broadcast_core.cli.show import show
from broadcast_core.cli.terminal import harmless, messages

PACKAGE = "broadcast-core"
EXIT_CODES = """\b
Exit codes:
  0    everything was planned, or skipped on purpose
  1    something was rejected
  2    wrong usage, or a file or an option that cannot be used
  3    something to install or to repair: an extra, a destination
  130  interrupted
  141  the reader of the output went away"""


class Verbs(click.Group):
    """A group whose verbs may end with a `Failure`, an interruption or a broken pipe."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb that was asked for."""
        try:
            return super().invoke(ctx)
        except Failure as failure:
            for line in failure.lines:
                messages().print(Text.assemble(("error", "bold red"), f": {harmless(line, 1000)}"))
            ctx.exit(failure.code)
        except BrokenPipeError:
            _mute()
            ctx.exit(BROKEN_PIPE)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


def _mute() -> None:
    """Send what is still to be flushed nowhere, so that the interpreter ends quietly."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _print_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    try:
        click.echo(f"{PACKAGE} {version(PACKAGE)}")
    except PackageNotFoundError:
        click.echo(f"{PACKAGE}, not installed as a package")
    context.exit()


@click.group(cls=Verbs, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
def broadcast() -> None:
    """Send what an LLM gateway does to the observability platform of your choice."""


for _verb in (plan, show, explain, identify, destinations, schema):
    broadcast.add_command(_verb)
