"""Tokens and cost as Opik reads them: OpenAI's names, whole numbers, an exact total."""

from __future__ import annotations

from decimal import Decimal

from broadcast_core.destinations import Cost, Diagnostic, Fitted, Usage, fit_money, total_cost
from broadcast_opik.endpoints import MAX_TOKENS, MONEY_DECIMALS

_PROMPT, _COMPLETION = "original_usage.prompt_tokens", "original_usage.completion_tokens"


def opik_usage(usage: Usage) -> Fitted[dict[str, int] | None]:
    """Return the counts that are known; prompt_tokens counts cache reads and writes, as OpenAI does."""
    counts = {
        "prompt_tokens": usage.inclusive_input,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.known_total,
        _PROMPT: usage.input_tokens,
        _COMPLETION: usage.output_tokens,
        _PROMPT + "_details.cached_tokens": usage.cache_read_tokens,
        _PROMPT + "_details.cache_write_tokens": usage.cache_write_tokens,
        _PROMPT + "_details.cache_write_5m_tokens": usage.cache_write_5m_tokens,
        _PROMPT + "_details.cache_write_1h_tokens": usage.cache_write_1h_tokens,
        _PROMPT + "_details.audio_tokens": usage.input_audio_tokens,
        _PROMPT + "_details.image_tokens": usage.input_image_tokens,
        _PROMPT + "_details.video_tokens": usage.input_video_tokens,
        _COMPLETION + "_details.reasoning_tokens": usage.reasoning_tokens,
        _COMPLETION + "_details.audio_tokens": usage.output_audio_tokens,
        _COMPLETION + "_details.image_tokens": usage.output_image_tokens,
    }
    known = {name: count for name, count in counts.items() if count is not None}
    too_large = [name for name, count in known.items() if count > MAX_TOKENS]
    told = (f"{name} = {known.pop(name)} is more than Opik's integers hold" for name in too_large)
    dropped = tuple(Diagnostic("dropped", "$.usage", what) for what in told)
    return Fitted(known or None, dropped)


def opik_cost(cost: Cost) -> Fitted[bytes | None]:
    """Return the cost in all as a JSON number: the charge, with BYOK and the upstream price."""
    return total_cost(cost).then(_as_number)


def _as_number(total: Decimal | None) -> Fitted[bytes | None]:
    if not total:
        return Fitted(None if total is None else b"0")
    if total < 0 or total.adjusted() > 20:
        what = "Opik takes no such cost; it is in the metadata"
        return Fitted(None, (Diagnostic("dropped", "$.cost.total", what),))
    return fit_money(total, MONEY_DECIMALS, "$.cost.total", "Opik").map(lambda one: format(one, "f").encode())
