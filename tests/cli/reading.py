"""What tests of input share: paths read into pieces, and their texts."""

from __future__ import annotations

from collections.abc import Iterable

from broadcast_core.cli.files.sources import Document, Piece, documents, expanded

LIMIT = 1000


def read(*paths: object, most: int = LIMIT) -> list[Piece]:
    """Return the documents of some paths."""
    return list(documents(expanded(str(path) for path in paths), most, lambda _taken: None))


def texts(pieces: Iterable[Piece]) -> list[bytes]:
    """Return the texts of documents, without the ends of their lines."""
    return [piece.text.rstrip() for piece in pieces if isinstance(piece, Document)]
