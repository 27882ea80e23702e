"""What tests of input share: files read into documents, and their texts."""

from __future__ import annotations

import json
from collections.abc import Iterable

from broadcast_core.cli.files.document import Document, Piece
from broadcast_core.cli.files.documents import read_documents

LIMIT = 1000


def read(*paths: object, max_bytes: int = LIMIT) -> list[Piece]:
    """Return the documents of some files."""
    return list(read_documents(map(str, paths), max_bytes, lambda _size: None))


def texts(parts: Iterable[Piece]) -> list[bytes]:
    """Return the texts of documents, without the ends of their lines."""
    return [piece.text.rstrip() for piece in parts if isinstance(piece, Document)]


def delivery_of(*ids: str) -> bytes:
    """Return one delivery of several generations; one that has no id cannot be read."""
    spans = [
        {
            "traceId": f"{number:032}",
            "spanId": f"{number:016}",
            "name": "LLM Generation",
            "startTimeUnixNano": "1795348798000000000" if one else "never",
            "endTimeUnixNano": "1795348799000000000",
            "attributes": [
                {"key": "gen_ai.response.id", "value": {"stringValue": one or "gen-x"}},
                {"key": "gen_ai.request.model", "value": {"stringValue": "m"}},
            ],
        }
        for number, one in enumerate(ids, 1)
    ]
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode() + b"\n"
