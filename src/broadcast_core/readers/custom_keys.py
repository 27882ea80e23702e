"""The caller's own keys of the request's `trace`: from attributes, and from the echo of the request.

Broadcast flattens: `trace.metadata.<key>` holds a scalar, JSON text for arrays and objects, or one part of
an object under a dotted key; `span.metadata.<key>` is a copy. The echo of the request's body, when it is
there, has the values as the caller wrote them, so its JSON types win where both agree.
"""

from __future__ import annotations

from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields, as_float, from_json_text, is_array_or_object, or_none
from broadcast_core.readers.prefixes import PROVIDER_RESPONSES, RESERVED, SPAN_METADATA, TRACE_METADATA

KNOWN_KEYS = ("trace_id", "trace_name", "span_name", "generation_name", "parent_span_id")
"""The keys of `trace` that OpenRouter consumes: https://openrouter.ai/docs/guides/features/broadcast."""

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
    for key in [key for key in echo if key not in KNOWN_KEYS]:
        if key not in custom or _agree(custom[key], echo[key]):
            _restore(custom, key, echo.pop(key))
    return custom


def _take(fields: Fields, prefix: str) -> dict[str, Json]:
    keys = [
        key
        for key in fields.left
        if key.startswith(prefix) and not key.startswith(RESERVED) and key not in PROVIDER_RESPONSES
    ]
    return {key.removeprefix(prefix): fields.array_or_object(key) for key in keys}


def _restore(custom: dict[str, Json], key: str, value: Json) -> None:
    """Put the caller's own value in place of what it was flattened to."""
    if isinstance(value, dict):
        for name in [name for name in custom if name.startswith(key + ".")]:
            part = _follow(value, name[len(key) + 1 :])
            if part is not _MISSING and _agree(custom[name], part):
                del custom[name]
    custom[key] = value


def _follow(value: Json, dotted: str) -> Json:
    """Return what stands at a dotted path, also where a key has dots of its own."""
    if not isinstance(value, dict):
        return _MISSING
    if dotted in value:
        return value[dotted]
    head, _, tail = dotted.partition(".")
    while tail:
        if head in value and (found := _follow(value[head], tail)) is not _MISSING:
            return found
        more, _, tail = tail.partition(".")
        head = f"{head}.{more}"
    return _MISSING


def _agree(flattened: Json, value: Json) -> bool:
    """Tell whether a flattened value can be what became of the caller's own."""
    if flattened == value or (is_array_or_object(value) and flattened == from_json_text(value)[0]):
        return True
    if not isinstance(flattened, str):
        return False
    if isinstance(value, bool) or value is None:
        return _WORDS.get(flattened.lower(), _MISSING) is value
    return isinstance(value, int | float) and or_none(as_float, flattened) == value
