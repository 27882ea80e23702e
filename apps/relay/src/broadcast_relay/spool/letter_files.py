"""Dead letters in files: requests in one, whole deliveries in another, each for its owner alone."""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from attrs import field, frozen

from broadcast_core.cli.errors import describe_os_error
from broadcast_core.cli.files.output import replace_file
from broadcast_core.errors import BroadcastError
from broadcast_core.sending.spool.dead_letters import DeadLetters
from broadcast_relay.spool.exchanged import erase

_PIECE = 1024 * 1024
_REASONS = 20


class NotMoved(BroadcastError, RuntimeError):
    """A file that the relay wrote cannot be brought where it is wanted. Ask again."""


@frozen(kw_only=True)
class Written:
    """How many dead letters were written, up to which number, and how many for each of the first reasons."""

    requests: int = 0
    deliveries: int = 0
    newest: int = 0
    reasons: Mapping[str, int] = field(factory=dict)

    __hash__ = None  # type: ignore[assignment]


def write_letters(letters: DeadLetters, requests: Path, deliveries: Path) -> Written:
    """Write what there is; a file appears complete and synced, and only where there is something for it.

    Raise `WriteError`.
    """
    newest = letters.newest()
    counts: Counter[Path] = Counter()
    reasons: Counter[str] = Counter()
    writes: dict[Path, Callable[[bytes], None]] = {}
    with ExitStack() as files:
        for letter in letters.until(newest):
            path = requests if letter.is_request else deliveries
            if path not in writes:
                writes[path] = files.enter_context(replace_file(str(path), private=True))
            writes[path](letter.line + b"\n")
            counts[path] += 1
            if letter.why in reasons or len(reasons) < _REASONS:
                reasons[letter.why] += 1
    for path in writes:
        sync_folder(path)
    return Written(
        requests=counts[requests], deliveries=counts[deliveries], newest=newest, reasons=dict(reasons)
    )


def move(source: Path, target: Path) -> None:
    """Bring a file that the relay wrote to its place, synced; raise `NotMoved`, or `WriteError`."""
    try:
        _keep_owner(source)
        os.replace(source, os.path.realpath(target))
    except FileNotFoundError:
        raise NotMoved(_gone(target)) from None
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise NotMoved(f"{target}: cannot be written: {describe_os_error(error)}") from None
        _copy(source, target)
    sync_folder(target)


def sync_folder(path: Path) -> None:
    """Sync the folder of a file, so that its name is on the disk too."""
    if os.name == "posix":
        folder = os.open(path.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _keep_owner(path: Path) -> None:
    """Make a file that of whoever runs this, where that is root: the owner of the spool wrote it."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.chown(path, 0, 0)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as stream, replace_file(str(target), private=True) as write:
        while piece := stream.read(_PIECE):
            write(piece)
        if not source.exists():
            raise NotMoved(_gone(target))
    erase(source)


def _gone(target: Path) -> str:
    return f"{target}: what the relay wrote for it was erased meanwhile: run it again"
