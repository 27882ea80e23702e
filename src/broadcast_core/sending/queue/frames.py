"""How a service and its worker speak: documents in frames one way, reports as lines of JSON the other."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from broadcast_core.sending.queue.counters import Report

Kind: TypeAlias = Literal["document", "end"]
_HEAD = struct.Struct("!BQQ")
_KINDS: tuple[Kind, ...] = ("document", "end")
_PART = 65_536


@frozen
class Frame:
    """A document with its number, or the end with the milliseconds that are left for what was given."""

    kind: Kind
    number: int
    body: bytes = attrs.field(default=b"", repr=False)


def written(frame: Frame) -> bytes:
    """Return a frame as bytes."""
    return _HEAD.pack(_KINDS.index(frame.kind), frame.number, len(frame.body)) + frame.body


def frames_of(read: Callable[[int], bytes]) -> Iterator[Frame]:
    """Yield frames until there is no whole one; `read` returns the bytes that are asked for, or the rest."""
    while len(head := read(_HEAD.size)) == _HEAD.size:
        kind, number, length = _HEAD.unpack(head)
        body = read(length)
        if len(body) < length:
            return
        yield Frame(_KINDS[kind], number, body)


def line_of(message: Report | str) -> bytes:
    """Return a report, or a note for the person in charge, as a line."""
    fields = {"note": message} if isinstance(message, str) else attrs.asdict(message, recurse=False)
    return json.dumps(fields).encode() + b"\n"


def messages_of(read: Callable[[int], bytes | None]) -> Iterator[Report | str]:
    """Yield what the lines are that `read` returns in chunks of any size."""
    begun = b""
    while chunk := read(_PART):
        *lines, begun = (begun + chunk).split(b"\n")
        for line in lines:
            fields: dict[str, Any] = json.loads(line)
            yield fields["note"] if "note" in fields else Report(**fields)
