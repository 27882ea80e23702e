"""The caller's own keys of the request's `trace`: from attributes, and from the echo of the request.

Broadcast flattens: `trace.metadata.<key>` holds a scalar, JSON text for arrays and objects, or one part of
an object under a dotted key; `span.metadata.<key>` is a copy. The echo of the request's body, when it is
there, has the values as the caller wrote them, so its JSON types win where both agree.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields, from_json_text, is_array_or_object
from broadcast_core.readers.openrouter.prefixes import (
    PROVIDER_RESPONSES,
    RESERVED,
    SPAN_METADATA,
    TRACE_METADATA,
)
from broadcast_core.readers.trace_keys import KNOWN_KEYS
from broadcast_core.record.conversions import as_float, or_none

_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}
_MISSING = object()


def collect(fields: Fields, echo: dict[str, Json]) -> dict[str, Json]:
    """Take every custom key out of the fields, and out of the echo where it agrees."""
    custom = _take(fields, TRACE_METADATA)
    for key, value in _take(fields, SPAN_METADATA).items():
        if key not in custom:
            custom[key] = value
        elif custom[key] != value:
            fields.left[SPAN_METADATA + key] = value
    flattened = sorted(custom.keys() - echo.keys())
    for key in [key for key in echo if key not in KNOWN_KEYS]:
        if key not in custom or _agree(custom[key], echo[key]):
            custom[key] = echo.pop(key)
            for name, part in _parts(custom[key], key, flattened):
                if name in custom and _agree(custom[name], part):
                    del custom[name]
    return custom


def _take(fields: Fields, prefix: str) -> dict[str, Json]:
    keys = [
        key
        for key in fields.left
        if key.startswith(prefix) and not key.startswith(RESERVED) and key not in PROVIDER_RESPONSES
    ]
    return {key.removeprefix(prefix): fields.array_or_object(key) for key in keys}


def _parts(value: Json, key: str, names: list[str]) -> Iterator[tuple[str, Json]]:
    """Yield each of some sorted names that is the dotted path of a part below a key, with the part.

    A key may have dots of its own. Names that begin alike stand together, so each key of the value is
    looked up among the names that its own path begins, and never compared with all of them.
    """
    beginning = key + "."
    waiting = [(value, len(beginning), _alike(names, beginning, 0, range(len(names))))]
    while waiting:
        whole, start, below = waiting.pop()
        for head, part in whole.items() if below and isinstance(whole, dict) else ():
            found = _alike(names, head, start, below)
            if found and len(names[found.start]) == start + len(head):
                yield names[found.start], part
            waiting.append((part, start + len(head) + 1, _alike(names, head + ".", start, found)))


def _alike(names: list[str], text: str, start: int, among: range) -> range:
    """Return the range of sorted names, equal up to `start`, that continue with a text."""

    def next_letters(name: str) -> str:
        return name[start : start + len(text)]

    first = bisect_left(names, text, among.start, among.stop, key=next_letters)
    return range(first, bisect_right(names, text, first, among.stop, key=next_letters))


def _agree(flattened: Json, value: Json) -> bool:
    """Tell whether a flattened value can be what became of the caller's own."""
    if flattened == value or (is_array_or_object(value) and flattened == from_json_text(value)[0]):
        return True
    if not isinstance(flattened, str):
        return False
    if isinstance(value, bool) or value is None:
        return _WORDS.get(flattened.lower(), _MISSING) is value
    return isinstance(value, int | float) and or_none(as_float, flattened) == value
