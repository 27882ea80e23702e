"""OpenRouter's opt-in generation metadata: the fields that are known of its three groups.

An allowlist: in privacy mode nothing else of a group leaves. From the management API's documentation and from
what receivers have seen.
"""

from __future__ import annotations

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
IDENTITY = frozenset({
    "app", "app_id", "app.id", "app.title", "app.url", "external_user", "user_id", "creator_user_id",
    "entity_id", "workspace_id", "organization_id", "api_key_id", "api_key_name", "session_id", "request_id",
    "upstream_id", "origin", "http_referer", "user_agent",
})  # fmt: skip
COST_OBJECTS = ("native_server_tool_use", "cache_creation")


def is_cost(key: str) -> bool:
    """Tell whether a field belongs to the cost group, as it is or as a part of a known object."""
    return key in COST or key.split(".", 1)[0] in COST_OBJECTS
