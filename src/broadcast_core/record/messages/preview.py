"""A preview of a conversation: the last question of the user and the answer of the model."""

from __future__ import annotations

from attrs import frozen

from broadcast_core.jsontext import Json
from broadcast_core.record.generation import Content
from broadcast_core.record.messages.chat import chat_input, chat_output


@frozen
class ConversationPreview:
    """The last question and the answer; None when there is no such text."""

    question: str | None = None
    answer: str | None = None


def preview_of(content: Content, max_chars: int) -> ConversationPreview:
    """Return the last question and the answer of a generation, each cut to a little more than `max_chars`."""
    return ConversationPreview(
        _cut(_question(content.input), max_chars), _cut(_answer(content.output), max_chars)
    )


def _cut(text: str | None, max_chars: int) -> str | None:
    """Return the beginning of a text: spaces joined, and a little more than will be shown."""
    return None if text is None else " ".join(text[: max_chars * 4].split())


def _question(value: Json) -> str | None:
    shown = chat_input(value)
    messages = shown.get("messages") if isinstance(shown, dict) else None
    if not isinstance(messages, list):
        return _text(shown.get("input")) if isinstance(shown, dict) else None
    questions = [item for item in messages if isinstance(item, dict) and item.get("role") == "user"]
    return _text(questions[-1].get("content")) if questions else None


def _answer(value: Json) -> str | None:
    shown = chat_output(value)
    if not isinstance(shown, dict):
        return None
    choice = _first(shown.get("choices"))
    message = choice.get("message", choice)
    if isinstance(message, dict) and message:
        return _text(message.get("content", message.get("text"))) or _calls(message.get("tool_calls"))
    return _text(shown.get("output", shown.get("text")))


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
