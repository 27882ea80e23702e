"""Files of messages with their lengths, as the file exporter of OpenTelemetry's Collector writes them.

Before each message stand four bytes, its length, the highest byte first. A message is OTLP in protobuf, or in
JSON, and may be compressed by itself. A length is not believed: what is kept is what is there, up to a limit.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

from broadcast_core.cli.files.compressed import ZSTD, DecompressionError, MissingZstd, find_decompressor
from broadcast_core.cli.files.document import Document, Refused, too_long
from broadcast_core.cli.location import SourceLocation
from broadcast_core.diagnostics import Problem
from broadcast_core.readers.openrouter.protobuf import as_json

_LENGTH_BYTES = 4
_BUFFER = 1 << 18
_JSON = b"{"
_BEGINNINGS = (b"\n", _JSON + b'"', _JSON + b"}", ZSTD)
"""Of a message: the first field of protobuf, an object of JSON, compressed data."""
_HIGHEST = 8
"""The highest first byte of a length, of 150 MB, that no text begins with."""


class CutOff(ValueError):
    """A file that ends within a message; the message says where, and what to do."""


def begins_with_message(head: bytes) -> bool:
    """Tell whether a file that begins with `head` is certainly one of messages."""
    length, message = head[:_LENGTH_BYTES], head[_LENGTH_BYTES:]
    return any(length) and length[0] <= _HIGHEST and message.startswith(_BEGINNINGS)


def read_messages(stream: io.BufferedReader, name: str, max_bytes: int) -> Iterator[Document | Refused]:
    """Yield the messages of a file; raise `CutOff` where it ends within one.

    One that is longer than `max_bytes`, plain or compressed, is refused; an empty one is passed over.
    """
    at = 0
    for number in count(1):
        head = _read(stream.read, _LENGTH_BYTES)
        if not head:
            return
        if len(head) < _LENGTH_BYTES:
            raise CutOff(_cut_off(at, f"{len(head)} of the {_LENGTH_BYTES} bytes of a length are"))
        length = int.from_bytes(head, "big")
        is_kept = length <= max_bytes
        message = _read(stream.read, length) if is_kept else b""
        there = len(message) if is_kept else _skip(stream, length)
        if there < length:
            raise CutOff(_cut_off(at, f"{there} of the {length} bytes of a message are"))
        location = SourceLocation(name, number)
        if not is_kept:
            yield Refused(location, _at(at, too_long("message", max_bytes)))
        elif message:
            yield _document(location, message, max_bytes, at)
        at += _LENGTH_BYTES + length


def _read(read: Callable[[int], bytes], size: int) -> bytes:
    """Return so many bytes, or fewer at the end; nothing is kept free for what may not be there."""
    parts: list[bytes] = []
    left = size
    while left and (part := read(min(left, _BUFFER))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _skip(stream: io.BufferedReader, size: int) -> int:
    """Read so many bytes, or fewer at the end, and return how many there were."""
    left = size
    while left and (part := stream.read(min(left, _BUFFER))):
        left -= len(part)
    return size - left


def _document(location: SourceLocation, packed: bytes, max_bytes: int, at: int) -> Document | Refused:
    try:
        message = _unpacked(packed, max_bytes)
    except MissingZstd:
        raise
    except DecompressionError as error:
        return Refused(location, _at(at, f"{error.what}; copy the file again"))
    if len(message) > max_bytes:
        return Refused(location, _at(at, too_long("message", max_bytes)))
    if message.startswith(_JSON):
        return Document(location, message)
    value = as_json(message)
    if isinstance(value, Problem):
        return Refused(location, _at(at, value.what))
    return Document(location, message, value)


def _unpacked(packed: bytes, max_bytes: int) -> bytes:
    """Return a message that was compressed by itself as it was before, or the first bytes of a longer one."""
    with ExitStack() as closing:
        read = find_decompressor(packed, io.BufferedReader(io.BytesIO(packed)), closing)
        return packed if read is None else _read(read, max_bytes + 1)


def _at(at: int, why: str) -> str:
    return f"at byte {at}, {why}"


def _cut_off(at: int, what: str) -> str:
    """Say that a file ends too early; at its beginning it may be another one."""
    if not at:
        other = "it was cut off, or is no file of messages with their lengths"
        return f"at its beginning {what} there: {other}; copy it again, or see what wrote it"
    whose = "the file was cut off, or its collector still writes it"
    return f"at byte {at}, {what} there: {whose}; all before was read, read it again when it is whole"
