"""Where the answer stands in the body of a response, and whether a stream came to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from broadcast_core.jsontext import Json

ANSWER = ("choices", "output", "data", "embeddings", "text")
"""The keys of an answer: of chats, responses, images, embeddings and transcripts.

What stands under them is output, and may leave where only the input is held back. So they are the keys that
surely hold the model's own; rankings, for one, repeat the documents that were sent. All else is kept apart.
"""

_ON_ITS_WAY = (None, "queued", "pending", "in_progress")


def answer_parts(response: Mapping[str, Json]) -> dict[str, Json]:
    """Return the parts of a response that are the model's own words or work."""
    return {key: response[key] for key in ANSWER if key in response and _is_own(key, response[key])}


def _is_own(key: str, value: Json) -> bool:
    """Tell an answer from what was sent: the format of a Responses object, the documents of a ranking."""
    if key == "text":
        return isinstance(value, str)
    ranked = key == "data" and isinstance(value, list)
    return not (ranked and any(isinstance(one, dict) and "document" in one for one in value))


def is_complete(response: Mapping[str, Json]) -> bool:
    """Tell whether the answer of a stream came to its end: by a finish reason, its usage, or its status."""
    if response.get("usage") or not response.keys() & {"choices", "output"}:
        return True
    if any(choice.get("finish_reason") for _, choice in choices(response)):
        return True
    return response.get("status") not in _ON_ITS_WAY


def choices(response: Mapping[str, Json]) -> Iterator[tuple[int, dict[str, Json]]]:
    """Yield the choices of a response that are objects, with their places."""
    listed = response.get("choices")
    for place, choice in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(choice, dict):
            yield place, choice
