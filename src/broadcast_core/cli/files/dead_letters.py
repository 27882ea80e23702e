"""The file of dead letters: what was refused or not delivered, as requests that `broadcast send` takes."""

from __future__ import annotations

import os
from collections.abc import Iterable

from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.checkpoint import Checkpoint
from broadcast_core.cli.files.conflicts import check_output
from broadcast_core.cli.files.output import replace_file
from broadcast_core.cli.files.paths import STDIN
from broadcast_core.sending.store import letters


def check_dead_letters(path: str | None, others: Iterable[str | None]) -> None:
    """Raise `CommandError` for a file that is an input or another file of the run."""
    if path is None:
        return
    if path == STDIN:
        raise CommandError(f"--dead-letters {path}: give the name of a file", code=UNUSABLE)
    others = tuple(others)
    check_output(path, others, "--dead-letters")
    if os.path.realpath(path) in (os.path.realpath(one) for one in others if one is not None):
        raise CommandError(f"--dead-letters {path}: the file is another one of this run", code=UNUSABLE)


def check_no_letters(path: str | None, checkpoint: Checkpoint) -> None:
    """Raise `CommandError` for a file with the dead letters of another run: they would be replaced."""
    if path is None or checkpoint.has_begun_letters(path):
        return
    if os.path.exists(path) and not os.path.isfile(path):
        what = "this is no file that could be replaced: give the name of one"
        raise CommandError(f"--dead-letters {path}: {what}; nothing was sent", code=UNUSABLE)
    if os.path.exists(path) and os.path.getsize(path):
        what = "it holds those of an earlier run: send them, or give another name"
        raise CommandError(f"--dead-letters {path}: {what}; nothing was sent", code=UNUSABLE)


def write_dead_letters(path: str, checkpoint: Checkpoint) -> int:
    """Write the dead letters of a checkpoint to a file, which appears complete; return how many they are.

    It holds what was said, and is for its owner alone. Raise `WriteError` when that fails: then the
    checkpoint stays, with them.
    """
    store = checkpoint.store
    count = store.do(letters.count_letters)
    checkpoint.are_letters_due = count > 0
    checkpoint.begin_letters(path)
    with replace_file(path, private=True) as write:
        for number in store.do(letters.letter_numbers):
            write(store.do(lambda db, number=number: letters.letter(db, number)) + b"\n")  # type: ignore[misc]
    checkpoint.are_letters_due = False
    return count
