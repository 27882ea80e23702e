"""Section 0: long runs of base64, which a server files as attachments and puts back when a row is read."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping

from attrs import frozen

from broadcast_core.jsontext import Json
from broadcast_opik.testing.rulebook import measured

LEAST = 256_000
_RUN = re.compile(rf"[A-Za-z0-9+/]{{{LEAST},}}={{0,2}}")
_KINDS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"%PDF": "pdf", b"RIFF": "riff"}
"""How files begin that a server knows; of others it keeps the text where it is."""


@frozen
class Attachment:
    """A file that was taken out of a field of a row."""

    row: str
    field: str
    kind: str
    characters: int


@measured(0, "base64 of 256,000 characters and more is taken out as an attachment and put back when read")
def attachments_of(row: Mapping[str, Json]) -> Iterator[Attachment]:
    """Yield what is taken out of a row."""
    for field in ("input", "output", "metadata"):
        left = [row.get(field)]
        for item in left:
            if isinstance(item, dict | list):
                left += item.values() if isinstance(item, dict) else item
            elif isinstance(item, str) and len(item) >= LEAST:
                for run in _RUN.findall(item):
                    if kind := _kind(run):
                        yield Attachment(row["id"], field, kind, len(run))


def _kind(run: str) -> str | None:
    head = base64.b64decode(run[:16])
    return next((kind for begin, kind in _KINDS.items() if head.startswith(begin)), None)
