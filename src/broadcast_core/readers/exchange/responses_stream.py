"""The events of a stream of the Responses API, put together to the response that was not streamed.

The last event brings the whole response. Of a stream that broke off before there is the response as it
began, every output that was done, and the texts of the others as far as they came.
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeGuard

from broadcast_core.jsontext import Json
from broadcast_core.readers.exchange.deltas import Deltas, collect_delta, merge_values

_EVENT, _DELTA = "response.", ".delta"
_BEGUN, _DONE = "response.output_item.added", "response.output_item.done"
_ERRORS = ("error", "response.error")
_LAST = ("response.completed", "response.incomplete", "response.failed", "response.done")


def is_event(chunk: Json) -> TypeGuard[dict[str, Json]]:
    """Tell whether a chunk is an event of the Responses API."""
    if not isinstance(chunk, dict) or "choices" in chunk:
        return False
    kind = chunk.get("type")
    return isinstance(kind, str) and (kind.startswith(_EVENT) or (kind == "error" and "error" not in chunk))


def assemble_events(events: Iterable[dict[str, Json]]) -> dict[str, Json]:
    """Return the response that some events tell of; empty when there are none."""
    response: dict[str, Json] = {}
    items: dict[str, Json] = {}
    done: set[str] = set()
    texts: dict[str, Deltas] = {}
    whole, error = False, None
    for event in events:
        kind, place = event["type"], str(event.get("output_index"))
        if kind in _ERRORS:
            error = _error(event)
        elif isinstance(event.get("response"), dict):
            response = dict(event["response"])
            whole = whole or kind in _LAST
        elif kind in (_BEGUN, _DONE):
            items[place] = event.get("item")
            done |= {place} if kind == _DONE else set()
        elif kind.endswith(_DELTA):
            name = kind.removeprefix(_EVENT).removesuffix(_DELTA)
            collect_delta(texts.setdefault(place, {}), name, event.get("delta"))
    if not whole and (items or texts):
        begun = {place: deltas for place, deltas in texts.items() if place not in done}
        response["output"] = [*items.values(), *_texts(begun)]
    return response if error is None else {**response, "error": error}


def _error(event: dict[str, Json]) -> dict[str, Json]:
    """Return the error that an event tells of, in its own keys or in one object."""
    rest = {key: value for key, value in event.items() if key not in ("type", "sequence_number")}
    error = rest.get("error")
    return (
        {**{key: value for key, value in rest.items() if key != "error"}, **error}
        if isinstance(error, dict)
        else rest
    )


def _texts(begun: dict[str, Deltas]) -> Iterator[Json]:
    """Yield the texts so far of the outputs that were not complete."""
    for deltas in begun.values():
        for name, values in deltas.items():
            yield {"type": name, "text": merge_values(name, values)}
