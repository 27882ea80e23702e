"""Our own record as a dialect: one JSON object, one generation."""

from __future__ import annotations

from broadcast_core.errors import RecordError
from broadcast_core.jsontext import Json
from broadcast_core.readers.results import Read, Reading, Rejected
from broadcast_core.record.codec import decode


def read(document: Json) -> Reading:
    """Return the one generation that a JSON object describes."""
    try:
        return Reading((Read(generation=decode(document)),))
    except RecordError as error:
        stated = document.get("id") if isinstance(document, dict) else None
        return Reading((Rejected(problems=error.problems, id=stated if isinstance(stated, str) else None),))
