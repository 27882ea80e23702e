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
    if not isinstance(chunk, dict):
        return False
    choices = chunk.get("choices")
    return any(map(_says_something, choices)) if isinstance(choices, list) else _is_delta(chunk)


def _is_delta(event: dict[str, Json]) -> bool:
    """Tell whether an event of another API lets something grow, or brings a picture."""
    kind, delta = event.get("type"), event.get("delta")
    if not isinstance(kind, str):
        return False
    if isinstance(delta, dict):
        return kind == "content_block_delta" and any(value for key, value in delta.items() if key != "type")
    return (kind.endswith(".delta") and bool(delta)) or kind == "image_generation.completed"


def _says_something(choice: Json) -> bool:
    if not isinstance(choice, dict):
        return False
    delta = choice.get("delta")
    parts = delta if isinstance(delta, dict) else {"text": choice.get("text")}
    return any(value for key, value in parts.items() if key != "role")
