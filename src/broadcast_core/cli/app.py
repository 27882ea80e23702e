"""The group of commands, and how each way to end becomes an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click
from importlib_metadata import PackageNotFoundError, version
from rich.text import Text

from broadcast_core.cli.commands.check import check
from broadcast_core.cli.commands.destinations import destinations
from broadcast_core.cli.commands.explain import explain
from broadcast_core.cli.commands.identify import identify
from broadcast_core.cli.commands.plan import plan
from broadcast_core.cli.commands.routes import routes
from broadcast_core.cli.commands.schema import schema
from broadcast_core.cli.commands.send import send
from broadcast_core.cli.commands.show import show
from broadcast_core.cli.console.terminal import sanitize, stderr_console
from broadcast_core.cli.errors import (
    BROKEN_PIPE,
    INTERRUPTED,
    MISSING,
    OK,
    REJECTED,
    UNUSABLE,
    CommandError,
    Terminated,
)
from broadcast_core.cli.files.output import WriteError, describe_write_error, sync_stdout
from broadcast_core.cli.files.streams import complete_standard_streams
from broadcast_core.cli.plugin_commands import plugin_command, plugin_command_names

PACKAGE = "broadcast-core"
EXIT_CODES = """\b
Exit codes:
  0    everything was planned or delivered, or skipped on purpose
  1    something was rejected, or a connection does not work
  2    wrong usage, or a file or an option that cannot be used
  3    a missing extra or destination, or a broken one
  4    something was not delivered: run the same command again
  130  interrupted; 143 (129) when ended by SIGTERM (SIGHUP) while a file is written
  141  the output pipe was closed by its reader"""


class CommandGroup(click.Group):
    """A group that gives an exit code to each way in which its commands end early.

    Commands of other wheels are found by their entry points, after its own.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *plugin_command_names()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name, None where nobody offers it."""
        return super().get_command(ctx, cmd_name) or plugin_command(cmd_name)

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command with streams whose writes are complete."""
        with complete_standard_streams():
            try:
                return super().main(*arguments, **options)
            except SystemExit as end:
                if end.code in (OK, REJECTED, MISSING):  # with the other codes, an error was printed
                    _sync_stdout()
                raise
            except OSError:  # not even an error about the arguments could be printed
                sys.exit(UNUSABLE)

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Parse the arguments; --help and --version print here."""
        with _exit_codes():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was given."""
        with _exit_codes():
            return super().invoke(ctx)


@contextmanager
def _exit_codes() -> Iterator[None]:
    """Turn each way to end early into an exit code, and print why."""
    try:
        yield
        return
    except CommandError as error:
        code = _print_errors(*error.lines, code=error.code)
    except BrokenPipeError:
        code = BROKEN_PIPE
    except OSError as error:
        code = _print_errors(f"<stdout>: {describe_write_error(error)}", code=UNUSABLE)
    except Terminated as end:
        code = end.code
    except KeyboardInterrupt:
        code = INTERRUPTED
    raise click.exceptions.Exit(code)


def _sync_stdout() -> None:
    """Flush what was printed to the disk, or exit with an error: some disks are full only then."""
    try:
        sync_stdout()
    except WriteError as error:
        sys.exit(_print_errors(f"{error.path}: {error}", code=UNUSABLE))


def _print_errors(*lines: str, code: int) -> int:
    with suppress(BrokenPipeError):
        for line in lines:
            stderr_console().print(Text.assemble(("error", "bold red"), f": {sanitize(line, 1000)}"))
    return code


def _print_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    try:
        click.echo(f"{PACKAGE} {version(PACKAGE)}")
    except PackageNotFoundError:
        click.echo(f"{PACKAGE}, not installed as a package")
    context.exit()


@click.group(cls=CommandGroup, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
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


for _command in (plan, send, show, explain, identify, destinations, schema, check, routes):
    broadcast.add_command(_command)
