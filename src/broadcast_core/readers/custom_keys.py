"""The caller's own keys of the request's `trace`: from attributes, and from the echo of the request.

Broadcast flattens: `trace.metadata.<key>` holds a scalar, JSON text for arrays and objects, or one part of
an object under a dotted key; `span.metadata.<key>` is a copy. The echo of the request's body, when it is
there, has the values as the caller wrote them, so its JSON types win where both agree.
"""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields, from_json_text

KNOWN_KEYS = ("trace_id", "trace_name", "span_name", "generation_name", "parent_span_id")
"""The keys of `trace` that OpenRouter consumes: https://openrouter.ai/docs/guides/features/broadcast."""

_TRACE, _SPAN = "trace.metadata.", "span.metadata."
_RESERVED = ("openrouter.", "openrouter_generation.")


def collect(fields: Fields, echo: Mapping[str, Json]) -> dict[str, Json]:
    """Take every custom key out of the fields and return them with their JSON types."""
    flat = _take(fields, _TRACE)
    for key, value in _take(fields, _SPAN).items():
        if key not in flat:
            flat[key] = value
        elif flat[key] != value:
            fields.left[_SPAN + key] = value
    custom = {key: from_json_text(value)[0] if _is_container(value) else value for key, value in flat.items()}
    for key, value in echo.items():
        if key not in KNOWN_KEYS and isinstance(key, str):
            _restore(custom, key, value)
    return custom


def _take(fields: Fields, prefix: str) -> dict[str, Json]:
    keys = [
        key
        for key in fields.left
        if key.startswith(prefix)
        and not key.endswith(".truncated")
        and not key.removeprefix(prefix).startswith(_RESERVED)
        and key != prefix + "provider_responses"
    ]
    return {key.removeprefix(prefix): fields.left.pop(key) for key in keys}


def _restore(custom: dict[str, Json], key: str, value: Json) -> None:
    """Put the caller's own value in place of what it was flattened to."""
    parts = [name for name in custom if name.startswith(key + ".")] if isinstance(value, dict) else []
    if key in custom and not _agree(custom[key], value):
        return
    for name in parts:
        if _agree(custom[name], _follow(value, name[len(key) + 1 :])):
            del custom[name]
    custom[key] = value


def _follow(value: Json, dotted: str) -> Json:
    """Return what stands at a dotted path, also where a key has dots of its own."""
    if not isinstance(value, dict):
        return None
    if dotted in value:
        return value[dotted]
    head, _, tail = dotted.partition(".")
    while tail:
        if head in value and (found := _follow(value[head], tail)) is not None:
            return found
        more, _, tail = tail.partition(".")
        head = f"{head}.{more}"
    return None


def _agree(flattened: Json, value: Json) -> bool:
    if flattened == value or flattened == str(value):
        return True
    if isinstance(value, bool) and flattened == str(value).lower():
        return True
    return isinstance(flattened, str) and from_json_text(flattened)[0] == value


def _is_container(value: Json) -> bool:
    return isinstance(value, str) and value.lstrip().startswith(("{", "["))
