"""OpenRouter's opt-in generation metadata: which of the three groups a field belongs to.

A route switches each group on by itself. A field that no list knows counts as identity, the most private.
"""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields
from broadcast_core.readers.prefixes import GROUPS

COST = frozenset({
    "usage", "usage_upstream", "usage_cache", "usage_data", "usage_web", "usage_web_fetch",
    "usage_upstream_web_fetch", "usage_file", "usage_is_estimated", "byok_usage_inference", "is_byok",
    "credit_pool_usage", "credit_pool_id", "credit_pool_expires_at", "tokens_prompt", "tokens_completion",
    "cache_write_tokens", "cache_creation", "cache_discount", "total_cost", "upstream_inference_cost",
    "upstream_raw_response_usage", "upstream_raw_response_usage_suppression_reason",
    "native_tokens_prompt", "native_tokens_completion", "native_tokens_reasoning", "native_tokens_cached",
    "native_tokens_completion_images", "num_media_prompt", "num_media_completion", "num_input_audio_prompt",
})  # fmt: skip
REQUEST_CONTEXT = frozenset({
    "streamed", "cancelled", "model", "model_permaslug", "variant", "provider_name", "router", "preset_id",
    "web_search_engine", "num_search_results", "num_fetches", "api_type", "data_region", "service_tier",
    "latency", "generation_time", "moderation_latency", "response_cache_source_id", "created_at",
    "finish_reason", "native_finish_reason",
})  # fmt: skip
_COST_OBJECTS = ("native_server_tool_use", "cache_creation")


def collect(fields: Fields) -> dict[str, Json]:
    """Take the opt-in attributes, which come in two copies; a copy that differs stays."""
    found: dict[str, Json] = {}
    originals: dict[str, Json] = {}
    for prefix in GROUPS:
        for key in [key for key in fields.left if key.startswith(prefix)]:
            name = key.removeprefix(prefix)
            if name not in found:
                originals[name] = fields.left[key]
                found[name] = fields.array_or_object(key)
            elif fields.left[key] in (originals[name], found[name]):
                del fields.left[key]
    return found


def sorted_into_groups(
    values: Mapping[str, Json],
) -> tuple[dict[str, Json], dict[str, Json], dict[str, Json]]:
    """Return the cost, the identity and the request-context fields of opt-in metadata."""
    cost: dict[str, Json] = {}
    identity: dict[str, Json] = {}
    context: dict[str, Json] = {}
    for key, value in values.items():
        head = key.split(".", 1)[0]
        if key in COST or head in _COST_OBJECTS:
            cost[key] = value
        elif key in REQUEST_CONTEXT:
            context[key] = value
        else:
            identity[key] = value
    return cost, identity, context
