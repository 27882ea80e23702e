"""The `usage` object of a response: tokens, their details, and what they cost, at every endpoint.

https://openrouter.ai/docs/use-cases/usage-accounting. The Messages API counts cache reads and writes beside
its input tokens, the record counts them in.
https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from broadcast_core.jsontext import Json
from broadcast_core.readers.exchange.endpoints import MESSAGES, RERANK, Endpoint
from broadcast_core.readers.fields import Fields
from broadcast_core.record.conversions import as_object
from broadcast_core.record.generation import Cost, Usage

TOKENS: Mapping[str, tuple[str, ...]] = {
    "input_tokens": ("prompt_tokens", "input_tokens"),
    "output_tokens": ("completion_tokens", "output_tokens"),
    "total_tokens": ("total_tokens",),
}
_CACHE = {"cache_read_tokens": "cache_read_input_tokens", "cache_write_tokens": "cache_creation_input_tokens"}
"""What the Messages API counts beside the input; other endpoints repeat their own details so."""
_WRITTEN = {
    "cache_write_5m_tokens": "ephemeral_5m_input_tokens",
    "cache_write_1h_tokens": "ephemeral_1h_input_tokens",
}
DETAILS = (
    ("prompt_tokens_details", "input_tokens_details"),
    ("completion_tokens_details", "output_tokens_details"),
)
"""Where the details of what was asked and answered stand: in chats, and in the other APIs."""

INPUT_DETAILS = {
    "cache_read_tokens": "cached_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "input_audio_tokens": "audio_tokens",
    "input_video_tokens": "video_tokens",
    "input_image_tokens": "image_tokens",
}
OUTPUT_DETAILS = {
    "reasoning_tokens": ("reasoning_tokens", "thinking_tokens"),
    "output_audio_tokens": ("audio_tokens",),
    "output_image_tokens": ("image_tokens",),
}
UPSTREAM = {
    "upstream": ("upstream_inference_cost",),
    "upstream_input": ("upstream_inference_prompt_cost", "upstream_inference_input_cost"),
    "upstream_output": ("upstream_inference_completions_cost", "upstream_inference_output_cost"),
}
_COUNTED = ("search_units", "seconds")
"""Quantities of rankings and transcripts; they belong to what was charged for."""
_SERVER_TOOLS = ("server_tool_use_details", "server_tool_use")


@frozen
class Accounted:
    """What a usage told: tokens, cost, what else was charged for, and the tier that was billed."""

    usage: Usage
    cost: Cost
    charged_for: dict[str, Json]
    service_tier: Json = None

    __hash__ = None  # type: ignore[assignment]


def accounted(response: Fields, endpoint: Endpoint) -> Accounted:
    """Take the usage of a response; its unknown keys stay in the response."""
    usage = _part(response, "usage")
    counts = _counts(usage, endpoint)
    upstream = _part(usage, "cost_details")
    amounts: dict[str, Any] = {name: upstream.money(*keys) for name, keys in UPSTREAM.items()}
    _put_back(usage, "cost_details", upstream)
    total, is_byok = usage.money("cost"), usage.flag("is_byok")
    charged_for = {key: usage.left.pop(key) for key in _COUNTED if _is_number(usage.left.get(key))}
    for key in _SERVER_TOOLS:
        if isinstance(usage.left.get(key), dict) and "native_server_tool_use" not in charged_for:
            charged_for["native_server_tool_use"] = usage.left.pop(key)
    tier = usage.left.pop("service_tier", None) if endpoint is MESSAGES else None
    _put_back(response, "usage", usage)
    source: Any = "unknown" if total is None else "billed"
    cost = Cost(total=total, source=source, is_byok=is_byok, **amounts)
    return Accounted(Usage(**counts), cost, charged_for, "default" if tier == "standard" else tier)


def _counts(usage: Fields, endpoint: Endpoint) -> dict[str, Any]:
    asked_at, answered_at = (_present(usage, keys) for keys in DETAILS)
    asked, answered = _part(usage, asked_at), _part(usage, answered_at)
    written = _part(usage, "cache_creation")
    counts: dict[str, Any] = {name: usage.count(*keys) for name, keys in TOKENS.items()}
    counts |= {name: asked.count(key) for name, key in INPUT_DETAILS.items()}
    counts |= {name: answered.count(*keys) for name, keys in OUTPUT_DETAILS.items()}
    counts |= {name: written.count(key) for name, key in _WRITTEN.items()}
    for name, key in _CACHE.items():
        if counts[name] is None or usage.left.get(key) == counts[name]:
            counts[name] = usage.count(key)
    for key, part in ((asked_at, asked), (answered_at, answered), ("cache_creation", written)):
        _put_back(usage, key, part)
    if endpoint is MESSAGES and counts["input_tokens"] is not None:
        cached = (counts["cache_read_tokens"], counts["cache_write_tokens"])
        counts["input_tokens"] += sum(count for count in cached if count is not None)
    if endpoint is RERANK and counts["input_tokens"] is None and counts["output_tokens"] is None:
        counts["input_tokens"] = counts["total_tokens"]
    return counts


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _present(whole: Fields, keys: tuple[str, ...]) -> str:
    """Return the first of several spellings that is there, else the first of all."""
    return next((key for key in keys if key in whole.left), keys[0])


def _part(whole: Fields, key: str) -> Fields:
    return Fields(whole.take(key, as_object) or {}, whole.at(key))


def _put_back(whole: Fields, key: str, part: Fields) -> None:
    if part.left:
        whole.left[key] = part.left
    whole.adopt_reports(part)
