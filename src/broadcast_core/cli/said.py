"""The last question of the user and the answer of the model, as one text each."""

from __future__ import annotations

from attrs import frozen

from broadcast_core.jsontext import Json
from broadcast_core.record.generation import Content


@frozen
class Said:
    """What was asked last and what was answered; None when there is no such text."""

    asked: str | None = None
    answered: str | None = None


def said(content: Content, most: int) -> Said:
    """Return what a generation's content says, each text cut."""
    return Said(_cut(_asked(content.input), most), _cut(_answered(content.output), most))


def _cut(text: str | None, most: int) -> str | None:
    """Return the beginning of a text: spaces joined, and a little more than will be shown."""
    return None if text is None else " ".join(text[: most * 4].split())


def _asked(value: Json) -> str | None:
    if not isinstance(value, dict):
        return _text(value)
    messages = value.get("messages", value.get("input"))
    if isinstance(messages, list) and any(isinstance(message, dict) for message in messages):
        asked = [one for one in messages if isinstance(one, dict) and one.get("role") == "user"]
        return _text(asked[-1].get("content")) if asked else None
    return _text(value.get("prompt", messages))


def _answered(value: Json) -> str | None:
    if not isinstance(value, dict):
        return _text(value)
    choice = _first(value.get("choices"))
    message = choice.get("message", choice)
    if isinstance(message, dict) and message:
        return _text(message.get("content", message.get("text"))) or _calls(message.get("tool_calls"))
    return _text(value.get("output", value.get("text")))


def _first(items: Json) -> dict[str, Json]:
    return items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}


def _text(value: Json) -> str | None:
    """Return the texts of a content value: a text, or parts of which some are texts."""
    if isinstance(value, str):
        return value or None
    if not isinstance(value, list):
        return None
    return " ".join(text for part in value if (text := _part(part))) or None


def _part(part: Json) -> str | None:
    if not isinstance(part, dict):
        return _text(part)
    kind = part.get("type")
    return (
        _text(part.get("text"))
        or _text(part.get("content"))
        or (f"[{kind}]" if isinstance(kind, str) else None)
    )


def _calls(calls: Json) -> str | None:
    functions = (
        [call.get("function") for call in calls or () if isinstance(call, dict)]
        if isinstance(calls, list)
        else []
    )
    names = [str(function.get("name")) for function in functions if isinstance(function, dict)]
    return f"[calls {', '.join(names)}]" if names else None
