"""One document of the input: where it is, and what stands there."""

from __future__ import annotations

from typing import TypeAlias

from attrs import frozen

from broadcast_core.cli.files.paths import Unreadable
from broadcast_core.cli.location import SourceLocation
from broadcast_core.jsontext import Json


@frozen
class Document:
    """The text of one document; of a message in protobuf it is the bytes, and `value` is them in JSON."""

    location: SourceLocation
    text: bytes
    value: Json = None

    __hash__ = None  # type: ignore[assignment]


@frozen
class Refused:
    """A document that is not used, and why; without the document when it was not, or cannot be, read."""

    location: SourceLocation
    why: str
    document: Document | None = None

    __hash__ = None  # type: ignore[assignment]


Piece: TypeAlias = Document | Refused | Unreadable


def too_long(what: str, max_bytes: int) -> str:
    """Say that a line, a document or a message is longer than may be, and what reads it."""
    return f"the {what} is longer than {max_bytes} bytes; a larger --max-line-bytes reads it"
