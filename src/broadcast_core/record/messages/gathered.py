"""What one message of a chat is made of, while items or blocks of another API are gone through."""

from __future__ import annotations

from attrs import define, field

from broadcast_core.jsontext import Json


@define
class Gathered:
    """Parts of the content, calls of tools, thoughts with details, refusals, each in their order."""

    parts: list[Json] = field(factory=list)
    calls: list[Json] = field(factory=list)
    thoughts: list[str] = field(factory=list)
    details: list[Json] = field(factory=list)
    refusals: list[str] = field(factory=list)

    def fields(self) -> dict[str, Json]:
        """Return what a message has of them; a refusal is its content where nothing else was said."""
        refusal = "\n".join(self.refusals) or None
        found = {
            "content": simple_content(self.parts) or refusal,
            "refusal": refusal,
            "reasoning": "\n".join(self.thoughts),
            "reasoning_details": self.details,
            "tool_calls": self.calls,
        }
        return {key: value for key, value in found.items() if value}

    def answer(self) -> dict[str, Json]:
        """Return the message of an answer."""
        return {"role": "assistant", "content": None, **self.fields()}


def simple_content(parts: list[Json]) -> Json:
    """Return parts as content: a text where they are but one, which says nothing else."""
    if len(parts) == 1 and isinstance(one := parts[0], dict) and isinstance(one.get("text"), str):
        says_more = any(value for key, value in one.items() if key not in ("type", "text"))
        if one.get("type") == "text" and not says_more:
            return one["text"]
    return parts
