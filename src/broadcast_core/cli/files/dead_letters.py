"""The file of dead letters: what was refused or not delivered, as requests that `broadcast send` takes."""

from __future__ import annotations

import os
from collections.abc import Iterable

from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.conflicts import check_output
from broadcast_core.cli.files.output import replace_file
from broadcast_core.cli.files.paths import STDIN
from broadcast_core.sending.store import Store, letters


def check_dead_letters(path: str | None, others: Iterable[str | None]) -> None:
    """Raise `CommandError` for a file that is an input, or holds the dead letters of an earlier run."""
    if path is None:
        return
    if path == STDIN:
        raise CommandError(f"--dead-letters {path}: give the name of a file", code=UNUSABLE)
    check_output(path, others, "--dead-letters")
    if os.path.exists(path) and os.path.getsize(path):
        what = "it holds those of an earlier run: send them, or give another name"
        raise CommandError(f"--dead-letters {path}: {what}; nothing was sent", code=UNUSABLE)


def write_dead_letters(path: str, store: Store) -> int:
    """Write the dead letters of a store to a file, which appears complete, and return how many there are.

    It holds what was said, and is for its owner alone.
    """
    count = store.do(letters.count_letters)
    with replace_file(path, private=True) as write:
        for number in store.do(letters.letter_numbers):
            write(store.do(lambda db, number=number: letters.letter(db, number)) + b"\n")  # type: ignore[misc]
    return count
