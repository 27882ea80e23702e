"""What an Opik server takes, and how we keep within it: counts, bytes, text and times.

From Opik's backend (TraceBatch, SpanBatch, Trace, Span, ErrorInfo; server 2.1) and its documented limits of
the cloud: 1000 items and about 50 MB a request, about 20 MB a field.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from broadcast_core.diagnostic import Diagnostic
from broadcast_core.jsontext import Json, Way, dumps, dumps_anything, loads, without_lone_surrogates
from broadcast_core.request import Endpoint
from broadcast_core.shortening import CUT, LEAST, MARKER, shortened
from broadcast_opik.places import place

MAX_ITEMS = 1000
MAX_BODY_BYTES = 48_000_000
MAX_FIELD_BYTES = 15_000_000  # input, output and metadata of one row fit one body
MAX_TEXT, MAX_ERROR_TEXT = 10_000, 500_000  # bytes in JSON; ours, since a row must fit one body
MAX_TAGS, MAX_TAG = 50, 100  # of UTF-16 units, as Java counts
MAX_ENVIRONMENT = 150
MAX_PROJECT_NAME = 150
MAX_TOKENS = 2**31 - 1
MONEY_DECIMALS = 12
MAX_TOLD = 20  # places of one field that are told one by one

_TRIES = 5
_MOST_BYTES = 6  # that JSON has for a character: the control characters are written as \u0001

TRACES = Endpoint(
    name="traces",
    path="/v1/private/traces/batch",
    prefix=b'{"traces":[',
    suffix=b"]}",
    max_items=MAX_ITEMS,
    max_bytes=MAX_BODY_BYTES,
)
SPANS = Endpoint(
    name="spans",
    path="/v1/private/spans/batch",
    prefix=b'{"spans":[',
    suffix=b"]}",
    max_items=MAX_ITEMS,
    max_bytes=MAX_BODY_BYTES,
)

_NOT_IN_ENVIRONMENT = re.compile(r"[^A-Za-z0-9_-]+")


def clean(text: str) -> str:
    """Return text that every column of Opik holds: no NUL, no lone surrogates, no space around it."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return str(without_lone_surrogates(text.replace("\x00", ""))).strip()


def cleaned(text: str | None, path: str, notes: list[Diagnostic], most: int = MAX_TEXT) -> str | None:
    """Return the clean text, or None for blank; note what was changed beyond the space around it.

    `most` is in bytes as JSON writes them, so that a row is bounded whatever its texts are made of.
    """
    if text is None:
        return None
    result = clean(text)
    if result != text.strip():
        notes.append(Diagnostic("coerced", path, "NUL and lone surrogates were taken out"))
    if len(result) * _MOST_BYTES > most and (size := len(dumps(result)) - 2) > most:
        notes.append(Diagnostic("truncated", path, f"cut to {most} of {size} bytes"))
        result = shortened(result, most + 2)
    return result or None


def tags(values: frozenset[str] | tuple[str, ...], path: str, notes: list[Diagnostic]) -> list[str]:
    """Return at most 50 tags of at most 100 UTF-16 units, in order; those that are alike when cut once."""
    distinct = sorted({tag for value in values if (tag := clean(value))})
    short = list(dict.fromkeys(_tag(tag) for tag in distinct))[:MAX_TAGS]
    if short != distinct:
        what = f"Opik keeps {MAX_TAGS} tags of {MAX_TAG} characters; all of them are in the metadata"
        notes.append(Diagnostic("truncated", path, what))
    return short


def _tag(text: str) -> str:
    """Return as much as Opik keeps, without half of a character that has two units."""
    room = MAX_TAG
    for n, char in enumerate(text):
        room -= 2 if char > "\uffff" else 1
        if room < 0:
            return text[:n].rstrip()
    return text


def environment(value: object, path: str, notes: list[Diagnostic]) -> str | None:
    """Return the name of an environment in the letters that Opik takes."""
    if not isinstance(value, str) or not value.strip():
        return None
    name = _NOT_IN_ENVIRONMENT.sub("-", value.strip())[:MAX_ENVIRONMENT].strip("-")
    if name != value:
        notes.append(
            Diagnostic("coerced", path, f"Opik's environments take letters, digits, _ and -: {name!r}")
        )
    return name or None


def json_field(
    value: object, path: str, notes: list[Diagnostic], show: Callable[[Json], Json] = lambda value: value
) -> bytes:
    """Return a field as JSON, within the size that Opik takes; what had to give way is marked and noted.

    `show` gives a value the shape in which it is shown, and may make it larger.
    """
    text, changed = dumps_anything(show(value))
    if changed:
        notes += _coerced(dumps_anything(value)[1], path)
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
    text, _ = dumps_anything(value)
    carried, most = loads(text), min(MAX_FIELD_BYTES, len(text) * MAX_FIELD_BYTES // len(shown))
    for _ in range(_TRIES):
        if most < LEAST:
            break
        text, _ = dumps_anything(show(shortened(carried, most)))
        if len(text) <= MAX_FIELD_BYTES:
            return text
        most = most * MAX_FIELD_BYTES // len(text)
    return dumps(shortened(loads(shown), MAX_FIELD_BYTES))


def _coerced(ways: Sequence[Way], path: str) -> Iterator[Diagnostic]:
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
