"""Where something is in a record, told without what was said: a key of content may be what a user wrote."""

from __future__ import annotations

from collections.abc import Container, Mapping

from broadcast_core.jsontext import JsonPath, format_path
from broadcast_core.record.opt_in_groups import COST, IDENTITY, REQUEST_CONTEXT
from broadcast_core.record.parameters import NAMED

USUAL = frozenset({
    "annotations", "arguments", "call_id", "choices", "content", "data", "delta", "detail", "file",
    "filename", "finish_reason", "format", "function", "id", "image_url", "index", "input",
    "input_audio", "logprobs", "message", "messages", "metadata", "model", "name", "original_role",
    "output", "parameters", "prompt", "reasoning", "reasoning_content", "reasoning_details", "refusal",
    "response_format", "role", "summary", "text", "tool_call_id", "tool_calls", "tool_choice", "tools",
    "type", "url", "usage",
})  # fmt: skip
"""The keys that chats have, whoever talks."""
LONGEST = 64  # characters of a key of the caller's own metadata that is named

_SPOKEN = frozenset({"extra", "failure_details", "request"})  # keys of metadata under which content stands
_LISTED: Mapping[str, Container[str]] = {
    "model_parameters": NAMED,
    "generation_cost": COST,
    "generation_identity": IDENTITY,
    "generation_request_context": REQUEST_CONTEXT,
}
"""Keys of metadata under which known keys are named, and no other."""


def place(path: str, way: JsonPath) -> str:
    """Return the path of what stands some way under a path, down to the first key that may be content."""
    if path.startswith("$.content."):
        return path + format_path(way, USUAL)[1:]
    if way[:1] and way[0] in _LISTED:
        return path + format_path(way[:1], _LISTED)[1:] + format_path(way[1:2], _LISTED[str(way[0])])[1:]
    if way[:1] and way[0] in _SPOKEN:
        return path + format_path(way, USUAL | _SPOKEN)[1:]
    return (
        path + format_path(way, [step for step in way if isinstance(step, str) and len(step) <= LONGEST])[1:]
    )
