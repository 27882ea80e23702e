"""Where Broadcast files things among the attributes: the prefixes that several modules share.

`trace.metadata.` holds the caller's own keys, `span.metadata.` a copy of them; what OpenRouter adds stands
under reserved names of the two.
"""

from __future__ import annotations

TRACE_METADATA = "trace.metadata."
SPAN_METADATA = "span.metadata."
SYSTEM = TRACE_METADATA + "openrouter."
GROUPS = (TRACE_METADATA + "openrouter_generation.", SPAN_METADATA + "openrouter_generation.")
PROVIDER_RESPONSES = (TRACE_METADATA + "provider_responses", SPAN_METADATA + "provider_responses")
RESERVED = (SYSTEM, SPAN_METADATA + "openrouter.", *GROUPS)

ATTEMPT = "provider attempt "
"""How the span of an attempt is named, before its number and its provider."""
