"""The numbers of a delivery: tokens, money and durations, each with every spelling that has been seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from broadcast_core.readers.fields import Fields
from broadcast_core.readers.openrouter.prefixes import SYSTEM
from broadcast_core.record.generation import Attempt, Cost, Usage

TOKENS: Mapping[str, tuple[str, ...]] = {
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "total_tokens": ("gen_ai.usage.total_tokens",),
    "cache_read_tokens": ("gen_ai.usage.input_tokens.cached",),
    "cache_write_tokens": (
        "gen_ai.usage.input_tokens.cache_write",
        "gen_ai.usage.input_tokens.cache_creation",
    ),
    "cache_write_5m_tokens": ("gen_ai.usage.input_tokens.cache_write_5m",),
    "cache_write_1h_tokens": ("gen_ai.usage.input_tokens.cache_write_1h",),
    "reasoning_tokens": ("gen_ai.usage.output_tokens.reasoning",),
    "input_audio_tokens": ("gen_ai.usage.input_tokens.audio",),
    "input_image_tokens": ("gen_ai.usage.input_tokens.image",),
    "input_video_tokens": ("gen_ai.usage.input_tokens.video",),
    "output_audio_tokens": ("gen_ai.usage.output_tokens.audio",),
    "output_image_tokens": ("gen_ai.usage.output_tokens.image",),
}
MONEY: Mapping[str, tuple[str, ...]] = {
    "total": ("gen_ai.usage.total_cost", "gen_ai.usage.cost"),
    "input": ("gen_ai.usage.input_cost",),
    "output": ("gen_ai.usage.output_cost",),
    "input_unit_price": (SYSTEM + "input_unit_price",),
    "output_unit_price": (SYSTEM + "output_unit_price",),
}
DURATIONS = (
    "first_token_ms",
    "router_latency_ms",
    "provider_request_ms",
    "provider_headers_ms",
    "provider_body_end_ms",
    "provider_time_to_first_token_ms",
    "inter_token_latency_ms",
)


def usage(fields: Fields) -> Usage:
    """Take the token counts."""
    counts: dict[str, Any] = {name: fields.count(*keys) for name, keys in TOKENS.items()}
    return Usage(**counts)


def cost(fields: Fields, attempts: Iterable[Attempt]) -> Cost:
    """Take the money; the attempt that worked tells whether the caller's own key paid the provider."""
    amounts: dict[str, Any] = {name: fields.money(*keys) for name, keys in MONEY.items()}
    told = [attempt.is_byok for attempt in attempts if attempt.is_byok is not None and not attempt.failed]
    return Cost(
        **amounts,
        source="unknown" if amounts["total"] is None else "billed",
        is_byok=told[-1] if told else None,
    )


def durations(fields: Fields) -> dict[str, float | None]:
    """Take the milliseconds that the gateway measured."""
    return {name: fields.number(SYSTEM + name) for name in DURATIONS}
