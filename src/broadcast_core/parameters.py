"""Model parameters: the keys of a request that tune the model and say nothing of the conversation.

An allowlist: whatever is not named here stays with the content. From OpenRouter's request schema,
https://openrouter.ai/docs/api-reference/parameters.
"""

from __future__ import annotations

from broadcast_core.jsontext import Json

PARAMETERS = frozenset({
    "temperature", "top_p", "top_k", "top_a", "min_p", "frequency_penalty", "presence_penalty",
    "repetition_penalty", "max_tokens", "max_completion_tokens", "max_output_tokens", "n", "seed", "logprobs",
    "top_logprobs", "parallel_tool_calls", "reasoning_effort", "verbosity", "stream", "service_tier",
    "dimensions", "encoding_format", "truncation", "modalities",
})  # fmt: skip
_REASONING = frozenset({"effort", "max_tokens", "enabled", "exclude", "summary", "type", "budget_tokens"})
_CHOICES = ("auto", "none", "required", "any")


def known_parameters(request: Json) -> tuple[dict[str, Json], Json]:
    """Return the model parameters of a request's body, and the body without them."""
    if not isinstance(request, dict):
        return {}, request
    found = {key: value for key, value in request.items() if is_operational(key, value)}
    return found, {key: value for key, value in request.items() if key not in found}


def is_operational(key: str, value: Json) -> bool:
    """Tell whether a parameter may leave in privacy mode: a known name with a plain value."""
    if key in PARAMETERS:
        return _is_plain(value) or (isinstance(value, list) and all(is_word(item) for item in value))
    if key == "tool_choice":
        return value in _CHOICES
    if key in ("reasoning", "thinking"):
        return isinstance(value, dict) and all(k in _REASONING and _is_plain(v) for k, v in value.items())
    return False


def _is_plain(value: Json) -> bool:
    return value is None or isinstance(value, bool | int | float) or is_word(value)


def is_word(value: Json) -> bool:
    """Tell whether a value is one short word, as codes and settings are, and no sentence."""
    return isinstance(value, str) and len(value) <= 40 and value.replace("_", "").replace("-", "").isalnum()
