"""A bar over the bytes of the input, on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from broadcast_core.cli.files.sources import STDIN, Unreadable


@contextmanager
def progress(
    console: Console, paths: Sequence[str | Unreadable], *, stdout_is_free: bool, quiet: bool
) -> Iterator[Callable[[int], None]]:
    """Yield what to call with a number of bytes read; messages printed to `console` go above the bar.

    There is a bar when files are read, stderr is a terminal, requests do not go there too, and it is wanted.
    """
    shared = sys.stdout is not None and sys.stdout.isatty() and not stdout_is_free
    if quiet or shared or STDIN in paths or not console.is_terminal or console.is_dumb_terminal:
        yield lambda _taken: None
        return
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        yield partial(bar.advance, bar.add_task("reading", total=_size(paths)))


def _size(paths: Sequence[str | Unreadable]) -> int | None:
    """Return the bytes of all files, or None when one of them is no plain file."""
    names = [path for path in paths if isinstance(path, str) and os.path.exists(path)]
    return sum(map(os.path.getsize, names)) if all(map(os.path.isfile, names)) else None
