"""Tokens and cost of a payload: what OpenRouter charged, else what LiteLLM estimates from its price list."""

from __future__ import annotations

from typing import Any

from broadcast_core.readers.fields import Fields
from broadcast_core.record.conversions import as_decimal, as_object, or_none
from broadcast_core.record.generation import Cost, Usage

_OPENROUTER = "openrouter"
_TOLD = "llm_provider-x-litellm-response-cost"  # there only where the provider told the cost
_INPUT = {
    "cache_read_tokens": "cached_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "input_audio_tokens": "audio_tokens",
    "input_image_tokens": "image_tokens",
    "input_video_tokens": "video_tokens",
}
_OUTPUT = {
    "reasoning_tokens": "reasoning_tokens",
    "output_audio_tokens": "audio_tokens",
    "output_image_tokens": "image_tokens",
}
_UPSTREAM = {
    "upstream": "upstream_inference_cost",
    "upstream_input": "upstream_inference_prompt_cost",
    "upstream_output": "upstream_inference_completions_cost",
}


def tokens(payload: Fields, usage: Fields) -> Usage:
    """Take the tokens of an answered call; cache reads and writes are part of the input."""
    counts: dict[str, Any] = {
        "input_tokens": payload.count("prompt_tokens"),
        "output_tokens": payload.count("completion_tokens"),
        "total_tokens": payload.count("total_tokens"),
    }
    for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
        usage.left.pop(name, None)  # the same numbers once more
    asked, answered = _part(usage, "prompt_tokens_details"), _part(usage, "completion_tokens_details")
    counts |= {name: asked.count(key) for name, key in _INPUT.items()}
    counts |= {name: answered.count(key) for name, key in _OUTPUT.items()}
    for key in ("cache_creation_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"):
        read = counts["cache_read_tokens" if "read" in key else "cache_write_tokens"]
        for part in (asked, usage):
            part.drop_copies((key,), read)
    _put_back(usage, "prompt_tokens_details", asked)
    _put_back(usage, "completion_tokens_details", answered)
    return Usage(**counts)


def cost(payload: Fields, usage: Fields, headers: Fields, provider: str | None) -> Cost:
    """Take the cost: as charged where OpenRouter told it, else as LiteLLM estimates it, else none.

    An estimate of 0 is none: LiteLLM writes it for a model that it does not know.
    """
    told, by_header = usage.money("cost"), headers.money(_TOLD)
    estimate = payload.money("response_cost")
    breakdown = payload.take("cost_breakdown", as_object) or {}
    upstream = _part(usage, "cost_details")
    amounts: dict[str, Any] = {name: upstream.money(key) for name, key in _UPSTREAM.items()}
    is_byok = usage.flag("is_byok")
    _put_back(usage, "cost_details", upstream)
    charged = told if told is not None else by_header
    if charged is not None and provider in (None, _OPENROUTER):
        return Cost(total=charged, source="billed", is_byok=is_byok, **amounts)
    total = charged if charged is not None else estimate
    if not total:
        return Cost(is_byok=is_byok, **amounts)
    return Cost(
        total=total,
        input=or_none(as_decimal, breakdown.get("input_cost")),
        output=or_none(as_decimal, breakdown.get("output_cost")),
        source="estimated",
        is_byok=is_byok,
        **amounts,
    )


def _part(whole: Fields, key: str) -> Fields:
    return Fields(whole.take(key, as_object) or {}, whole.at(key))


def _put_back(whole: Fields, key: str, part: Fields) -> None:
    left = {name: value for name, value in part.left.items() if value is not None}
    if left:
        whole.left[key] = left
    whole.adopt_reports(part)
