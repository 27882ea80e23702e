"""Privacy mode: content is taken out of the record before any destination sees it.

An allowlist by the privacy class of each field, and fail closed: what has no class, or is not known, is
content. Custom metadata, users and sessions stay, as with OpenRouter's privacy mode; error texts go, since
they quote prompts.
"""

from __future__ import annotations

from typing import Any, TypeVar

import attrs

from broadcast_core.generation import Content, Generation
from broadcast_core.readers.parameters import is_operational

T = TypeVar("T")

_RAW_USAGE = "upstream_raw_response_usage"


def without_content(generation: Generation) -> Generation:
    """Return the generation with nothing in it that the user or the model said."""
    stripped = _stripped(generation)
    return attrs.evolve(
        stripped,
        content=Content(withheld="privacy_mode"),
        parameters={key: value for key, value in generation.parameters.items() if is_operational(key, value)},
        generation_cost=_without_raw_usage(generation.generation_cost),
    )


def _stripped(record: T) -> T:
    """Return a record with every field of the content class back at its default, at any depth."""
    changes: dict[str, Any] = {}
    kind: Any = type(record)
    for field in attrs.fields(kind):
        value = getattr(record, field.name)
        if field.metadata.get("privacy", "content") == "content":
            changes[field.name] = _default(field)
        elif attrs.has(type(value)):
            changes[field.name] = _stripped(value)
        elif isinstance(value, tuple) and value and attrs.has(type(value[0])):
            changes[field.name] = tuple(_stripped(item) for item in value)
    whole: Any = record
    stripped: T = attrs.evolve(whole, **changes)
    return stripped


def _default(field: attrs.Attribute[Any]) -> Any:
    default: Any = field.default
    return default.factory() if hasattr(default, "factory") else default


def _without_raw_usage(group: Any) -> dict[str, Any]:
    """Return the cost group as OpenRouter's privacy mode sends it: no raw usage, and the reason."""
    if _RAW_USAGE not in group:
        return dict(group)
    return {**group, _RAW_USAGE: None, _RAW_USAGE + "_suppression_reason": "privacy_mode"}
