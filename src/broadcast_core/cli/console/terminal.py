"""The consoles for stdout and stderr, and texts that are safe to print there.

Records come from strangers. A text of theirs is printed without control characters, which could rewrite the
screen, and is cut to a length that a person reads.
"""

from __future__ import annotations

from rich.console import Console

MAX_LENGTH = 300
_PIPE_WIDTH = 10_000  # columns of stdout in a pipe: no line is wrapped, so that lines can be searched
_JOINERS = "\u200c\u200d"  # invisible, but needed by scripts and emoji


def sanitize(text: str, max_length: int = MAX_LENGTH) -> str:
    """Return a text on one line, cut, with control characters escaped."""
    cut = text if len(text) <= max_length else text[: max_length - 1] + "…"
    return cut if cut.isprintable() else "".join(_sanitize_char(char) for char in cut)


def _sanitize_char(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    return " " if char.isspace() and char not in "\x1c\x1d\x1e\x1f\x85" else ascii(char)[1:-1]


class PipeConsole(Console):
    """A console that raises a broken pipe to its caller."""

    def on_broken_pipe(self) -> None:
        """Raise it again: the caller decides how to end."""
        raise BrokenPipeError


def stderr_console() -> PipeConsole:
    """Return the console for messages, one line each."""
    return PipeConsole(stderr=True, soft_wrap=True, markup=False, highlight=False, emoji=False)


def stdout_console() -> PipeConsole:
    """Return the console for results."""
    console = PipeConsole(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console
