"""What counts as an answer in the body of a response, and whether a stream came to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from broadcast_core.jsontext import Json

ANSWER = (
    "choices", "output", "data", "embeddings", "embedding", "text", "results", "content", "candidates",
    "completion",
)  # fmt: skip
"""The keys that hold an answer: of chats, responses, images, embeddings, transcripts, rankings, others."""

FAILED = ("failed", "cancelled", "expired")
_ON_ITS_WAY = ("queued", "pending", "in_progress")
_SERVED = (*_ON_ITS_WAY, "completed", "incomplete")
"""The states of the Responses API and of OpenRouter's video jobs."""


def answered(response: Mapping[str, Json]) -> bool:
    """Tell whether a response is an answer, be it an empty one.

    Usage, or the state of a job, says that the request was served; choices that are empty do not.
    """
    if response.get("choices") or response.get("usage") or response.get("status") in _SERVED:
        return True
    return any(value is not None for key, value in parts(response).items() if key != "choices")


def parts(response: Mapping[str, Json]) -> dict[str, Json]:
    """Return the parts of a response that hold its answer; a message is one when it is an object."""
    found = {key: response[key] for key in ANSWER if key in response}
    message = response.get("message")
    return {**found, "message": message} if isinstance(message, dict) else found


def ended(response: Mapping[str, Json]) -> bool:
    """Tell whether the answer of a stream came to its end: by a finish reason, its usage, or its state."""
    if response.get("usage") or not response.keys() & {"choices", "output"}:
        return True
    if any(choice.get("finish_reason") for _, choice in choices(response)):
        return True
    return response.get("status") not in (None, *_ON_ITS_WAY)


def choices(response: Mapping[str, Json]) -> Iterator[tuple[int, dict[str, Json]]]:
    """Yield the choices of a response that are objects, with their places."""
    listed = response.get("choices")
    for place, choice in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(choice, dict):
            yield place, choice
