"""Messages of blocks, as Anthropic's Messages API has them, as chat messages.

https://docs.anthropic.com/en/api/messages: texts, thinking, pictures, documents, calls of tools and their
results. What a block says beyond a part of a chat stays beside it, and blocks of other kinds are kept.
"""

from __future__ import annotations

from attrs import define, field

from broadcast_core.jsontext import Json, dumps_lossy, keep
from broadcast_core.record.messages.gathered import Gathered, simple_content
from broadcast_core.record.messages.media import from_source

_OWN = ("tool_use", "tool_result", "thinking", "redacted_thinking", "server_tool_use")
_WITH_SOURCE = ("image", "document")


def has_blocks(content: Json) -> bool:
    """Tell whether a content has a block that chats do not have."""
    return isinstance(content, list) and any(map(_is_own, content))


def _is_own(block: Json) -> bool:
    if not isinstance(block, dict):
        return False
    return block.get("type") in _OWN or (block.get("type") in _WITH_SOURCE and "source" in block)


def from_blocks(message: dict[str, Json]) -> list[dict[str, Json]]:
    """Return a message as chat messages: first the results of tools, each by itself, then what is left."""
    sorted_ = _Sorted()
    blocks = message.get("content")
    for block in blocks if isinstance(blocks, list) else [blocks]:
        sorted_.add(block)
    return [*sorted_.results, *sorted_.message(message)]


def answer_from_blocks(content: list[Json]) -> dict[str, Json]:
    """Return an answer of blocks as the message of a choice."""
    sorted_ = _Sorted()
    for block in content:
        sorted_.add(block)
    for result in sorted_.results:  # of a tool of the provider's
        sorted_.gathered.parts.append(result)
    return sorted_.gathered.answer()


@define
class _Sorted:
    """The blocks of a message by what they become: parts of it, and results of tools."""

    gathered: Gathered = field(factory=Gathered)
    results: list[dict[str, Json]] = field(factory=list)

    def add(self, block: Json) -> None:
        """Sort one block."""
        kind = block.get("type") if isinstance(block, dict) else None
        if not isinstance(block, dict):
            self.gathered.parts.append({"type": "text", "text": block} if isinstance(block, str) else block)
        elif kind == "tool_use":
            self.gathered.calls.append(_call(block))
        elif kind == "tool_result":
            self.results.append(_result(block))
        elif kind in ("thinking", "redacted_thinking"):
            self._think(block)
        else:
            self.gathered.parts.append(_part(block))

    def _think(self, block: dict[str, Json]) -> None:
        said = block.get("thinking")
        if isinstance(said, str) and said:
            self.gathered.thoughts.append(said)
        detail = {key: value for key, value in block.items() if key not in ("type", "thinking")}
        if block["type"] == "thinking":
            self.gathered.details.append({"type": "reasoning.text", "text": said, **detail})
        else:
            self.gathered.details.append({"type": "reasoning.encrypted", **detail})

    def message(self, message: dict[str, Json]) -> list[dict[str, Json]]:
        """Return the message with them; none where all were results of tools."""
        found = self.gathered.fields()
        if not found and self.results:
            return []
        rest = {key: value for key, value in message.items() if key != "content"}
        shown: dict[str, Json] = {"role": rest.pop("role", "user"), "content": None, **found}
        for key, value in rest.items():
            keep(shown, key, value)
        return [shown]


def _call(block: dict[str, Json]) -> dict[str, Json]:
    asked = block.get("input")
    arguments = asked if isinstance(asked, str) else dumps_lossy({} if asked is None else asked)[0].decode()
    call: dict[str, Json] = {
        "id": block.get("id"),
        "type": "function",
        "function": {"name": block.get("name"), "arguments": arguments},
    }
    for key, value in block.items():
        if key not in ("id", "type", "name", "input"):
            keep(call, key, value)
    return call


def _result(block: dict[str, Json]) -> dict[str, Json]:
    content = block.get("content")
    said = [_part(one) for one in content] if isinstance(content, list) else content
    rest = {key: value for key, value in block.items() if key not in ("type", "tool_use_id", "content")}
    shown = simple_content(said) if isinstance(said, list) else said
    return {"role": "tool", "tool_call_id": block.get("tool_use_id"), "content": shown, **rest}


def _part(block: Json) -> Json:
    """Return a block as a part of a chat message; citations are annotations there."""
    if not isinstance(block, dict):
        return block
    if block.get("type") in _WITH_SOURCE:
        return from_source(block)
    if block.get("type") == "text" and "citations" in block and "annotations" not in block:
        rest = {key: value for key, value in block.items() if key != "citations"}
        return {**rest, "annotations": block["citations"]}
    return block
