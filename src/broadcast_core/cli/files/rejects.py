"""The file of rejected documents: each one unchanged, to be fixed and planned again.

It holds content as it was before any policy, so only its owner may read it. It appears complete, after
everything else that the run writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from broadcast_core.cli.files.document import Document
from broadcast_core.cli.files.documents import BOM
from broadcast_core.cli.files.output import Write, WriteError, open_output
from broadcast_core.jsontext import JsonError, dumps, loads

_TOKENS = re.compile(rb'("(?:[^"\\]++|\\.)*+")|[ \t\r\n]+', re.DOTALL)  # a text, or the space between tokens
_ONLY_REJECTS_MISSING = (
    "; everything else of this run was written, what could not be used was not: fix that and run this again"
)


class Rejects:
    """Writes the documents that could not be used; without a path it ignores them."""

    def __init__(self, path: str | None = None, write: Write | None = None) -> None:
        self._path = path
        self._write = write
        self._last: Document | None = None
        self.is_enabled = write is not None
        self.lines = 0

    @property
    def without_document(self) -> str:
        """What to add to the error of a document that was not read, and so is not written."""
        return f"; it is not in {self._path}" if self.is_enabled else ""

    @property
    def without_rest(self) -> str:
        """What to add to the error of a file that could not be read, or not to its end."""
        return f"; what was not read is not in {self._path}" if self.is_enabled else ""

    @property
    def summary(self) -> str:
        """How many lines were written; empty without any."""
        several = f"{self.lines} lines to fix are in it" if self.lines else ""
        return "1 line to fix is in it" if self.lines == 1 else several

    def keep(self, document: Document) -> None:
        """Write a document."""
        if self._write is not None:
            lines = format_lines(document)
            self.lines += lines.count(b"\n")
            self._write(lines)

    def keep_once(self, document: Document) -> None:
        """Write the document of a rejected generation; generations of one document come in a row."""
        if document is not self._last:
            self._last = document
            self.keep(document)


@contextmanager
def open_rejects(path: str | None) -> Iterator[Rejects]:
    """Yield where to write rejected documents; the file appears when everything inside went well."""
    if path is None:
        yield Rejects()
        return
    is_all_else_done = False
    try:
        with open_output(path, private=True) as write:
            yield Rejects(path, write)
            is_all_else_done = True
    except WriteError as error:
        raise WriteError(f"{error}{_ONLY_REJECTS_MISSING}", path) if is_all_else_done else error from None


def format_lines(document: Document) -> bytes:
    """Return a line unchanged, a message as JSON, a file of one document as one line.

    Malformed JSON keeps its lines.
    """
    if document.value is not None:
        return dumps(document.value) + b"\n"
    if document.location.line is not None and b"\n" not in document.text.removesuffix(b"\n"):
        text = document.text
    else:
        text = document.text.removeprefix(BOM)
        if _is_json(text):
            return _TOKENS.sub(rb"\1", text) + b"\n"
    return text.removesuffix(b"\n") + b"\n" if text.strip() else b""  # a blank file has nothing to fix


def _is_json(text: bytes) -> bool:
    try:
        loads(text)
    except JsonError:
        return False
    return True
