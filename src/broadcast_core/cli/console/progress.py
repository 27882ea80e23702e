"""A progress bar over the bytes of the input, on a terminal, and how many generations have ended."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import frozen
from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


@frozen
class Shown:
    """What is shown of a run: called with a number of bytes that were read."""

    _read: Callable[[int], None]
    ended: Callable[[], None] = lambda: None
    """To be called when a generation has ended: it was delivered, or not."""

    def __call__(self, size: int) -> None:
        """Count bytes that were read."""
        self._read(size)


@contextmanager
def progress_bar(
    console: Console,
    total_bytes: int | None,
    *,
    is_wanted: bool,
    writes_stdout: bool,
    is_sending: bool = False,
) -> Iterator[Shown]:
    """Yield a function that takes a number of bytes read; messages printed to `console` go above the bar.

    Where it is about sending, a line below it counts the generations that have ended, and goes on when all
    was read.

    There is no bar when stderr is no terminal, or when requests are written to the same terminal.
    """
    is_shared = writes_stdout and sys.stdout is not None and sys.stdout.isatty()
    if not is_wanted or is_shared or not console.is_terminal or console.is_dumb_terminal:
        yield Shown(lambda _size: None)
        return
    reading = Progress(
        TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console
    )
    sending = Progress(
        SpinnerColumn(), TextColumn("{task.completed} ended"), TimeElapsedColumn(), console=console
    )
    task = reading.add_task("reading", total=total_bytes)
    ended = sending.add_task("ended", total=None) if is_sending else None
    with Live(Group(reading, sending), console=console, transient=True, redirect_stdout=False):
        yield Shown(
            lambda size: reading.advance(task, size),
            lambda: None if ended is None else sending.advance(ended, 1),
        )
