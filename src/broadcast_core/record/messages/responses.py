"""The items of the Responses API as chat messages: what a model was given, and what it answered.

https://platform.openai.com/docs/api-reference/responses: messages with parts, function calls, their
outputs, reasoning. What an item says beyond a message stays beside it; where a name is taken, under the next
free one.
"""

from __future__ import annotations

from broadcast_core.jsontext import Json, keep
from broadcast_core.jsontext.truncation import is_marker

_DONE = ("_call", "_call_output", "_list_tools", "_approval_request", "_approval_response", "_reference")
"""How the types of other items end: what the model did with tools of the provider's, and what came of it."""
_TEXTS = ("input_text", "output_text", "text", "summary_text", "refusal")


def as_messages(items: list[Json]) -> list[dict[str, Json]] | None:
    """Return the messages that items make up; None when one of them is neither message nor known item."""
    messages = [_message(item) for item in items]
    return None if None in messages else [message for message in messages if message is not None]


def as_one_message(output: Json) -> dict[str, Json] | None:
    """Return the answer that output items make up: its texts in a row, and its calls; None for none."""
    items = [item for item in output if not is_marker(item)] if isinstance(output, list) else []
    messages = as_messages(items)
    if not messages or any(message["role"] != "assistant" for message in messages):
        return None
    texts = [text for message in messages for text in _texts(message.get("content"))]
    called = [message.get("tool_calls") for message in messages]
    calls = [call for some in called if isinstance(some, list) for call in some]
    answer: dict[str, Json] = {"role": "assistant", "content": "\n".join(texts) or None}
    return {**answer, "tool_calls": calls} if calls else answer


def _message(item: Json) -> dict[str, Json] | None:
    if not isinstance(item, dict):
        return None
    if isinstance(item.get("role"), str):
        content = item.get("content")
        parts = [_part(part) for part in content] if isinstance(content, list) else content
        return {**item, "content": parts}
    kind = item.get("type")
    if kind == "function_call":
        function = {"name": item.get("name"), "arguments": item.get("arguments")}
        call = {"id": item.get("call_id"), "type": "function", "function": function}
        message = {"role": "assistant", "content": item.get("content"), "tool_calls": [call]}
        return _beside(message, item, ("name", "arguments", "content"))
    if kind == "function_call_output":
        message = {"role": "tool", "tool_call_id": item.get("call_id"), "content": item.get("output")}
        return _beside(message, item, ("output",))
    if kind == "reasoning" or (isinstance(kind, str) and kind.endswith(_DONE)):
        return _beside({"role": "assistant", "content": item.get("content")}, item, ("content",))
    return None


def _beside(message: dict[str, Json], item: dict[str, Json], consumed: tuple[str, ...]) -> dict[str, Json]:
    """Return a message with what its item says beyond it; what it has said already is not repeated."""
    for key, value in item.items():
        is_known = isinstance(value, str | None) and key in message and value == message[key]
        if key not in consumed and not is_known:
            keep(message, key, value)
    return message


def _part(part: Json) -> Json:
    """Return a part of a message under the type that chats have for it."""
    if not isinstance(part, dict):
        return part
    if part.get("type") in ("input_text", "output_text"):
        return {**part, "type": "text"}
    if part.get("type") == "input_image" and isinstance(part.get("image_url"), str):
        return {**part, "type": "image_url", "image_url": {"url": part["image_url"]}}
    return part


def _texts(content: Json) -> list[str]:
    if isinstance(content, str):
        return [content]
    parts = content if isinstance(content, list) else []
    found = [
        part.get("text", part.get("refusal"))
        for part in parts
        if isinstance(part, dict) and part.get("type") in _TEXTS
    ]
    return [text for text in found if isinstance(text, str)]
