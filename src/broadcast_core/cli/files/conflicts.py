"""Files that a run would write over another of its own files: refused before anything is read.

A file is the same by each of its names, through links, and also when stdin or stdout is redirected to it.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.paths import STDIN
from broadcast_core.cli.files.state_lock import lock_paths


def check_output(path: str | None, inputs: Iterable[str | None], option: str = "--output") -> None:
    """Raise `CommandError` when the output would replace an input."""
    _refuse_inputs(option, path, inputs)


def check_state(path: str | None, output: str | None, inputs: Iterable[str | None]) -> None:
    """Raise `CommandError` when the state, or a file of its lock, is an input or the output."""
    for name in () if path is None else (path, *lock_paths(path)):
        _refuse_inputs("--state", name, inputs)
        _refuse_output("--state", name, output)


def check_rejected(
    path: str | None, output: str | None, inputs: Iterable[str | None], state: str | None = None
) -> None:
    """Raise `CommandError` when the file of rejected documents is an input, the output or the state."""
    if path is None:
        return
    if path == STDIN:
        raise CommandError(f"--rejected {path}: give the name of a file", code=UNUSABLE)
    _refuse_inputs("--rejected", path, inputs)
    _refuse_output("--rejected", path, output)
    of_state = () if state is None else (state, *lock_paths(state))
    if os.path.realpath(path) in map(os.path.realpath, of_state):
        raise CommandError(f"--rejected {path}: the file is the state, or of its lock", code=UNUSABLE)


def is_stdout(path: str) -> bool:
    """Tell whether a path is where stdout goes: a file, a pipe or a terminal."""
    if sys.stdout is None or not os.path.exists(path):
        return False
    return _is_redirected(sys.stdout, path) or (_is_same(sys.stdout, path) and sys.stdout.isatty())


def _refuse_inputs(option: str, path: str | None, inputs: Iterable[str | None]) -> None:
    for name in inputs:
        if path is not None and name is not None:
            with suppress(OSError):
                if _is_redirected(sys.stdin, path) if name == STDIN else os.path.samefile(path, name):
                    raise CommandError(f"{option} {path}: the file is one of the inputs", code=UNUSABLE)


def _refuse_output(option: str, path: str, output: str | None) -> None:
    with suppress(OSError):
        if is_stdout(path) if output is None else os.path.realpath(path) == os.path.realpath(output):
            raise CommandError(f"{option} {path}: the file is the output", code=UNUSABLE)


def _is_redirected(stream: TextIO | None, path: str) -> bool:
    """Tell whether a stream is redirected to or from a path; a device may be shared by several streams."""
    return stream is not None and _is_same(stream, path) and not stat.S_ISCHR(os.stat(path).st_mode)


def _is_same(stream: TextIO, path: str) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(stream.fileno()))
    except OSError:  # a stream without a descriptor
        return False
