"""Content in the shapes that Opik's Messages view and thread view render.

Input is `{"messages": [...]}` with the roles system, user, assistant, tool and function: one message of
another role hides the view, so others are shown under the nearest of these and the original role is kept
beside it. Output is `{"choices": [{"message": {"role": ..., "content": ...}}]}`. Nothing that was said is
left out: what has the name of a part of the shape is beside it under the next free name, as `content_`.
Whatever cannot be read as a chat stays as it is. From Opik's front end (PrettyLLMMessage and lib/traces.ts).
"""

from __future__ import annotations

from broadcast_core.jsontext import Json, keep
from broadcast_core.jsontext.truncation import MARKER, is_marker
from broadcast_opik.responses import as_messages, as_one_message

_ROLES = ("system", "user", "assistant", "tool", "function")  # compared, since a role may be any JSON
_NEAREST = {"developer": "system", "model": "assistant", "ai": "assistant", "bot": "assistant"}
_MADE = frozenset({"data", "embedding", "embeddings", "results"})
_ASKED = ("messages", "prompt", "input")


def shown_input(value: Json) -> Json:
    """Return what was asked, as messages where it can be read so; anything else stays as it is."""
    if not isinstance(value, dict):
        messages = _messages(value)
        return {"input": value} if messages is None else _marked({"messages": messages}, value)
    for key in _ASKED:
        if key in value and (key == "messages" or value.get("messages") is None):
            asked = value[key]
            messages = _messages(asked)
            if messages is not None:
                rest = {name: item for name, item in value.items() if name not in (key, "messages")}
                return _marked({"messages": messages, **rest}, asked)
    return value


def shown_output(value: Json) -> Json:
    """Return what was answered, as choices where it can be read so; anything else stays as it is.

    Vectors, images and rankings stand beside an empty choice: without it they would hide what was asked.
    """
    if isinstance(value, str):
        return {"choices": [{"index": 0, "message": {"role": "assistant", "content": value}}]}
    if not isinstance(value, dict):
        return {"output": value}
    choices = value.get("choices")
    if isinstance(choices, list):
        shown = [_choice(one) for one in choices if not is_marker(one)]
        return _marked({**value, "choices": shown}, choices)
    answered = as_one_message(value.get("output"))
    if choices is not None or (answered is None and not value.keys() & _MADE):
        return value
    answered = answered or {"role": "assistant", "content": None}
    return {**value, "choices": [{"index": 0, "message": answered}]}


def _messages(asked: Json) -> list[Json] | None:
    """Return what was asked as messages that are rendered, or None where they cannot be made of it."""
    if isinstance(asked, str):
        return [{"role": "user", "content": asked}]
    if not isinstance(asked, list) or not asked:
        return None
    said = [one for one in asked if not is_marker(one)]
    if said and all(isinstance(part, str) for part in said):
        return [{"role": "user", "content": [{"type": "text", "text": text} for text in said]}]
    messages = as_messages(said)
    return None if not messages else [_rendered(one, "user") for one in messages]


def _marked(shown: dict[str, Json], listed: Json) -> dict[str, Json]:
    """Add what a list says of its missing elements: as a message, it would hide the others."""
    found = [one[MARKER] for one in listed if is_marker(one)] if isinstance(listed, list) else []
    if found:
        keep(shown, MARKER, found[0] if len(found) == 1 else found)
    return shown


def _rendered(message: dict[str, Json], otherwise: str) -> dict[str, Json]:
    role = message["role"]
    shown = message if "content" in message else {**message, "content": None}
    if role in _ROLES:
        return shown
    shown = {**shown, "role": _NEAREST.get(str(role).lower(), otherwise)}
    keep(shown, "original_role", role)
    return shown


def _choice(choice: Json) -> Json:
    """Return a choice whose message has a role and, where something was said or made, content."""
    if not isinstance(choice, dict):
        return choice
    message = choice.get("message")
    if not isinstance(message, dict):
        text = choice.get("text")
        said = {"role": "assistant", "content": text}
        return {**choice, "message": said} if message is None and isinstance(text, str) else choice
    return {**choice, "message": _rendered({"role": "assistant", **_with_content(message)}, "assistant")}


def _with_content(message: dict[str, Json]) -> dict[str, Json]:
    """Return a message that says what it refused, spoke or drew, where it has no other content."""
    if message.get("content") not in (None, "", []):
        return message
    refusal, audio, images = (message.get(name) for name in ("refusal", "audio", "images"))
    spoken = audio.get("transcript") if isinstance(audio, dict) else None
    said = next((one for one in (refusal, spoken) if isinstance(one, str) and one), None)
    if said is not None:
        return {**message, "content": said}
    if isinstance(images, list) and images:
        return {**{name: one for name, one in message.items() if name != "images"}, "content": images}
    return message
