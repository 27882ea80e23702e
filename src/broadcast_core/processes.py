"""Processes of Python: how another is started, and the end of one that knows nothing of `atexit`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def python(text: str) -> list[str]:
    """Return the arguments of a process of this Python that runs a text; its stdin and stdout are free.

    It imports nothing from the directory in which it is started, and is isolated where this one is.
    """
    from multiprocessing import spawn

    isolated = ["-I"] if sys.flags.isolated else []
    return [os.fsdecode(spawn.get_executable()), "-P", *isolated, "-c", text]


def close_with_process(close: Callable[[], object], *, after: int) -> None:
    """Call something when a process of multiprocessing ends, which knows nothing of `atexit`.

    What has the greatest `after` is called first.
    """
    if "multiprocessing.process" not in sys.modules:
        return
    from multiprocessing import process, util

    if process.parent_process() is not None:
        util.Finalize(None, close, exitpriority=after)
