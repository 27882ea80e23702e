"""The `broadcast` command: one verb, one file; arguments and streams, no decisions.

    app.py           the group of verbs, and exit codes      __main__.py   python -m broadcast_core.cli
    plan.py          generations in, requests out            show.py       trace trees for people
    explain.py       what a route decides, and why           identify.py   the ids at a destination
    destinations.py  what is installed                       schema.py     the JSON Schema of the record

    sources.py       files and stdin as documents            reading.py    documents as generations
    arguments.py     what verbs have in common               report.py     what is said on stderr
    routing.py       the routes that arguments describe      settings.py   files of routes and secrets
    planning.py      planning in chunks                      remembered.py state that stays bounded
    output.py        stdout, or a file that appears whole    terminal.py   texts made harmless, consoles
    progress.py      the bar on a terminal                   failures.py   reasons to end, as exit codes
    view.py          one trace as a tree                     measures.py   money, tokens and times in words
    said.py          the last question and the answer        state_file.py state from run to run
    whole.py         writes that are whole, or an error      state_lock.py one run at a time
    compressed.py    gzip and zstd as text                   binary.py      files that are no text
    rejects.py       what could not be used, to be mended

Nothing here is imported with `broadcast_core`; click and rich come with the `cli` extra.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

INSTALL = "pip install 'broadcast-core[cli]'"
_NEEDED = ("click", "rich", "msgspec")


def main() -> NoReturn:
    """Run the `broadcast` command; say in one line what to install when its packages are missing."""
    missing = [name for name in _NEEDED if not _is_installed(name)]
    if missing:
        packages = " and ".join(missing)
        _tell(f"broadcast needs {packages}, not installed here. Install: {INSTALL}")
        sys.exit(3)
    from broadcast_core.cli.app import broadcast

    broadcast(prog_name="broadcast")
    sys.exit(0)


def _tell(message: str) -> None:
    """Say something on stderr, if that can be."""
    from broadcast_core.cli.files.whole_writes import whole_streams

    with whole_streams(), suppress(OSError):
        if sys.stderr is not None:
            print(message, file=sys.stderr)


def _is_installed(name: str) -> bool:
    try:
        import_module(name)
    except ImportError:
        return False
    return True
