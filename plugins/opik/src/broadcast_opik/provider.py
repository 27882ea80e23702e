"""Providers in Opik's spelling, so that its filters and price tables know them."""

from __future__ import annotations

_SPELLINGS = {
    "ai21": "ai21",
    "amazon bedrock": "bedrock",
    "azure": "azure",
    "anthropic": "anthropic",
    "elastic": "elastic",
    "jina": "jina_ai",
    "jina ai": "jina_ai",
    "deepseek": "deepseek",
    "fireworks": "fireworks_ai",
    "google": "google_vertexai",
    "google vertex": "google_vertexai",
    "google ai studio": "google_ai",
    "groq": "groq",
    "inception": "inception",
    "lambda": "lambda_ai",
    "meta": "meta",
    "mistral": "mistral",
    "moonshot ai": "moonshot",
    "morph": "morph",
    "openai": "openai",
    "perplexity": "perplexity",
    "sambanova": "sambanova",
    "xai": "xai",
    "z.ai": "zai",
}


def opik_provider(name: str | None) -> str | None:
    """Return the serving provider as Opik spells it; one that Opik has no name for, in lower case."""
    return None if name is None else _SPELLINGS.get(name.lower(), name.lower())
