"""Where in a stream the first words of the answer stand: a comment or a role is none."""

from __future__ import annotations

from broadcast_core.jsontext import Json, JsonError, loads_lenient

_DATA = b"data:"


def end_of_first_words(text: bytes) -> int | None:
    """Return the offset behind the first line with words of the model, or None."""
    start = 0
    while start < len(text):
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end
        if _has_words(text[start:end].strip()):
            return end
        start = end + 1
    return None


def _has_words(line: bytes) -> bool:
    if not line.startswith(_DATA):
        return False
    try:
        chunk, _ = loads_lenient(line.removeprefix(_DATA).decode("utf-8", "replace"))
    except JsonError:
        return False
    choices = chunk.get("choices") if isinstance(chunk, dict) else None
    return isinstance(choices, list) and any(map(_says_something, choices))


def _says_something(choice: Json) -> bool:
    if not isinstance(choice, dict):
        return False
    delta = choice.get("delta")
    parts = delta if isinstance(delta, dict) else {"text": choice.get("text")}
    return any(value for key, value in parts.items() if key != "role")
