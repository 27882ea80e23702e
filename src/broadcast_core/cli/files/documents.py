"""Files and stdin as documents, one at a time, in bounded memory.

The first bytes of a file show whether it is compressed, holds messages with their lengths, or is no text. Of
texts, a path that ends in .json (or .json.gz, .json.zst) is one document, unless its first line is one and
more follow; anything else is NDJSON, one document a line. What a document means is not known here.
"""

from __future__ import annotations

import io
import select
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from io import FileIO
from itertools import count
from typing import Any

from broadcast_core.cli.errors import describe_os_error
from broadcast_core.cli.files.binary import FIRST_BLOCK, describe_binary
from broadcast_core.cli.files.compressed import SUFFIXES, DecompressionError, Read, find_decompressor
from broadcast_core.cli.files.document import Document, Piece, Refused, too_long
from broadcast_core.cli.files.messages import CutOff, begins_with_message, read_messages
from broadcast_core.cli.files.paths import STDIN, Unreadable
from broadcast_core.cli.location import SourceLocation
from broadcast_core.errors import MissingPackage
from broadcast_core.jsontext import JsonError, loads

BOM = b"\xef\xbb\xbf"
_ONE_DOCUMENT = (".json", *(f".json{suffix}" for suffix in SUFFIXES))
_BUFFER = 1 << 18
_Split = Callable[[io.BufferedReader, str, int], Iterator[Document | Refused]]


def read_documents(
    paths: Iterable[str], max_bytes: int, advance: Callable[[int], None], *, are_messages: bool = False
) -> Iterator[Piece]:
    """Yield the documents of some files; one longer than `max_bytes` is refused and not read.

    `advance` is called with the number of bytes that were taken from a file, as stored on the disk. With
    `are_messages` the files hold messages with their lengths, also where that cannot be seen.
    """
    for path in paths:
        yield from _read_file(path, max_bytes, advance, are_messages)


def _read_file(
    path: str, max_bytes: int, advance: Callable[[int], None], are_messages: bool
) -> Iterator[Piece]:
    last = SourceLocation("<stdin>" if path == STDIN else path)
    what = "line"
    try:
        with ExitStack() as closing:
            stream, head = _open_stream(path, closing, advance)
            split = _splitter(path, head, are_messages)
            what = "message" if split is read_messages else what
            for piece in split(stream, last.name, max_bytes):
                last = piece.location
                yield piece
    except (OSError, DecompressionError, UnusableFile, CutOff, MissingPackage) as error:
        why = describe_os_error(error) if isinstance(error, OSError) else str(error)
        yield Unreadable(last, why if last.line is None else f"after this {what}, {why}")


def begins_with(path: str, beginning: bytes) -> bool:
    """Tell whether the text of a file begins so; of one that cannot be read, no."""
    try:
        with ExitStack() as closing:
            return _open_stream(path, closing, lambda _size: None)[1].startswith(beginning)
    except (OSError, DecompressionError):
        return False


class UnusableFile(ValueError):
    """A file that is not what it is read as; the message says what it holds and what to do."""


def _splitter(path: str, head: bytes, are_messages: bool) -> _Split:
    """Return what yields the documents of a file by its first bytes; raise `UnusableFile` for no text."""
    if are_messages and head.startswith((b"{", b"[")):  # as a length, that were more than a gigabyte
        raise UnusableFile("this is JSON text, not messages with their lengths; leave --from out")
    if are_messages or begins_with_message(head):
        return read_messages
    if what := describe_binary(head):
        raise UnusableFile(what)
    return _read_whole if path.lower().endswith(_ONE_DOCUMENT) else _read_lines


def _open_stream(
    path: str, closing: ExitStack, advance: Callable[[int], None]
) -> tuple[io.BufferedReader, bytes]:
    """Return a file, decompressed, and its first bytes, which are still read."""
    if path == STDIN:
        if sys.stdin is None:
            raise OSError("stdin is closed")
        raw: Any = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    else:
        raw = closing.enter_context(FileIO(path))
    peekable = _PeekableStream(_count_reads(raw, advance))
    stream: io.BufferedReader = closing.enter_context(io.BufferedReader(peekable, _BUFFER))
    read = find_decompressor(peekable.peek(FIRST_BLOCK), stream, closing)
    if read is not None:
        peekable = _PeekableStream(read)
        stream = closing.enter_context(io.BufferedReader(peekable, _BUFFER))
    return stream, peekable.peek(FIRST_BLOCK)


def _count_reads(raw: FileIO, advance: Callable[[int], None]) -> Read:
    """Return a function that reads a stream and reports how much; it waits for a pipe that does not block."""

    def read(size: int) -> bytes:
        while (got := raw.read(size)) is None:
            select.select([raw], [], [])
        advance(len(got))
        return got

    return read


class _PeekableStream(io.RawIOBase):
    """A stream whose first bytes can be looked at before they are read, even when an error follows them."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._head = b""
        self._error: Exception | None = None
        self._ended = False  # a terminal can be read on after its end

    def readable(self) -> bool:
        return True

    def peek(self, size: int) -> bytes:
        """Return the first bytes, which are still read afterwards."""
        try:
            while len(self._head) < size and not self._ended:
                self._head += self._read_some(size - len(self._head))
        except (OSError, DecompressionError) as error:
            self._error = error
        return self._head

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._error is not None and not self._head:
            raise self._error
        data = self._head[: len(buffer)] or self._read_some(len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)

    def _read_some(self, size: int) -> bytes:
        data = b"" if self._ended else self._read(size)
        self._ended = not data
        return data


def _read_lines(
    stream: io.BufferedReader, name: str, max_bytes: int, first: int = 1
) -> Iterator[Document | Refused]:
    for number in count(first):
        line = stream.readline(max_bytes + len(b"\r\n"))
        if not line:
            return
        location = SourceLocation(name, number)
        if len(line) > max_bytes and len(line.rstrip(b"\r\n")) > max_bytes:
            _skip_line(stream, line)
            yield Refused(location, too_long("line", max_bytes))
            continue
        text = line.removeprefix(BOM) if number == 1 else line
        if text and not text.isspace():
            yield Document(location, text)


def _skip_line(stream: io.BufferedReader, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(_BUFFER)


def _read_whole(stream: io.BufferedReader, name: str, max_bytes: int) -> Iterator[Document | Refused]:
    """Yield the one document of a file, or each line of one whose first line is a whole document."""
    parts = [stream.readline(max_bytes + 1)]
    if stream.peek(1) and _is_object(parts[0]):
        yield Document(SourceLocation(name, 1), parts[0].removeprefix(BOM))
        yield from _read_lines(stream, name, max_bytes, first=2)
        return
    left = max_bytes + 1 - len(parts[0])
    while left and (part := stream.read(min(left, _BUFFER))):
        parts.append(part)
        left -= len(part)
    location = SourceLocation(name)
    yield Document(location, b"".join(parts)) if left else Refused(location, too_long("document", max_bytes))


def _is_object(line: bytes) -> bool:
    """Tell whether a line is an object of JSON, from its first bracket to its last."""
    if not line.endswith(b"\n") or not line.removeprefix(BOM).startswith(b"{"):
        return False
    try:
        loads(line)
    except JsonError:
        return False
    return True
