"""The file of what could not be used: each document as it came, to be mended and planned again.

It holds content as it was before any policy, so only its owner may read it. It appears whole,
after all that the run writes beside it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click

from broadcast_core.cli.arguments import Command, FileName
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.output import Write, WriteError, opened, refuse_inputs, refuse_output
from broadcast_core.cli.files.sources import BOM, STDIN, Document
from broadcast_core.cli.files.state_lock import beside
from broadcast_core.jsontext import JsonError, loads

OPTION = "--rejected"
_TOKENS = re.compile(rb'("(?:[^"\\]++|\\.)*+")|[ \t\r\n]+', re.DOTALL)  # a text, or the blanks between tokens
_ONLY_THIS = (
    "; all else of this run was written, what could not be used was not: mend that and run this again"
)


def rejected_argument(command: Command) -> Command:
    """Give a command the file of what could not be used."""
    return click.option(
        OPTION,
        type=FileName(),
        metavar="FILE",
        help="Keep what could not be used in a file, as it came and one a line; empty when all could be. It"
        " holds content, and is replaced last, when all else could be written.",
    )(command)


class Rejects:
    """Where documents go that could not be used; without a place they go nowhere."""

    def __init__(self, path: str | None = None, write: Write | None = None) -> None:
        self._path = path
        self._write = write
        self._kept = 0

    @property
    def without(self) -> str:
        """What to say of a document that could not be read, and so is not among them."""
        return "" if self._write is None else f"; it is not in {self._path}"

    @property
    def without_rest(self) -> str:
        """What to say of a file that could not be read, or not to its end."""
        return "" if self._write is None else f"; what was not read is not in {self._path}"

    @property
    def told(self) -> str:
        """How much is kept, when anything is."""
        several = f"{self._kept} lines to mend are in it" if self._kept else ""
        return "1 line to mend is in it" if self._kept == 1 else several

    def keep(self, document: Document) -> None:
        """Keep a document."""
        if self._write is not None:
            lines = lines_of(document)
            self._kept += lines.count(b"\n")
            self._write(lines)

    def keeper(self, document: Document) -> Callable[[], None]:
        """Return what keeps a document once, however often it is called: several generations may fail."""
        return nothing if self._write is None else _Once(self, document).keep


class _Once:
    def __init__(self, rejects: Rejects, document: Document) -> None:
        self._rejects = rejects
        self._document: Document | None = document

    def keep(self) -> None:
        document, self._document = self._document, None
        if document is not None:
            self._rejects.keep(document)


def nothing() -> None:
    """Keep nothing."""


@contextmanager
def rejects(path: str | None) -> Iterator[Rejects]:
    """Yield where to keep what could not be used; it replaces the file when all within went well."""
    if path is None:
        yield Rejects()
        return
    is_all_else_done = False
    try:
        with opened(path, private=True) as write:
            yield Rejects(path, write)
            is_all_else_done = True
    except WriteError as error:
        raise WriteError(f"{error}{_ONLY_THIS}", path) if is_all_else_done else error from None


def refuse_rejected(
    path: str | None, output: str | None, inputs: Iterable[object], state: str | None = None
) -> None:
    """Raise `Failure` when the file would replace the output, an input or the state, or is stdout."""
    if path is None:
        return
    if path == STDIN:
        raise CommandError(f"{OPTION} {path}: give the name of a file", code=UNUSABLE)
    refuse_inputs(path, inputs, option=OPTION)
    refuse_output(path, output, option=OPTION)
    taken = () if state is None else (state, *beside(state))
    if os.path.realpath(path) in map(os.path.realpath, taken):
        raise CommandError(f"{OPTION} {path}: the file is the state, or of its lock", code=UNUSABLE)


def lines_of(document: Document) -> bytes:
    """Return a line as it came, and a file of one document made one line; what is no JSON keeps its lines."""
    text = document.text if document.location.line is not None else document.text.removeprefix(BOM)
    if document.location.line is None and _is_json(text):
        return _TOKENS.sub(rb"\1", text) + b"\n"
    return (
        text.removesuffix(b"\n") + b"\n" if text.strip() else b""
    )  # in a blank file there is nothing to mend


def _is_json(text: bytes) -> bool:
    try:
        loads(text)
    except JsonError:
        return False
    return True
