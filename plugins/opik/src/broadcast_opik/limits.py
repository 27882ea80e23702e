"""What an Opik server takes, and how we keep within it: counts, bytes, text and times.

From Opik's backend (TraceBatch, SpanBatch, Trace, Span, ErrorInfo; server 2.1) and its documented limits of
the cloud: 1000 items and about 50 MB a request, about 20 MB a field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from broadcast_core.diagnostic import Diagnostic
from broadcast_core.jsontext import Json, dumps, dumps_anything, loads, without_lone_surrogates
from broadcast_core.request import Endpoint
from broadcast_core.shortening import CUT, shortened

MAX_ITEMS = 1000
MAX_BODY_BYTES = 48_000_000
MAX_FIELD_BYTES = 15_000_000  # input, output and metadata of one row fit one body
MAX_TEXT, MAX_ERROR_TEXT = 10_000, 500_000  # ours: Opik has no limit of its own, and a row must fit one body
MAX_TAGS, MAX_TAG = 50, 100
MAX_ENVIRONMENT = 150
MAX_PROJECT_NAME = 150
MAX_TOKENS = 2**31 - 1
MONEY_DECIMALS = 12
MAX_TOLD = 20  # places of one field that are told one by one

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
    """Return the clean text, or None for blank; note what was changed beyond the space around it."""
    if text is None:
        return None
    result = clean(text)
    if result != text.strip():
        notes.append(Diagnostic("coerced", path, "NUL and lone surrogates were taken out"))
    if len(result) > most:
        notes.append(Diagnostic("truncated", path, f"cut to {most} of {len(result)} characters"))
        result = result[: most - len(CUT)] + CUT
    return result or None


def tags(values: frozenset[str] | tuple[str, ...], path: str, notes: list[Diagnostic]) -> list[str]:
    """Return at most 50 tags of at most 100 characters, in order."""
    distinct = sorted({tag for value in values if (tag := clean(value))})
    short = [tag[:MAX_TAG] for tag in distinct[:MAX_TAGS]]
    if short != distinct:
        what = f"Opik keeps {MAX_TAGS} tags of {MAX_TAG} characters; all of them are in the metadata"
        notes.append(Diagnostic("truncated", path, what))
    return short


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

    `show` gives a value the shape in which it is shown.
    """
    text, changed = dumps_anything(show(value))
    if changed:
        notes += _coerced(dumps_anything(value)[1], path)
    if len(text) <= MAX_FIELD_BYTES:
        return text
    what = f"{len(text)} bytes, and Opik takes about {MAX_FIELD_BYTES} a field: the longest parts were cut"
    notes.append(Diagnostic("truncated", path, what))
    carried = loads(dumps_anything(value)[0])
    return dumps(show(shortened(carried, MAX_FIELD_BYTES)))


def _coerced(places: Sequence[str], path: str) -> Iterator[Diagnostic]:
    """Yield what JSON cannot carry of a value; where it can carry all, the shape around it nests too deep."""
    if not places:
        yield Diagnostic("truncated", path, "nested too deep to be shown as a chat: the innermost was cut")
    for place in places[:MAX_TOLD]:
        yield Diagnostic("coerced", path + place[1:], "JSON cannot carry the value as it is")
    if len(places) > MAX_TOLD:
        more = len(places) - MAX_TOLD
        yield Diagnostic("coerced", path, f"JSON cannot carry {more} more values as they are")
