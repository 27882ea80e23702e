"""What of a response is its answer, and whether a stream came to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from broadcast_core.jsontext import Json
from broadcast_core.readers.exchange.endpoints import RERANK, Endpoint

ANSWER = ("choices", "output", "data", "embeddings", "text")
"""The keys of an answer, where the one of the endpoint is not there."""

_WITH_END = ("choices", "output", "content")
ON_ITS_WAY = ("queued", "pending", "in_progress")
"""What a response, or a job, says of itself before it has ended."""


def answer_parts(response: Mapping[str, Json], endpoint: Endpoint) -> dict[str, Json]:
    """Return the parts of a response that are the model's own words or work.

    What stands in them is output, and may leave where only the input is held back: so a ranking is without
    the documents, which were sent. All else is kept apart.
    """
    found = {key: response[key] for key in endpoint.output if key in response}
    if not any(value not in (None, "", [], {}) for value in found.values()):
        found |= {key: response[key] for key in ANSWER if key in response and _is_own(key, response[key])}
    if endpoint is RERANK and isinstance(ranked := found.get("results"), list):
        found["results"] = [_without_document(one) for one in ranked]
    return found


def _without_document(result: Json) -> Json:
    if not isinstance(result, dict):
        return result
    return {key: value for key, value in result.items() if key != "document"}


def _is_own(key: str, value: Json) -> bool:
    """Tell an answer from what was sent: the format of a Responses object, the documents of a ranking."""
    if key == "text":
        return isinstance(value, str)
    ranked = key == "data" and isinstance(value, list)
    return not (ranked and any(isinstance(one, dict) and "document" in one for one in value))


def is_complete(response: Mapping[str, Json]) -> bool:
    """Tell whether the answer of a stream came to its end: by its finish reason, or by its usage."""
    if not response.keys() & {*_WITH_END}:
        return not response.get("partial")
    if any(choice.get("finish_reason") for _, choice in choices(response)):
        return True
    if "content" in response:
        return response.get("stop_reason") is not None
    if bool(response.get("usage")):
        return True
    return "output" in response and response.get("status") not in (None, *ON_ITS_WAY)


def choices(response: Mapping[str, Json]) -> Iterator[tuple[int, dict[str, Json]]]:
    """Yield the choices of a response that are objects, with their places."""
    listed = response.get("choices")
    for place, choice in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(choice, dict):
            yield place, choice
