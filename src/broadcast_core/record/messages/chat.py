"""Input and output as chat messages, the shape that most platforms show as a conversation.

Input becomes `{"messages": [...]}`, output `{"choices": [{"message": {"role": ..., "content": ...}}]}`, both
in OpenAI's spelling. A platform shows messages of certain roles: others get the nearest of these, and the
original role is kept beside it. Nothing is left out: what has the name of a part of the shape is beside it
under the next free name, as `content_`. Whatever cannot be read as a chat stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from broadcast_core.jsontext import Json, keep
from broadcast_core.jsontext.truncation import MARKER, is_marker
from broadcast_core.record.messages.responses import as_messages, as_one_message

CHAT_KEYS = frozenset({
    "annotations", "arguments", "call_id", "choices", "content", "data", "delta", "detail", "file",
    "filename", "finish_reason", "format", "function", "id", "image_url", "index", "input",
    "input_audio", "logprobs", "message", "messages", "metadata", "model", "name", "original_role",
    "output", "parameters", "prompt", "reasoning", "reasoning_content", "reasoning_details", "refusal",
    "response_format", "role", "summary", "text", "tool_call_id", "tool_calls", "tool_choice", "tools",
    "type", "url", "usage",
})  # fmt: skip
"""The keys that chats have, whoever talks: a message may name them, and no other key of content."""

INPUT_KEYS = ("messages", "prompt", "input")
"""The keys of a request that hold the input."""
_RESULT_KEYS = frozenset({"data", "embedding", "embeddings", "results"})  # vectors, images, rankings


@frozen
class Roles:
    """The roles whose messages a platform shows, and which of them stands for another."""

    known: tuple[str, ...]  # compared, since a role may be any JSON
    nearest: Mapping[str, str] = field(
        factory=lambda: {"developer": "system", "model": "assistant", "ai": "assistant", "bot": "assistant"}
    )

    __hash__ = None  # type: ignore[assignment]


OPENAI_ROLES = Roles(("system", "user", "assistant", "tool", "function"))


def chat_input(value: Json, roles: Roles = OPENAI_ROLES) -> Json:
    """Return an input as messages where it can be read so; anything else stays as it is."""
    if not isinstance(value, dict):
        messages = _messages(value, roles)
        return {"input": value} if messages is None else _marked({"messages": messages}, value)
    for key in INPUT_KEYS:
        if key in value and (key == "messages" or value.get("messages") is None):
            asked = value[key]
            messages = _messages(asked, roles)
            if messages is not None:
                rest = {name: item for name, item in value.items() if name not in (key, "messages")}
                return _marked({"messages": messages, **rest}, asked)
    return value


def chat_output(value: Json, roles: Roles = OPENAI_ROLES) -> Json:
    """Return an output as choices where it can be read so; anything else stays as it is.

    Vectors, images and rankings stand beside an empty choice: without it they would hide the input.
    """
    if isinstance(value, str):
        return {"choices": [{"index": 0, "message": {"role": "assistant", "content": value}}]}
    if not isinstance(value, dict):
        return {"output": value}
    choices = value.get("choices")
    if isinstance(choices, list):
        shown = [_choice(choice, roles) for choice in choices if not is_marker(choice)]
        return _marked({**value, "choices": shown}, choices)
    answered = as_one_message(value.get("output"))
    if choices is not None or (answered is None and not value.keys() & _RESULT_KEYS):
        return value
    answered = answered or {"role": "assistant", "content": None}
    return {**value, "choices": [{"index": 0, "message": answered}]}


def _messages(asked: Json, roles: Roles) -> list[Json] | None:
    """Return what was asked as messages that are rendered, or None where they cannot be made of it."""
    if isinstance(asked, str):
        return [{"role": "user", "content": asked}]
    if not isinstance(asked, list) or not asked:
        return None
    said = [one for one in asked if not is_marker(one)]
    if said and all(isinstance(part, str) for part in said):
        return [{"role": "user", "content": [{"type": "text", "text": text} for text in said]}]
    messages = as_messages(said)
    return None if not messages else [_with_known_role(message, "user", roles) for message in messages]


def _marked(shown: dict[str, Json], listed: Json) -> dict[str, Json]:
    """Add what a list says of its missing elements: as a message, it would hide the others."""
    found = [one[MARKER] for one in listed if is_marker(one)] if isinstance(listed, list) else []
    if found:
        keep(shown, MARKER, found[0] if len(found) == 1 else found)
    return shown


def _with_known_role(message: dict[str, Json], default: str, roles: Roles) -> dict[str, Json]:
    """Return a message whose role a platform shows, and with content."""
    role = message["role"]
    shown = message if "content" in message else {**message, "content": None}
    if role in roles.known:
        return shown
    shown = {**shown, "role": roles.nearest.get(str(role).lower(), default)}
    keep(shown, "original_role", role)
    return shown


def _choice(choice: Json, roles: Roles) -> Json:
    """Return a choice whose message has a role and, where something was said or made, content."""
    if not isinstance(choice, dict):
        return choice
    message = choice.get("message")
    if not isinstance(message, dict):
        text = choice.get("text")
        said = {"role": "assistant", "content": text}
        return {**choice, "message": said} if message is None and isinstance(text, str) else choice
    message = {"role": "assistant", **_with_content(message)}
    return {**choice, "message": _with_known_role(message, "assistant", roles)}


def _with_content(message: dict[str, Json]) -> dict[str, Json]:
    """Return a message that says what it refused, spoke or drew, where it has no other content."""
    if message.get("content") not in (None, "", []):
        return message
    refusal, audio, images = (message.get(name) for name in ("refusal", "audio", "images"))
    transcript = audio.get("transcript") if isinstance(audio, dict) else None
    said = next((one for one in (refusal, transcript) if isinstance(one, str) and one), None)
    if said is not None:
        return {**message, "content": said}
    if isinstance(images, list) and images:
        return {**{name: one for name, one in message.items() if name != "images"}, "content": images}
    return message
