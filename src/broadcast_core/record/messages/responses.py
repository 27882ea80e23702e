"""The items of the Responses API as chat messages: what a model was given, and what it answered.

https://platform.openai.com/docs/api-reference/responses: messages with parts, function calls, their
outputs, reasoning, pictures. What an item says beyond a message stays beside it; where a name is taken, under
the next free one.
"""

from __future__ import annotations

from attrs import define, field

from broadcast_core.jsontext import Json, keep
from broadcast_core.jsontext.truncation import is_marker
from broadcast_core.record.messages.blocks import from_blocks, has_blocks
from broadcast_core.record.messages.gathered import Gathered
from broadcast_core.record.messages.media import data_url, picture

_DONE = ("_call", "_call_output", "_list_tools", "_approval_request", "_approval_response", "_reference")
"""How the types of other items end: what the model did with tools of the provider's, and what came of it."""


def as_messages(items: list[Json]) -> list[dict[str, Json]] | None:
    """Return the messages that items make up; None when one of them is neither message nor known item."""
    messages: list[dict[str, Json]] = []
    for item in items:
        found = _messages(item)
        if found is None:
            return None
        messages += found
    return messages


def _messages(item: Json) -> list[dict[str, Json]] | None:
    if not isinstance(item, dict):
        return None
    if isinstance(item.get("role"), str):
        content = item.get("content")
        if has_blocks(content):
            return from_blocks(item)
        parts = [_part(part) for part in content] if isinstance(content, list) else content
        return [{**item, "content": parts}]
    kind = item.get("type")
    if kind in ("function_call", "custom_tool_call"):
        message: dict[str, Json] = {"role": "assistant", "content": item.get("content")}
        message["tool_calls"] = [_call(item)]
        return [_beside(message, item, ("name", "arguments", "input", "content"))]
    if kind in ("function_call_output", "custom_tool_call_output"):
        message = {"role": "tool", "tool_call_id": item.get("call_id"), "content": item.get("output")}
        return [_beside(message, item, ("output",))]
    if kind == "reasoning" or (isinstance(kind, str) and kind.endswith(_DONE)):
        return [_beside({"role": "assistant", "content": item.get("content")}, item, ("content",))]
    return None


def _beside(message: dict[str, Json], item: dict[str, Json], consumed: tuple[str, ...]) -> dict[str, Json]:
    """Return a message with what its item says beyond it; what it has said already is not repeated."""
    for key, value in item.items():
        is_known = isinstance(value, str | None) and key in message and value == message[key]
        if key not in consumed and not is_known:
            keep(message, key, value)
    return message


def _call(item: dict[str, Json]) -> dict[str, Json]:
    if item.get("type") == "custom_tool_call":
        asked = {"name": item.get("name"), "input": item.get("input")}
        return {"id": item.get("call_id"), "type": "custom", "custom": asked}
    function = {"name": item.get("name"), "arguments": item.get("arguments")}
    return {"id": item.get("call_id"), "type": "function", "function": function}


def _part(part: Json) -> Json:
    """Return a part of a message under the type that chats have for it."""
    if not isinstance(part, dict):
        return part
    if part.get("type") in ("input_text", "output_text"):
        return {**part, "type": "text"}
    if part.get("type") == "input_image" and isinstance(part.get("image_url"), str):
        return {**part, "type": "image_url", "image_url": {"url": part["image_url"]}}
    return part


@define
class Answer:
    """The answer that output items make up, and what they say beyond it, each item in its place."""

    gathered: Gathered = field(factory=Gathered)
    rest: list[Json] = field(factory=list)

    def message(self) -> dict[str, Json]:
        """Return it as the message of a choice."""
        return self.gathered.answer()

    def add(self, item: Json) -> bool:
        """Take what chats have of an item; False for what is no output of a model."""
        if not isinstance(item, dict) or item.get("role", "assistant") != "assistant":
            return False
        kind, taken = item.get("type"), tuple[str, ...]()
        if "role" in item or kind == "message":
            taken = self._say(item)
        elif kind in ("function_call", "custom_tool_call"):
            self.gathered.calls.append(_call(item))
            taken = ("call_id", "name", "arguments" if kind == "function_call" else "input")
        elif kind == "reasoning":
            taken = self._think(item)
        elif kind == "image_generation_call" and isinstance(item.get("result"), str):
            self.gathered.parts.append(picture(data_url(item["result"])))
            taken = ("result",)
        elif not isinstance(kind, str):
            return False
        self.rest.append({key: value for key, value in item.items() if key not in taken})
        return True

    def _say(self, item: dict[str, Json]) -> tuple[str, ...]:
        content = item.get("content")
        if isinstance(content, str):
            self.gathered.parts.append({"type": "text", "text": content})
        elif isinstance(content, list):
            for part in content:
                self._say_part(part)
        else:
            return ()
        return ("content",)

    def _say_part(self, part: Json) -> None:
        if isinstance(part, dict) and part.keys() == {"type", "refusal"} and isinstance(part["refusal"], str):
            self.gathered.refusals.append(part["refusal"])
        else:
            self.gathered.parts.append(_part(part))

    def _think(self, item: dict[str, Json]) -> tuple[str, ...]:
        texts, summaries = _texts(item.get("content")), _texts(item.get("summary"))
        if texts is None or summaries is None:
            return ()
        signature = {"signature": item["signature"]} if item.get("signature") else {}
        self.gathered.thoughts += texts or summaries
        self.gathered.details += [{"type": "reasoning.text", "text": text, **signature} for text in texts]
        self.gathered.details += [{"type": "reasoning.summary", "summary": text} for text in summaries]
        if item.get("encrypted_content"):
            self.gathered.details.append({"type": "reasoning.encrypted", "data": item["encrypted_content"]})
        return ("content", "summary", "encrypted_content", *signature)


def as_answer(output: Json) -> Answer | None:
    """Return the answer that output items make up; None for none."""
    items = [item for item in output if not is_marker(item)] if isinstance(output, list) else []
    answer = Answer()
    return answer if items and all(map(answer.add, items)) else None


def _texts(parts: Json) -> list[str] | None:
    """Return the texts of plain parts; None where one of them says more."""
    if parts is None:
        return []
    if not isinstance(parts, list):
        return None
    found = [
        part.get("text") if isinstance(part, dict) and part.keys() <= {"type", "text"} else None
        for part in parts
    ]
    texts = [text for text in found if isinstance(text, str)]
    return texts if len(texts) == len(found) else None
