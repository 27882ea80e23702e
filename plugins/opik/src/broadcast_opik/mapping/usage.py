"""Tokens and cost as Opik reads them: OpenAI's names, whole numbers, an exact total."""

from __future__ import annotations

import re
from decimal import Decimal
from operator import attrgetter

from broadcast_core.destinations import Cost, Diagnostic, Fitted, Usage, fit_money, total_cost
from broadcast_opik.endpoints import MAX_TOKENS, MONEY_DECIMALS

_PROMPT, _COMPLETION = "original_usage.prompt_tokens", "original_usage.completion_tokens"
_FIELDS = {
    "prompt_tokens": "inclusive_input",
    "completion_tokens": "output_tokens",
    "total_tokens": "known_total",
    _PROMPT: "input_tokens",
    _COMPLETION: "output_tokens",
    _PROMPT + "_details.cached_tokens": "cache_read_tokens",
    _PROMPT + "_details.cache_write_tokens": "cache_write_tokens",
    _PROMPT + "_details.cache_write_5m_tokens": "cache_write_5m_tokens",
    _PROMPT + "_details.cache_write_1h_tokens": "cache_write_1h_tokens",
    _PROMPT + "_details.audio_tokens": "input_audio_tokens",
    _PROMPT + "_details.image_tokens": "input_image_tokens",
    _PROMPT + "_details.video_tokens": "input_video_tokens",
    _COMPLETION + "_details.reasoning_tokens": "reasoning_tokens",
    _COMPLETION + "_details.audio_tokens": "output_audio_tokens",
    _COMPLETION + "_details.image_tokens": "output_image_tokens",
}
"""Opik's names of counts, and the fields of `Usage`."""
_SPELLED = re.compile(r"(?!0\.00000)[0-9]+\.[0-9]*[1-9]")
"""A number that a writer of JSON spells like its decimal, as long as it is short."""
_counts = attrgetter(*_FIELDS.values())


def opik_usage(usage: Usage) -> Fitted[dict[str, int] | None]:
    """Return the counts that are known; prompt_tokens counts cache reads and writes, as OpenAI does."""
    counts = zip(_FIELDS, _counts(usage), strict=True)
    known = {name: count for name, count in counts if count is not None}
    if not known or max(known.values()) <= MAX_TOKENS:
        return Fitted(known or None)
    too_large = [name for name, count in known.items() if count > MAX_TOKENS]
    told = (f"{name} = {known.pop(name)} is more than Opik's integers hold" for name in too_large)
    dropped = tuple(Diagnostic("dropped", "$.usage", what) for what in told)
    return Fitted(known or None, dropped)


def opik_cost(cost: Cost) -> Fitted[float | bytes | None]:
    """Return the cost in all as a number, else as the JSON text of one: with BYOK, and the upstream price."""
    return total_cost(cost).then(_as_number) if cost.is_byok else _as_number(cost.total)


def _as_number(total: Decimal | None) -> Fitted[float | bytes | None]:
    if not total:
        return Fitted(None if total is None else 0)
    if len(text := str(total)) <= MONEY_DECIMALS and _SPELLED.fullmatch(text):
        return Fitted(float(text))  # as most are: no digit has to go, and JSON spells it like that
    if total < 0 or total.adjusted() > 20:
        what = "Opik takes no such cost; it is in the metadata"
        return Fitted(None, (Diagnostic("dropped", "$.cost.total", what),))
    return fit_money(total, MONEY_DECIMALS, "$.cost.total", "Opik").map(lambda one: format(one, "f").encode())
