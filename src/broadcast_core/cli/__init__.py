"""The `broadcast` command: arguments, files and the console. What is planned is decided in the pipeline.

A command reads its input, plans it in chunks for the routes of its arguments, writes files, and reports on
the console:

    app.py        the group of commands, exit codes       __main__.py    python -m broadcast_core.cli
    commands/     plan, send, show, explain, id, destinations, schema, check, routes: one file each
    plugin_commands.py   commands of other wheels
    connections.py       connection tests of routes, and what a person sees of them
    input.py      files as generations; the rest is reported and kept
    chunks.py     planning in chunks                      routes.py      the routes that arguments select
    sending/      runs that send                          used_state.py  the state file of a run
    files/        what is read and written: documents, requests, state, checkpoints, settings
    console/      what a person sees: messages, counts, trees, progress
    arguments.py  what several commands take              location.py    where in the input a document is
    errors.py     reasons to end early, exit codes

Nothing here is imported with `broadcast_core`; click and rich come with the `cli` extra.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

_NEEDED = ("click", "rich", "msgspec")


def main() -> NoReturn:
    """Run the `broadcast` command; when a package is missing, print how to install it."""
    from broadcast_core.cli.errors import INSTALL, MISSING

    missing = [name for name in _NEEDED if not _is_installed(name)]
    if missing:
        packages = " and ".join(missing)
        _print_error(f"broadcast needs {packages}, not installed here. Install: {INSTALL}")
        sys.exit(MISSING)
    from broadcast_core.cli.app import broadcast

    broadcast(prog_name="broadcast")
    sys.exit(0)


def _print_error(message: str) -> None:
    """Print a message on stderr, or lose it."""
    from broadcast_core.cli.files.streams import complete_standard_streams

    with complete_standard_streams(), suppress(OSError):
        if sys.stderr is not None:
            print(message, file=sys.stderr)


def _is_installed(name: str) -> bool:
    try:
        import_module(name)
    except ImportError:
        return False
    return True
