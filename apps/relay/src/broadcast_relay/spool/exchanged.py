"""Files that commands and the relay leave to each other in the spool, and that nobody has taken away."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

LETTERS = "letters-"
"""How the names of files of dead letters begin that the relay has written, until their command moves them."""
_BEGINNINGS = ("ask-", LETTERS, f".{LETTERS}")
_PIECE = bytes(1024 * 1024)


def names_of(folder: Path) -> Iterator[Path]:
    """Yield the files of questions, answers and dead letters in a spool, whole or not."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(_BEGINNINGS) and path.is_file() and not path.is_symlink():
            yield path


def clear_stale(folder: Path, seconds: float) -> None:
    """Take away what is older than any command waits; questions are taken by who does them."""
    now = time.time()  # noqa: TID251  # files have the time of the day
    for path in names_of(folder):
        with suppress(FileNotFoundError):
            if path.suffix != ".ask" and now - path.stat().st_mtime > seconds:
                erase(path)


def clear_letters(folder: Path) -> None:
    """Take away every file of dead letters: whoever is just moving one is told, and asks again."""
    for path in names_of(folder):
        if path.name.startswith((LETTERS, f".{LETTERS}")):
            erase(path)


def erase(path: Path) -> None:
    """Overwrite a file and take it away; one that is gone already is left to who has it now.

    Its name goes first, so that a copy that was begun can tell.
    """
    with suppress(FileNotFoundError):
        with path.open("r+b") as stream:
            if os.name == "posix":
                path.unlink()
            left = os.fstat(stream.fileno()).st_size
            while left > 0:
                left -= stream.write(_PIECE[:left])
            stream.flush()
            os.fsync(stream.fileno())
        if os.name != "posix":
            path.unlink()
