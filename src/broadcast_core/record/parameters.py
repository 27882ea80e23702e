"""Model parameters: the keys of a request that tune the model and say nothing of the conversation.

An allowlist of keys, and for those that take words, of words: whatever is not named here stays with the
content. From OpenRouter's request schema, https://openrouter.ai/docs/api-reference/parameters.
"""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_core.record.known_words import SERVICE_TIERS, is_quantity

_EFFORT = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})
_WORDS: Mapping[str, frozenset[str]] = {
    "reasoning_effort": _EFFORT,
    "verbosity": _EFFORT,
    "service_tier": SERVICE_TIERS,
    "encoding_format": frozenset({"float", "base64"}),
    "truncation": frozenset({"auto", "disabled"}),
    "modalities": frozenset({"text", "image", "audio", "video", "embeddings", "file"}),
    "tool_choice": frozenset({"auto", "none", "required", "any"}),
}
"""The words that a parameter may have; of all others only numbers, true and false are known."""

PARAMETERS = frozenset({
    "temperature", "top_p", "top_k", "top_a", "min_p", "frequency_penalty", "presence_penalty",
    "repetition_penalty", "max_tokens", "max_completion_tokens", "max_output_tokens", "n", "seed", "logprobs",
    "top_logprobs", "parallel_tool_calls", "reasoning_effort", "verbosity", "stream", "service_tier",
    "dimensions", "encoding_format", "truncation", "modalities",
})  # fmt: skip
_REASONING: Mapping[str, frozenset[str]] = {
    "effort": _EFFORT,
    "max_tokens": frozenset(),
    "enabled": frozenset(),
    "exclude": frozenset(),
    "summary": frozenset({"auto", "concise", "detailed", "none"}),
    "type": frozenset({"enabled", "disabled", "adaptive"}),
    "budget_tokens": frozenset(),
}
_GROUPS = ("reasoning", "thinking")

NAMED = PARAMETERS | {"tool_choice", *_GROUPS}
"""The keys that may be shown to people, whatever they hold; any other may be what somebody said."""


def known_parameters(request: Json) -> tuple[dict[str, Json], Json]:
    """Return the model parameters of a request's body, and the body without them."""
    if not isinstance(request, dict):
        return {}, request
    found = {key: value for key, value in request.items() if is_operational(key, value)}
    return found, {key: value for key, value in request.items() if key not in found}


def is_operational(key: str, value: Json) -> bool:
    """Tell whether a parameter may leave in privacy mode: a known name, and a number or a known word."""
    if key in _GROUPS:
        return isinstance(value, dict) and all(
            inner in _REASONING and _is_known(item, _REASONING[inner]) for inner, item in value.items()
        )
    if key not in NAMED:
        return False
    words = _WORDS.get(key, frozenset())
    if isinstance(value, list):
        return bool(words) and all(_is_known(item, words) for item in value)
    return _is_known(value, words)


def _is_known(value: Json, words: frozenset[str]) -> bool:
    if isinstance(value, str):
        return value in words or is_quantity(value)
    return value is None or isinstance(value, bool | int | float)
