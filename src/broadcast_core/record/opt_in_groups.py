"""OpenRouter's opt-in generation metadata: the fields that are known of its three groups.

An allowlist: in privacy mode nothing else of a group leaves. From the management API's documentation and from
what receivers have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from broadcast_core.record.known_words import (
    SERVICE_TIERS,
    is_finish_reason,
    is_name,
    is_operation,
    is_quantity,
    is_title,
)

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
_COST_OBJECTS = ("native_server_tool_use", "cache_creation")
_COST_PARTS = frozenset({
    "web_search_requests", "web_fetch_requests", "code_execution_requests", "file_search_requests",
    "image_generation_requests", "tool_search_requests", "ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens",
})  # fmt: skip


def is_cost(key: str) -> bool:
    """Tell whether a field belongs to the cost group, as it is or as a part of a known object."""
    return key in COST or key.split(".", 1)[0] in _COST_OBJECTS


def is_known_cost(key: str) -> bool:
    """Tell whether a field of the cost group is known by its whole name: a part may have any."""
    whole, _, part = str(key).partition(".")
    return key in COST or (whole in _COST_OBJECTS and part in _COST_PARTS)


def is_plain(key: str, value: object) -> bool:
    """Tell whether the value of a known field is a number, a flag or a time, or what its field expects."""
    if not isinstance(value, str):
        return value is None or isinstance(value, bool | int | float)
    expected = _TEXTS.get(key, _is_nothing)
    return is_quantity(value) or value.lower() in ("true", "false") or expected(value)


def _is_nothing(_text: str) -> bool:
    return False


_TEXTS: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(("finish_reason", "native_finish_reason"), is_finish_reason),
    **dict.fromkeys(("model", "model_permaslug", "router", "preset_id", "credit_pool_id"), is_name),
    "provider_name": is_title,
    "response_cache_source_id": is_name,
    "api_type": is_operation,
    "service_tier": SERVICE_TIERS.__contains__,
    "data_region": frozenset({"global", "us", "eu", "europe"}).__contains__,
    "variant": frozenset(
        {"standard", "free", "extended", "thinking", "online", "nitro", "floor", "exacto", "beta"}
    ).__contains__,
    "web_search_engine": frozenset({"native", "exa", "firecrawl", "parallel", "auto"}).__contains__,
    "upstream_raw_response_usage_suppression_reason": frozenset(
        {"privacy_mode", "usage_estimated", "size_limit"}
    ).__contains__,
}
"""What the text of a field must be; where none is named, a field has numbers, flags or times."""
