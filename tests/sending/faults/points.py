"""Named moments of a run that sends, at which its process ends itself by a signal."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from broadcast_core.cli.files.checkpoint import Checkpoint
from broadcast_core.cli.sending import ending
from broadcast_core.sending import client, journal
from broadcast_core.sending.journal import StoreJournal
from broadcast_core.sending.route_sender import Sender
from broadcast_core.sending.store import jobs, owner, progress

When = Callable[[tuple[Any, ...]], bool]
Point = tuple[Any, str, bool, When]


def _always(_arguments: tuple[Any, ...]) -> bool:
    return True


def _has_position(arguments: tuple[Any, ...]) -> bool:
    return bool(arguments[1].get("position"))


def _is_file(arguments: tuple[Any, ...]) -> bool:
    return str(arguments[0]).endswith(".checkpoint")


POINTS: Mapping[str, Point] = {
    "the file has been made": (owner, "connect", False, _always),
    "before a plan is kept": (Checkpoint, "keep_plan", True, _always),
    "in the transaction of a plan": (progress, "set_about", False, _has_position),
    "after a plan is kept": (Checkpoint, "keep_plan", False, _always),
    "after some planned requests are kept": (Checkpoint, "keep_rows", False, _always),
    "all planned requests are kept": (Checkpoint, "keep_all_requests", False, _always),
    "the whole input is planned": (Checkpoint, "keep_end_of_input", False, _always),
    "in the transaction of a mark": (jobs, "begin", False, _always),
    "after the mark, before the first byte": (StoreJournal, "begin", False, _always),
    "while the answer comes": (client, "answer_of", True, _always),
    "after the answer, before its outcome": (Sender, "send", False, _always),
    "in the transaction of an outcome": (jobs, "settle", False, _always),
    "between the halves of a split": (jobs, "_insert", False, _always),
    "after an outcome is kept": (StoreJournal, "settle", False, _always),
    "in recovery": (journal, "restarted", True, _always),
    "after the dead letters": (ending, "write_dead_letters", False, _always),
    "before the file is closed": (Checkpoint, "close", True, _always),
    "before the file is removed": (os, "unlink", True, _is_file),
}
"""Where each is: an object, the name of its function, whether before it, and of which calls."""


def end_at(point: str, nth: int, number: int, hits: str) -> None:
    """Make this process end itself by a signal at the n-th time that it comes to a point, and note that."""
    where, name, is_before, when = POINTS[point]
    original, left = getattr(where, name), [nth]

    def end() -> None:
        left[0] -= 1
        if left[0] == 0:
            descriptor = os.open(hits, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(descriptor, f"{point}\n".encode())
            os.close(descriptor)
            os.kill(os.getpid(), number)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if is_before and when(arguments):
            end()
        result = original(*arguments, **named)
        if not is_before and when(arguments):
            end()
        return result

    setattr(where, name, wrapped)


def hits_of(path: Path) -> list[str]:
    """Return the points at which processes have ended themselves."""
    return path.read_text().splitlines() if path.exists() else []
