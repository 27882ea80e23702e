"""Reasons for which a verb ends early, each with its exit code; `app.py` turns them into one."""

from __future__ import annotations

OK, REJECTED, UNUSABLE, MISSING, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 3, 130, 141


class CommandError(Exception):
    """A verb cannot go on; `lines` say why, `code` is what the command exits with."""

    def __init__(self, *lines: str, code: int) -> None:
        self.lines = lines
        self.code = code
        super().__init__("; ".join(lines))


class Terminated(KeyboardInterrupt):
    """The process was told to end by a signal: as an interruption, no failure of the code that it meets."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number
        super().__init__(number)
