"""Providers in Opik's spelling, so that its filters and price tables know them."""

from __future__ import annotations

_SPELLINGS = {
    "amazon bedrock": "bedrock", "jina": "jina_ai", "jina ai": "jina_ai", "fireworks": "fireworks_ai",
    "google": "google_vertexai", "google vertex": "google_vertexai", "google ai studio": "google_ai",
    "lambda": "lambda_ai", "moonshot ai": "moonshot", "z.ai": "zai",
}  # fmt: skip
"""Where Opik's spelling is not the name in lower case."""


def opik_provider(name: str) -> str:
    """Return the serving provider as Opik spells it; one that Opik has no name for, in lower case."""
    return _SPELLINGS.get(name.lower(), name.lower())
