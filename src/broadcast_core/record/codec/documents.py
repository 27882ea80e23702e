"""Our own JSON to and from `Generation`: strict, with every mistake of a record reported at once.

One record is one JSON object (one line of NDJSON). Nothing is coerced. Absent means unknown. Keys that no
field knows are kept in `extra`, under their path.
"""

from __future__ import annotations

import attrs

from broadcast_core.diagnostics import Problem, describe_error
from broadcast_core.errors import RecordError
from broadcast_core.jsontext import Json, JsonError, dumps_lossy, keep, loads_with_texts
from broadcast_core.record.codec.forms import shown
from broadcast_core.record.codec.reading import read_generation
from broadcast_core.record.codec.tables import FIELDS
from broadcast_core.record.codec.writing import write_generation
from broadcast_core.record.generation import SCHEMA_VERSION, Generation, know_texts

CONTENT = "content"


def decode(document: Json) -> Generation:
    """Return the generation that a JSON object describes; raise `RecordError` with every mistake."""
    if not isinstance(document, dict):
        raise RecordError((Problem(f"expected a JSON object, got {shown(document)}"),))
    version = document.get("schema_version", SCHEMA_VERSION)
    if type(version) is int and version < 1:
        raise RecordError((Problem(f"expected a schema of at least 1, got {version}", "$.schema_version"),))
    if type(version) is int and version > SCHEMA_VERSION:
        what = f"written by a newer release (schema {version}, this one reads {SCHEMA_VERSION}): upgrade"
        raise RecordError((Problem(f"{what} broadcast-core", "$.schema_version"),))
    try:
        generation, unknown = read_generation(document)
    except Exception as error:  # noqa: BLE001  # whatever the first mistake was: all of them are reported
        raise _mistakes(document, error) from None
    if not unknown:
        return generation
    extra = dict(generation.extra)
    for path, key, value in sorted(unknown, key=lambda one: one[0] != ""):
        keep(extra, path + key, value)
    return attrs.evolve(generation, extra=extra)


def _mistakes(document: dict[str, Json], error: Exception) -> RecordError:
    from broadcast_core.record.codec.explaining import (
        mistakes,  # imports cattrs, which most records do without
    )

    return RecordError(mistakes(document) or (Problem(describe_error(error)),))


def encode(generation: Generation) -> dict[str, Json]:
    """Return the JSON object of a generation; what is unknown is left out."""
    return write_generation(generation)


def decode_line(line: bytes | str) -> Generation:
    """Read one line of NDJSON; raise `RecordError` for anything wrong with it."""
    try:
        document, texts = loads_with_texts(line, FIELDS, CONTENT)
    except JsonError as error:
        raise RecordError((Problem(error.reason, error.path or "$"),)) from None
    generation = decode(document)
    know_texts(generation.content, document[CONTENT] if texts else {}, texts)
    return generation


def encode_line(generation: Generation) -> bytes:
    """Return one line of NDJSON, with its newline, of whatever a constructor took.

    What JSON cannot carry, as half a character in a text, becomes the nearest that it can, as in a request.
    """
    text, _ = dumps_lossy(encode(generation))
    return text + b"\n"
