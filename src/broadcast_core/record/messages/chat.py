"""Input and output as chat messages, the shape that most platforms show as a conversation.

Input becomes `{"messages": [...]}`, output `{"choices": [{"message": {"role": ..., "content": ...}}]}`, both
in OpenAI's spelling. A platform shows messages of certain roles: others get the nearest of these, and the
original role is kept beside it. Nothing is left out: what has the name of a part of the shape is beside it
under the next free name, as `content_`. Whatever cannot be read as a chat stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from attrs import field, frozen

from broadcast_core.jsontext import Json, keep
from broadcast_core.jsontext.truncation import MARKER, is_marker
from broadcast_core.record.messages.blocks import answer_from_blocks
from broadcast_core.record.messages.finish import finish_of
from broadcast_core.record.messages.gathered import simple_content
from broadcast_core.record.messages.media import drawn
from broadcast_core.record.messages.responses import as_answer, as_messages

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
"""The keys of a request that hold what is said to a model."""
_SYSTEM = ("instructions", "system")
"""What comes first, where an API has it beside the messages."""
_REFERENCES = ("frame_images", "input_references")
_BESIDE = frozenset(_SYSTEM)
_RESULT_KEYS = frozenset({"data", "embedding", "embeddings", "results"})  # vectors, rankings


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
    """Return an input as messages where it can be read so; anything else stays as it is.

    A system prompt that stands beside the messages comes first. A query, a recording and a description with
    pictures are what the user said; the documents of a ranking stand beside it.
    """
    if not isinstance(value, dict):
        messages = _messages(value, roles)
        return {"input": value} if messages is None else _marked({"messages": messages}, value)
    for key in INPUT_KEYS:
        if key in value and (key == "messages" or value.get("messages") is None):
            asked = value[key]
            messages = _messages(asked, roles)
            if messages is not None:
                shown = _with_messages(value, key, messages, roles)
                return shown if messages is asked else _marked(shown, asked)
    return _as_question(value)


def _with_messages(value: dict[str, Json], key: str, messages: list[Json], roles: Roles) -> dict[str, Json]:
    """Return an input with its messages, the system prompt first and what was drawn from last."""
    if messages is value.get("messages") and next(iter(value)) == "messages" and not value.keys() & _BESIDE:
        return value
    used = {key, "messages"}
    for name in _SYSTEM:
        asked = value.get(name)
        said = _system(asked, roles)
        if said:
            messages = [*said, *messages]
            used.add(name)
    if key == "prompt" and isinstance(value["prompt"], str):
        found = {name: value[name] for name in _REFERENCES if _are_parts(value.get(name))}
        if found:
            parts = [{"type": "text", "text": value["prompt"]}, *chain.from_iterable(found.values())]
            messages, used = [{"role": "user", "content": parts}], used | found.keys()
    return {"messages": messages, **{name: item for name, item in value.items() if name not in used}}


def _system(asked: Json, roles: Roles) -> list[Json]:
    """Return a system prompt as messages: a text, blocks of text, or items with roles of their own."""
    if isinstance(asked, str):
        return [_with_known_role({"role": "system", "content": asked}, "system", roles)] if asked else []
    if not isinstance(asked, list) or not asked:
        return []
    if all(isinstance(one, dict) and "role" not in one and "text" in one for one in asked):
        return [_with_known_role({"role": "system", "content": simple_content(asked)}, "system", roles)]
    return _messages(asked, roles) or []


def _are_parts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and "type" in one for one in value)


def _as_question(value: dict[str, Json]) -> Json:
    """Return a query, or a recording, as what the user said; anything else stays as it is."""
    said: Json = None
    if isinstance(value.get("query"), str):
        key, said = "query", value["query"]
    elif isinstance(value.get("input_audio"), dict):
        key, said = "input_audio", [{"type": "input_audio", "input_audio": value["input_audio"]}]
    if said is None or "messages" in value:
        return value
    return {"messages": [{"role": "user", "content": said}], **_without(value, (key,))}


def chat_output(value: Json, roles: Roles = OPENAI_ROLES) -> Json:
    """Return an output as choices where it can be read so; anything else stays as it is.

    Why it ended stands in the choice. Vectors and rankings stand beside an empty choice: without it they
    would hide the input.
    """
    if isinstance(value, str):
        return {"choices": [{"index": 0, "message": {"role": "assistant", "content": value}}]}
    if not isinstance(value, dict):
        return {"output": value}
    choices = value.get("choices")
    if isinstance(choices, list):
        if all(_is_choice(choice, roles) for choice in choices):
            return value
        shown = [_choice(choice, roles) for choice in choices if not is_marker(choice)]
        return _marked({**value, "choices": shown}, choices)
    if choices is not None:
        return value
    answered, rest = _answered(value)
    if answered is None and not value.keys() & _RESULT_KEYS:
        return value
    choice: dict[str, Json] = {"index": 0, "message": answered or {"role": "assistant", "content": None}}
    finish = finish_of(value)
    if finish.word is not None:
        choice["finish_reason"] = finish.word
    if finish.native is not None:
        choice["native_finish_reason"] = finish.native
    return {**rest, "choices": [choice]}


def _answered(value: dict[str, Json]) -> tuple[dict[str, Json] | None, dict[str, Json]]:
    """Return the message of an output that has no choices, and what is not in it."""
    if (answer := as_answer(value.get("output"))) is not None:
        marks = [item for item in value["output"] if is_marker(item)]
        return answer.message(), {**value, "output": [*answer.rest, *marks]}
    content, data = value.get("content"), value.get("data")
    if isinstance(content, list) and content:
        return answer_from_blocks(content), _without(value, ("content", "stop_reason"))
    pictures = [drawn(item) for item in data] if isinstance(data, list) else []
    if pictures and None not in pictures:
        return {"role": "assistant", "content": pictures}, _without(value, ("data",))
    if isinstance(value.get("text"), str):
        return {"role": "assistant", "content": value["text"]}, _without(value, ("text",))
    if isinstance(value.get("audio"), dict):
        said = [{"type": "audio", "audio": value["audio"]}]
        return {"role": "assistant", "content": said}, _without(value, ("audio",))
    films = value.get("unsigned_urls")
    if isinstance(films, list) and films and all(isinstance(url, str) for url in films):
        parts = [{"type": "video_url", "video_url": {"url": url}} for url in films]
        return {"role": "assistant", "content": parts}, _without(value, ("unsigned_urls",))
    return None, value


def _without(values: dict[str, Json], keys: tuple[str, ...]) -> dict[str, Json]:
    return {key: value for key, value in values.items() if key not in keys}


def _messages(asked: Json, roles: Roles) -> list[Json] | None:
    """Return what was asked as messages that are rendered, or None where they cannot be made of it."""
    if isinstance(asked, str):
        return [{"role": "user", "content": asked}]
    if not isinstance(asked, list) or not asked:
        return None
    if _are_shown(asked, roles):
        return asked
    said = [one for one in asked if not is_marker(one)]
    if said and all(isinstance(part, str) for part in said):
        return [{"role": "user", "content": [{"type": "text", "text": text} for text in said]}]
    messages = as_messages(said)
    return None if not messages else [_with_known_role(message, "user", roles) for message in messages]


def _are_shown(messages: list[Json], roles: Roles) -> bool:
    """Tell whether messages are shown as they are: of a known role, with a text or nothing as content."""
    known = roles.known
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in known:
            return False
        content = message.get("content", ())
        if content is not None and not isinstance(content, str):
            return False
    return True


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


def _is_choice(choice: Json, roles: Roles) -> bool:
    """Tell whether a choice is shown as it is: its message has a known role in front, and content."""
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict) or next(iter(message), None) != "role":
        return False
    return bool(message["role"] in roles.known and message.get("content"))


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
