"""Files, directories and stdin as JSON documents, one at a time, in bounded memory.

A path that ends in .json (or .json.gz) is one document; anything else is NDJSON, one document a line.
Gzip is recognised by its first two bytes, whatever the name. Nothing here knows what a document means.
"""

from __future__ import annotations

import gzip
import io
import os
import select
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from io import FileIO
from itertools import count
from typing import Any, TypeAlias, TypeVar

from attrs import frozen

T = TypeVar("T")
Of = TypeVar("Of")

STDIN = "-"
_KINDS = (".json", ".ndjson", ".jsonl")
_WHOLE = (".json", ".json.gz")
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_BUFFER = 1 << 18


@frozen
class Place:
    """Where a document stands: a file, and the line when it has lines."""

    name: str
    line: int | None = None

    def __str__(self) -> str:
        return self.name if self.line is None else f"{self.name}:{self.line}"


@frozen
class Document:
    """The text of one document."""

    place: Place
    text: bytes


@frozen
class Refused:
    """A document that was not read, and why."""

    place: Place
    why: str


@frozen
class Unreadable:
    """A file that cannot be read, or not to its end; `place` is the last that was."""

    place: Place
    why: str


Piece: TypeAlias = Document | Refused | Unreadable


def expanded(paths: Iterable[str]) -> Iterator[str | Unreadable]:
    """Yield each path, and for a directory its own JSON and NDJSON files in order; no path means stdin."""
    for path in tuple(paths) or (STDIN,):
        if path == STDIN or not os.path.isdir(path):
            yield path
        else:
            yield from _files_in(path)


def documents(
    paths: Iterable[str | Unreadable], most: int, advance: Callable[[int], None]
) -> Iterator[Piece]:
    """Yield the documents of some expanded paths; one longer than `most` bytes is refused unread.

    `advance` is told how many bytes were taken from a file, as they lie on the disk.
    """
    for path in paths:
        if isinstance(path, Unreadable):
            yield path
        else:
            yield from _documents_in(path, most, advance)


def _files_in(directory: str) -> Iterator[str | Unreadable]:
    try:
        names = sorted(os.listdir(directory))
    except OSError as error:
        yield Unreadable(Place(directory), _reason(error))
        return
    paths = [os.path.join(directory, name) for name in names if _is_input(name)]
    files = [path for path in paths if not os.path.isdir(path)]
    yield from files
    if not files:
        yield Unreadable(
            Place(directory), f"no file in it ends in {', '.join(_KINDS)}, or in one of them and .gz"
        )


def _is_input(name: str) -> bool:
    return not name.startswith(".") and name.lower().removesuffix(".gz").endswith(_KINDS)


def _documents_in(path: str, most: int, advance: Callable[[int], None]) -> Iterator[Piece]:
    last = Place("<stdin>" if path == STDIN else path)
    split = _whole if path.lower().endswith(_WHOLE) else _lines
    try:
        with ExitStack() as closing:
            for piece in split(_opened(path, closing, advance), last.name, most):
                last = piece.place
                yield piece
    except (OSError, EOFError, zlib.error) as error:
        yield Unreadable(last, _reason(error) if last.line is None else f"after this line, {_reason(error)}")


def _opened(path: str, closing: ExitStack, advance: Callable[[int], None]) -> io.BufferedIOBase:
    if path == STDIN:
        if sys.stdin is None:
            raise OSError("stdin is closed")
        raw: Any = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    else:
        raw = closing.enter_context(FileIO(path))
    metered = _Metered(raw, advance)
    stream = closing.enter_context(io.BufferedReader(metered, _BUFFER))
    if metered.first(len(_GZIP)) == _GZIP:
        return closing.enter_context(gzip.GzipFile(fileobj=stream))
    return stream


class _Metered(io.RawIOBase):
    """A raw stream that tells how much was read, and whose first bytes can be looked at."""

    def __init__(self, raw: FileIO, advance: Callable[[int], None]) -> None:
        self._raw = raw
        self._advance = advance
        self._head = b""

    def readable(self) -> bool:
        return True

    def first(self, size: int) -> bytes:
        """Return the first bytes, which will still be read."""
        while len(self._head) < size and (more := self._waited(self._raw.read, size - len(self._head))):
            self._head += more
        return self._head

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        taken = len(self._head[: len(buffer)])
        if taken:
            buffer[:taken], self._head = self._head[:taken], self._head[taken:]
        else:
            taken = self._waited(self._raw.readinto, buffer)
        self._advance(taken)
        return taken

    def _waited(self, read: Callable[[Of], T | None], of: Of) -> T:
        """Return what is read; where nothing is there yet (a pipe that does not block), wait for it."""
        while (got := read(of)) is None:
            select.select([self._raw], [], [])
        return got


def _lines(stream: io.BufferedIOBase, name: str, most: int) -> Iterator[Document | Refused]:
    for number in count(1):
        line = stream.readline(most + len(b"\r\n"))
        if not line:
            return
        place = Place(name, number)
        if len(line) > most and len(line.rstrip(b"\r\n")) > most:
            _skip_line(stream, line)
            yield Refused(place, _too_long("line", most))
            continue
        text = line.removeprefix(_BOM) if number == 1 else line
        if text and not text.isspace():
            yield Document(place, text)


def _skip_line(stream: io.BufferedIOBase, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(_BUFFER)


def _whole(stream: io.BufferedIOBase, name: str, most: int) -> Iterator[Document | Refused]:
    parts: list[bytes] = []
    left = most + 1
    while left and (part := stream.read(min(left, _BUFFER))):
        parts.append(part)
        left -= len(part)
    place = Place(name)
    yield Document(place, b"".join(parts)) if left else Refused(place, _too_long("document", most))


def _too_long(what: str, most: int) -> str:
    return f"the {what} is longer than {most} bytes; a larger --max-line-bytes reads it"


def _reason(error: OSError | EOFError | zlib.error) -> str:
    if isinstance(error, EOFError):
        return "the gzip data ends too early: the file is cut off"
    if isinstance(error, zlib.error | gzip.BadGzipFile):
        return "the gzip data is damaged"
    return (error.strerror or str(error)).lower()
