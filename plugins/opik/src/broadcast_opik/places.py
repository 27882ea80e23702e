"""Where something is in a record, told without what was said: a key of content may be what a user wrote."""

from __future__ import annotations

from broadcast_core.jsontext import Way, path_of

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


def place(path: str, way: Way) -> str:
    """Return the path of what stands some way under a path, down to the first key that may be content."""
    if path.startswith("$.content."):
        return path + path_of(way, USUAL)[1:]
    if way[:1] and way[0] in _SPOKEN:
        return path + path_of(way, USUAL | _SPOKEN)[1:]
    return path + path_of(way, [step for step in way if isinstance(step, str) and len(step) <= LONGEST])[1:]
