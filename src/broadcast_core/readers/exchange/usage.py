"""The `usage` object of a chat response: tokens, their details, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from broadcast_core.readers.fields import Fields
from broadcast_core.record.conversions import as_object
from broadcast_core.record.generation import Cost, Usage

TOKENS: Mapping[str, tuple[str, ...]] = {
    "input_tokens": ("prompt_tokens", "input_tokens"),
    "output_tokens": ("completion_tokens", "output_tokens"),
    "total_tokens": ("total_tokens",),
}
DETAILS = (
    ("prompt_tokens_details", "input_tokens_details"),
    ("completion_tokens_details", "output_tokens_details"),
)
"""Where the details of what was asked and answered stand: in chats, and in the Responses API."""

INPUT_DETAILS = {
    "cache_read_tokens": "cached_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "input_audio_tokens": "audio_tokens",
    "input_video_tokens": "video_tokens",
    "input_image_tokens": "image_tokens",
}
OUTPUT_DETAILS = {
    "reasoning_tokens": "reasoning_tokens",
    "output_audio_tokens": "audio_tokens",
    "output_image_tokens": "image_tokens",
}
UPSTREAM = {
    "upstream": "upstream_inference_cost",
    "upstream_input": "upstream_inference_prompt_cost",
    "upstream_output": "upstream_inference_completions_cost",
}


def usage_and_cost(response: Fields) -> tuple[Usage, Cost]:
    """Take the usage of a response; its unknown keys stay in the response."""
    usage = _part(response, "usage")
    asked_at, answered_at = (_present(usage, keys) for keys in DETAILS)
    asked, answered = _part(usage, asked_at), _part(usage, answered_at)
    upstream = _part(usage, "cost_details")
    counts: dict[str, Any] = {name: usage.count(*keys) for name, keys in TOKENS.items()}
    counts |= {name: asked.count(key) for name, key in INPUT_DETAILS.items()}
    counts |= {name: answered.count(key) for name, key in OUTPUT_DETAILS.items()}
    amounts: dict[str, Any] = {name: upstream.money(key) for name, key in UPSTREAM.items()}
    total, is_byok = usage.money("cost"), usage.flag("is_byok")
    _put_back(usage, asked_at, asked)
    _put_back(usage, answered_at, answered)
    _put_back(usage, "cost_details", upstream)
    _put_back(response, "usage", usage)
    source: Any = "unknown" if total is None else "billed"
    return Usage(**counts), Cost(total=total, source=source, is_byok=is_byok, **amounts)


def _present(whole: Fields, keys: tuple[str, ...]) -> str:
    """Return the first of several spellings that is there, else the first of all."""
    return next((key for key in keys if key in whole.left), keys[0])


def _part(whole: Fields, key: str) -> Fields:
    return Fields(whole.take(key, as_object) or {}, whole.at(key))


def _put_back(whole: Fields, key: str, part: Fields) -> None:
    if part.left:
        whole.left[key] = part.left
    whole.adopt_reports(part)
