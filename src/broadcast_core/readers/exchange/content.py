"""What was asked and answered, and the parameters of the request."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_core.readers.exchange.answer import answer_parts
from broadcast_core.readers.exchange.endpoints import RERANK, Endpoint
from broadcast_core.readers.fields import Fields
from broadcast_core.record.generation import Content
from broadcast_core.record.messages import INPUT_KEYS
from broadcast_core.record.parameters import known_parameters


def content_of(
    request: Fields, response: Fields, endpoint: Endpoint, asked: Mapping[str, Json]
) -> tuple[Content, dict[str, Json]]:
    """Take input and output, and return them with the parameters; `asked` is the whole request."""
    found = {key: request.left.pop(key) for key in _input_keys(request, endpoint) if key in request.left}
    parameters, rest = known_parameters(request.left)
    answered = answer_parts(response.left, endpoint)
    for key in answered:
        _drop_answer(response, key, endpoint, asked)
    return Content(input=found or None, output=answered or None, request=rest or None), parameters


def _input_keys(request: Fields, endpoint: Endpoint) -> tuple[str, ...]:
    """Return the keys of what was asked: those of the endpoint, else of any."""
    keys = [key for key in endpoint.input if request.left.get(key) is not None]
    return tuple(keys) or tuple(key for key in INPUT_KEYS if key in request.left)[:1]


def _drop_answer(response: Fields, key: str, endpoint: Endpoint, asked: Mapping[str, Json]) -> None:
    """Take a part of the answer out of the rest; of a ranking what is no copy of what was sent stays."""
    value = response.left.pop(key)
    if endpoint is RERANK and key == "results" and isinstance(value, list):
        sent = asked.get("documents")
        documents = sent if isinstance(sent, list) else []
        echoed = [one for one in value if isinstance(one, dict) and "document" in one]
        if any(not _is_copy(one, documents) for one in echoed):
            response.left[key] = [{"index": one.get("index"), "document": one["document"]} for one in echoed]


def _is_copy(result: dict[str, Json], documents: list[Json]) -> bool:
    """Tell whether the document of a result is the one that was sent at its index."""
    index, echoed = result.get("index"), result["document"]
    if type(index) is not int or not 0 <= index < len(documents):
        return False
    sent = documents[index]
    return echoed in (sent, {"text": sent}) or {"text": echoed} == sent
