"""What was said in a conversation as one text, for rules that look into input and output."""

from __future__ import annotations

from collections.abc import Iterator

from broadcast_core.jsontext import Json

_STRUCTURE = frozenset(
    {"role", "type", "id", "tool_call_id", "call_id", "finish_reason", "native_finish_reason"}
)


def spoken(value: Json) -> str | None:
    """Return every text in a value, a line each, without those that only name a role, a type or an id."""
    if value is None:
        return None
    return "\n".join(_texts(value))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not (key in _STRUCTURE and isinstance(item, str)):
                yield from _texts(item)
