"""Tokens and cost as Opik reads them: OpenAI's names, whole numbers, an exact total."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.record.generation import Cost, Usage
from broadcast_opik.limits import MAX_TOKENS, MONEY_DECIMALS

_EXACT = Context(prec=200, rounding=ROUND_HALF_EVEN)  # ours, whatever context the host has set


def opik_usage(usage: Usage, notes: list[Diagnostic]) -> dict[str, int]:
    """Return the counts that are known; prompt_tokens counts cache reads and writes, as OpenAI does."""
    counts = {
        "prompt_tokens": usage.inclusive_input,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.known_total,
        "original_usage.prompt_tokens": usage.input_tokens,
        "original_usage.completion_tokens": usage.output_tokens,
        "original_usage.prompt_tokens_details.cached_tokens": usage.cache_read_tokens,
        "original_usage.prompt_tokens_details.cache_write_tokens": usage.cache_write_tokens,
        "original_usage.prompt_tokens_details.cache_write_5m_tokens": usage.cache_write_5m_tokens,
        "original_usage.prompt_tokens_details.cache_write_1h_tokens": usage.cache_write_1h_tokens,
        "original_usage.prompt_tokens_details.audio_tokens": usage.input_audio_tokens,
        "original_usage.prompt_tokens_details.image_tokens": usage.input_image_tokens,
        "original_usage.prompt_tokens_details.video_tokens": usage.input_video_tokens,
        "original_usage.completion_tokens_details.reasoning_tokens": usage.reasoning_tokens,
        "original_usage.completion_tokens_details.audio_tokens": usage.output_audio_tokens,
        "original_usage.completion_tokens_details.image_tokens": usage.output_image_tokens,
    }
    result = {}
    for name, count in counts.items():
        if count is None:
            continue
        if count > MAX_TOKENS:
            notes.append(
                Diagnostic("dropped", "$.usage", f"{name} = {count} is more than Opik's integers hold")
            )
        else:
            result[name] = count
    return result


def total_cost(cost: Cost, notes: list[Diagnostic]) -> bytes | None:
    """Return the cost in all as a JSON number: the charge, with BYOK and the upstream price.

    Of a sum with one part unknown the other is returned, and that is told.
    """
    total = _sum(cost, notes) if cost.is_byok else cost.total
    if total is None:
        return None
    if not total:
        return b"0"
    if total < 0 or total.adjusted() > 20:
        notes.append(Diagnostic("dropped", "$.cost.total", "Opik takes no such cost; it is in the metadata"))
        return None
    exponent = Decimal(1).scaleb(-MONEY_DECIMALS)
    if -int(total.as_tuple().exponent) > MONEY_DECIMALS:
        rounded = total.quantize(exponent, context=_EXACT)
        what = f"Opik keeps {MONEY_DECIMALS} decimals; the exact cost is in the metadata"
        notes.append(Diagnostic("coerced", "$.cost.total", what))
        total = rounded
    return format(total, "f").encode()


def _sum(cost: Cost, notes: list[Diagnostic]) -> Decimal | None:
    upstream = _upstream(cost)
    if cost.total is not None and upstream is not None:
        return _EXACT.add(upstream, cost.total)
    known = upstream if cost.total is None else cost.total
    if known is not None:
        lacking, other = ("total", "upstream") if cost.total is None else ("upstream", "total")
        what = (
            f"not known, or kept back by the policy: with a key of your own, cost.{other} alone is the cost"
        )
        notes.append(Diagnostic("coerced", f"$.cost.{lacking}", what))
    return known


def _upstream(cost: Cost) -> Decimal | None:
    """Return the provider's price, or its two parts together where both are known."""
    if cost.upstream is not None or cost.upstream_input is None or cost.upstream_output is None:
        return cost.upstream
    return _EXACT.add(cost.upstream_input, cost.upstream_output)
