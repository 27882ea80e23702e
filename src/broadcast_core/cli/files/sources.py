"""Files, directories and stdin as JSON documents, one at a time, in bounded memory.

A path that ends in .json (or .json.gz, .json.zst) is one document; anything else is NDJSON, one a line. The
first bytes of a file tell if it is compressed, or no text at all. Nothing here knows what a document means.
"""

from __future__ import annotations

import io
import os
import select
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from io import FileIO
from itertools import count
from typing import Any, TypeAlias

from attrs import frozen

from broadcast_core.cli.files.binary import FIRST_BLOCK, UNREAD_SUFFIXES, why_binary
from broadcast_core.cli.files.compressed import SUFFIXES, Read, Unpackable, unpacked

STDIN = "-"
_KINDS = (".json", ".ndjson", ".jsonl")
_WHOLE = (".json", *(f".json{suffix}" for suffix in SUFFIXES))
BOM = b"\xef\xbb\xbf"
_SPECIAL = {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
_BY_NAME = "of a directory only files are read, so give it by its name where it is wanted"
_BUFFER = 1 << 18


@frozen
class SourceLocation:
    """Where a document stands: a file, and the line when it has lines."""

    name: str
    line: int | None = None

    def __str__(self) -> str:
        return self.name if self.line is None else f"{self.name}:{self.line}"


@frozen
class Document:
    """The text of one document."""

    location: SourceLocation
    text: bytes


@frozen
class Refused:
    """A document that was not read, and why."""

    location: SourceLocation
    why: str


@frozen
class Unreadable:
    """A file that cannot be read, or not to its end; `place` is the last that was."""

    location: SourceLocation
    why: str


Piece: TypeAlias = Document | Refused | Unreadable


def expanded(paths: Iterable[str]) -> Iterator[str | Unreadable]:
    """Yield each path, and for a directory all JSON and NDJSON files in it, in order; no path means stdin."""
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


def _files_in(top: str) -> Iterator[str | Unreadable]:
    """Yield the files under a directory; a directory that is there by several names, through links, once."""
    waiting, seen, found = [top], set[tuple[int, int]](), False
    while waiting:
        path = waiting.pop()
        if not os.path.isdir(path):
            found = True
            what = _special(path)
            yield (
                path
                if what is None
                else Unreadable(SourceLocation(path), f"this is {what}, and no file; {_BY_NAME}")
            )
            continue
        try:
            status = os.stat(path)
            names = () if (status.st_dev, status.st_ino) in seen else os.listdir(path)
        except OSError as error:
            found = True
            yield Unreadable(SourceLocation(path), _reason(error))
            continue
        seen.add((status.st_dev, status.st_ino))
        inside = (os.path.join(path, name) for name in sorted(names, reverse=True) if name[0] != ".")
        waiting += [one for one in inside if os.path.isdir(one) or _is_input(one)]
    if not found:
        kinds, suffixes = ", ".join(_KINDS), " or ".join(SUFFIXES)
        yield Unreadable(
            SourceLocation(top), f"no file in it ends in {kinds}, or in one of them and {suffixes}"
        )


def _special(path: str) -> str | None:
    """Name what is no file, and may have nothing to read for ever; None for a file."""
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)
    except OSError:  # the error is told when it is opened
        return None
    return None if kind == stat.S_IFREG else _SPECIAL.get(kind, "a device")


def _is_input(path: str) -> bool:
    name = path.lower()
    for suffix in (*SUFFIXES, *UNREAD_SUFFIXES):
        name = name.removesuffix(suffix)
    return name.endswith(_KINDS)


def _documents_in(path: str, most: int, advance: Callable[[int], None]) -> Iterator[Piece]:
    last = SourceLocation("<stdin>" if path == STDIN else path)
    split = _whole if path.lower().endswith(_WHOLE) else _lines
    try:
        with ExitStack() as closing:
            for piece in split(_opened(path, closing, advance), last.name, most):
                last = piece.location
                yield piece
    except (OSError, Unpackable, NoText) as error:
        why = _reason(error) if isinstance(error, OSError) else str(error)
        yield Unreadable(last, why if last.line is None else f"after this line, {why}")


class NoText(ValueError):
    """A file that holds no text; it says what it holds."""


def _opened(path: str, closing: ExitStack, advance: Callable[[int], None]) -> io.BufferedReader:
    """Return the text of a file, decompressed; raise `NoText` when there is none."""
    if path == STDIN:
        if sys.stdin is None:
            raise OSError("stdin is closed")
        raw: Any = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    else:
        raw = closing.enter_context(FileIO(path))
    ahead = _Ahead(_metered(raw, advance))
    stream: io.BufferedReader = closing.enter_context(io.BufferedReader(ahead, _BUFFER))
    read = unpacked(ahead.first(FIRST_BLOCK), stream, closing)
    if read is not None:
        ahead = _Ahead(read)
        stream = closing.enter_context(io.BufferedReader(ahead, _BUFFER))
    if what := why_binary(ahead.first(FIRST_BLOCK)):
        raise NoText(what)
    return stream


def _metered(raw: FileIO, advance: Callable[[int], None]) -> Read:
    """Return how to read from a raw stream; a pipe that does not block and has nothing yet is waited for."""

    def read(size: int) -> bytes:
        while (got := raw.read(size)) is None:
            select.select([raw], [], [])
        advance(len(got))
        return got

    return read


class _Ahead(io.RawIOBase):
    """A stream whose first bytes can be looked at before they are read, also when an error follows them."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._head = b""
        self._error: Exception | None = None
        self._ended = False  # a terminal would go on after its end

    def readable(self) -> bool:
        return True

    def first(self, size: int) -> bytes:
        """Return the first bytes, which will still be read."""
        try:
            while len(self._head) < size and not self._ended:
                self._head += self._some(size - len(self._head))
        except (OSError, Unpackable) as error:
            self._error = error
        return self._head

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._error is not None and not self._head:
            raise self._error
        data = self._head[: len(buffer)] or self._some(len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)

    def _some(self, size: int) -> bytes:
        data = b"" if self._ended else self._read(size)
        self._ended = not data
        return data


def _lines(stream: io.BufferedReader, name: str, most: int) -> Iterator[Document | Refused]:
    for number in count(1):
        line = stream.readline(most + len(b"\r\n"))
        if not line:
            return
        location = SourceLocation(name, number)
        if len(line) > most and len(line.rstrip(b"\r\n")) > most:
            _skip_line(stream, line)
            yield Refused(location, _too_long("line", most))
            continue
        text = line.removeprefix(BOM) if number == 1 else line
        if text and not text.isspace():
            yield Document(location, text)


def _skip_line(stream: io.BufferedReader, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(_BUFFER)


def _whole(stream: io.BufferedReader, name: str, most: int) -> Iterator[Document | Refused]:
    parts: list[bytes] = []
    left = most + 1
    while left and (part := stream.read(min(left, _BUFFER))):
        parts.append(part)
        left -= len(part)
    location = SourceLocation(name)
    yield Document(location, b"".join(parts)) if left else Refused(location, _too_long("document", most))


def _too_long(what: str, most: int) -> str:
    return f"the {what} is longer than {most} bytes; a larger --max-line-bytes reads it"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
