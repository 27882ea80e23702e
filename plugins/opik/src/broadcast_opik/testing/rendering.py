"""Section 6: what the page makes of input and output, from PrettyLLMMessage and lib/traces.ts."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json

ROLES = frozenset({"system", "user", "assistant", "tool", "function"})


def shows_messages(row: Mapping[str, Json]) -> bool:
    """Tell whether the Messages tab appears: a side is recognised, and none that says something is not."""
    asked, answered = row.get("input"), row.get("output")
    recognised = [_is_input(asked) if asked else None, _is_output(answered) if answered else None]
    return True in recognised and False not in recognised


def question(row: Mapping[str, Json]) -> str | None:
    """Return what a thread shows as the question, the user's last message; None where it shows JSON."""
    asked = row.get("input")
    messages = asked.get("messages") if isinstance(asked, Mapping) else asked
    said = [one for one in messages or () if isinstance(one, Mapping) and one.get("role") == "user"]
    return _text(said[-1].get("content")) if said else None


def answer(row: Mapping[str, Json]) -> str | None:
    """Return what a thread shows as the answer: the text of the last choice; None where it shows JSON."""
    answered = row.get("output")
    choices = answered.get("choices") if isinstance(answered, Mapping) else None
    message = choices[-1].get("message") if isinstance(choices, list) and choices else None
    content = message.get("content") if isinstance(message, Mapping) else None
    return content if isinstance(content, str) and content else None


def _text(content: Json) -> str | None:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part["text"] for part in parts if isinstance(part, Mapping) and part.get("type") == "text"]
    return texts[-1] if texts else None


def _is_input(asked: Json) -> bool:
    messages = asked.get("messages") if isinstance(asked, Mapping) else asked
    return isinstance(messages, list) and bool(messages) and all(map(_is_message, messages))


def _is_message(message: Json) -> bool:
    """A role that is known; a tool message needs its content."""
    if not isinstance(message, Mapping) or message.get("role") not in ROLES:
        return False
    return message["role"] != "tool" or "content" in message


def _is_output(answered: Json) -> bool:
    if not isinstance(answered, Mapping):
        return False
    choices = answered.get("choices")
    if choices is None:
        return isinstance(answered.get("text"), str)
    return isinstance(choices, list) and bool(choices) and all(map(_is_choice, choices))


def _is_choice(choice: Json) -> bool:
    message = choice.get("message") if isinstance(choice, Mapping) else None
    return isinstance(message, Mapping) and message.get("role") in ROLES
