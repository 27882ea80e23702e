"""Tokens and cost as Opik reads them: OpenAI's names, whole numbers, an exact total."""

from __future__ import annotations

from broadcast_core.destinations import Cost, Diagnostic, Fitted, Usage, fit_money, total_cost
from broadcast_opik.endpoints import MAX_TOKENS, MONEY_DECIMALS

_ORIGINAL = {
    "prompt_tokens": "input_tokens", "completion_tokens": "output_tokens",
    "prompt_tokens_details.cached_tokens": "cache_read_tokens",
    "prompt_tokens_details.cache_write_tokens": "cache_write_tokens",
    "prompt_tokens_details.cache_write_5m_tokens": "cache_write_5m_tokens",
    "prompt_tokens_details.cache_write_1h_tokens": "cache_write_1h_tokens",
    "prompt_tokens_details.audio_tokens": "input_audio_tokens",
    "prompt_tokens_details.image_tokens": "input_image_tokens",
    "prompt_tokens_details.video_tokens": "input_video_tokens",
    "completion_tokens_details.reasoning_tokens": "reasoning_tokens",
    "completion_tokens_details.audio_tokens": "output_audio_tokens",
    "completion_tokens_details.image_tokens": "output_image_tokens",
}  # fmt: skip
"""What stands under `original_usage.`, and the field of the record."""


def opik_usage(usage: Usage) -> Fitted[dict[str, int] | None]:
    """Return the counts that are known; prompt_tokens counts cache reads and writes, as OpenAI does."""
    counts = {
        "prompt_tokens": usage.inclusive_input,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.known_total,
        **{f"original_usage.{name}": getattr(usage, field) for name, field in _ORIGINAL.items()},
    }
    known = {name: count for name, count in counts.items() if count is not None}
    too_large = tuple(
        Diagnostic("dropped", "$.usage", f"{name} = {count} is more than Opik's integers hold")
        for name, count in known.items()
        if count > MAX_TOKENS
    )
    return Fitted({name: count for name, count in known.items() if count <= MAX_TOKENS} or None, too_large)


def opik_cost(cost: Cost) -> Fitted[bytes | None]:
    """Return the cost in all as a JSON number: the charge, with BYOK and the upstream price."""
    whole = total_cost(cost)
    total = whole.value
    if not total:
        return Fitted(None if total is None else b"0", whole.diagnostics)
    if total < 0 or total.adjusted() > 20:
        what = "Opik takes no such cost; it is in the metadata"
        return Fitted(None, (*whole.diagnostics, Diagnostic("dropped", "$.cost.total", what)))
    rounded = fit_money(total, MONEY_DECIMALS, "$.cost.total", "Opik")
    return Fitted(format(rounded.value, "f").encode(), (*whole.diagnostics, *rounded.diagnostics))
