"""The caller's `trace` object of a request: the keys that OpenRouter consumes, their defaults and their form.

https://openrouter.ai/docs/guides/features/broadcast
"""

from __future__ import annotations

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields

KNOWN_KEYS = ("trace_id", "trace_name", "span_name", "generation_name", "parent_span_id")
"""The keys that OpenRouter consumes; every other one is the caller's own metadata."""

DEFAULT_TRACE_NAME = "OpenRouter Request"
DEFAULT_GENERATION_NAME = "LLM Generation"


def clean_id(value: str | None, fields: Fields, key: str) -> str | None:
    """Return an id without control characters, which the record does not take."""
    if value is None or value.isprintable():
        return value
    what = "control characters were taken out"
    fields.diagnostics.append(Diagnostic("coerced", fields.at(key), what))
    clean = "".join(char for char in value if char.isprintable())
    return clean if clean.strip() else None


def are_tags(value: Json) -> bool:
    """Tell whether a value can be the tags of a trace."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
