"""A progress bar over the bytes of the input, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress_bar(
    console: Console, total_bytes: int | None, *, is_wanted: bool, writes_stdout: bool
) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes a number of bytes read; messages printed to `console` go above the bar.

    There is no bar when stderr is no terminal, or when requests are written to the same terminal.
    """
    is_shared = writes_stdout and sys.stdout is not None and sys.stdout.isatty()
    if not is_wanted or is_shared or not console.is_terminal or console.is_dumb_terminal:
        yield lambda _size: None
        return
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        yield partial(bar.advance, bar.add_task("reading", total=total_bytes))
