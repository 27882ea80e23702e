"""What reaches a terminal: texts made harmless, and the consoles for messages and for pages.

Records come from strangers. A text of theirs is shown without control characters, which could rewrite
the screen, and is cut to a length that a person reads.
"""

from __future__ import annotations

from rich.console import Console

LONGEST = 300
_WIDE = 10_000  # columns of a page that goes to a pipe: nothing is wrapped, so that lines can be searched
_JOINERS = "\u200c\u200d"  # invisible, and needed by scripts and emoji


def harmless(text: str, most: int = LONGEST) -> str:
    """Return a text on one line, cut, and with control characters spelled out."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return cut if cut.isprintable() else "".join(_harmless(char) for char in cut)


def _harmless(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    return " " if char.isspace() and char not in "\x1c\x1d\x1e\x1f\x85" else ascii(char)[1:-1]


class Screen(Console):
    """A console that lets its caller see a broken pipe."""

    def on_broken_pipe(self) -> None:
        """Raise it again: how to end is not decided here."""
        raise BrokenPipeError


def messages() -> Screen:
    """Return the console for messages, on stderr, one line each."""
    return Screen(stderr=True, soft_wrap=True, markup=False, highlight=False, emoji=False)


def pages() -> Screen:
    """Return the console for what was asked for, on stdout."""
    page = Screen(markup=False, highlight=False, emoji=False)
    if not page.is_terminal:
        page.width = _WIDE
    return page
