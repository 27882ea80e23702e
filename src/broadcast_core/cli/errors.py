"""Exit codes, and the exceptions that end a command early; `app.py` turns each into a code and a message."""

from __future__ import annotations

OK, REJECTED, UNUSABLE, MISSING, UNDELIVERED, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 3, 4, 130, 141

INSTALL = "pip install 'broadcast-core[cli]'"
"""What installs every package that the command needs."""


class CommandError(Exception):
    """A command cannot go on; `lines` say why, `code` is its exit code."""

    def __init__(self, *lines: str, code: int) -> None:
        self.lines = lines
        self.code = code
        super().__init__("; ".join(lines))


class Terminated(KeyboardInterrupt):
    """A signal ended the process; like an interruption, code that handles failures does not catch it."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number
        super().__init__(number)


def describe_os_error(error: OSError) -> str:
    """Return what the operating system says of an error, in lower case."""
    return (error.strerror or str(error)).lower()
