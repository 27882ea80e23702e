"""A field of a row that is any JSON: input, output, metadata; within the size that Opik takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, JsonError, JsonPath, dumps, dumps_lossy, loads
from broadcast_core.jsontext.jsonable import to_jsonable
from broadcast_core.jsontext.truncation import CUT, LEAST, MARKER, truncate
from broadcast_opik.limits import MAX_FIELD_BYTES
from broadcast_opik.places import place

MAX_TOLD = 20  # places of one field that are told one by one
_TRIES = 5


def json_field(
    value: object, path: str, notes: list[Diagnostic], show: Callable[[Json], Json] = lambda value: value
) -> bytes:
    """Return a field as JSON, within the size that Opik takes; what had to give way is marked and noted.

    `show` gives a value the shape in which it is shown, and may make it larger.
    """
    text, changed = dumps_lossy(show(value))
    if changed:
        notes += _coerced(dumps_lossy(value)[1], path)
    if len(text) <= MAX_FIELD_BYTES:
        return text
    what = f"{len(text)} bytes, and Opik takes about {MAX_FIELD_BYTES} a field: the longest parts were cut"
    notes.append(Diagnostic("truncated", path, f"{what}, each with the mark {CUT} or {MARKER}"))
    return _fitted(value, text, show)


def _fitted(value: object, shown: bytes, show: Callable[[Json], Json]) -> bytes:
    """Return a field that is too large as JSON of the size that Opik takes.

    The value is shortened and then shown, so that a chat stays one; by how much, the size of what came out
    the last time tells. Should that not do, what is shown is shortened itself.
    """
    text, _ = dumps_lossy(value)
    carried, most = _plain(text, value), min(MAX_FIELD_BYTES, len(text) * MAX_FIELD_BYTES // len(shown))
    for _ in range(_TRIES):
        if most < LEAST:
            break
        text, _ = dumps_lossy(show(truncate(carried, most)))
        if len(text) <= MAX_FIELD_BYTES:
            return text
        most = most * MAX_FIELD_BYTES // len(text)
    return dumps(truncate(_plain(shown, show(value)), MAX_FIELD_BYTES))


def _plain(text: bytes, value: object) -> Json:
    """Return the plain JSON of a value that was written as a text; from the value where no stack is left."""
    try:
        return loads(text)
    except JsonError:
        return to_jsonable(value)[0]


def _coerced(ways: Sequence[JsonPath], path: str) -> Iterator[Diagnostic]:
    """Yield what JSON cannot carry of a value; where it can carry all, the shape around it nests too deep."""
    if not ways:
        yield Diagnostic("truncated", path, "nested too deep to be shown as a chat: the innermost was cut")
    places = Counter(place(path, way) for way in ways)
    for where, count in list(places.items())[:MAX_TOLD]:
        what = "the value as it is" if count == 1 else f"{count} of its values as they are"
        yield Diagnostic("coerced", where, f"JSON cannot carry {what}")
    more = len(ways) - sum(list(places.values())[:MAX_TOLD])
    if more:
        yield Diagnostic("coerced", path, f"JSON cannot carry {more} more values as they are")
