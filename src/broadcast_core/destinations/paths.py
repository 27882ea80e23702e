"""Where something is in a record, told without what was said: a key of content may be what a user wrote."""

from __future__ import annotations

from collections.abc import Container, Mapping

from broadcast_core.jsontext import JsonPath, format_path
from broadcast_core.record.messages import CHAT_KEYS
from broadcast_core.record.opt_in_groups import COST, IDENTITY, REQUEST_CONTEXT
from broadcast_core.record.parameters import NAMED

MAX_KEY = 64  # characters of a key of the caller's own metadata that is named

_CONTENT_KEYS = frozenset({"extra", "failure_details", "request"})  # of metadata: content stands under them
_NAMED_KEYS: Mapping[str, Container[str]] = {
    "model_parameters": NAMED,
    "generation_cost": COST,
    "generation_identity": IDENTITY,
    "generation_request_context": REQUEST_CONTEXT,
}
"""Keys of metadata under which known keys are named, and no other."""


def redacted_path(path: str, steps: JsonPath) -> str:
    """Join a path and the steps under it, and stop before the first key that may be content."""
    if path.startswith("$.content."):
        return path + format_path(steps, CHAT_KEYS)[1:]
    if steps[:1] and steps[0] in _NAMED_KEYS:
        known = _NAMED_KEYS[str(steps[0])]
        return path + format_path(steps[:1], _NAMED_KEYS)[1:] + format_path(steps[1:2], known)[1:]
    if steps[:1] and steps[0] in _CONTENT_KEYS:
        return path + format_path(steps, CHAT_KEYS | _CONTENT_KEYS)[1:]
    short = [step for step in steps if isinstance(step, str) and len(step) <= MAX_KEY]
    return path + format_path(steps, short)[1:]
