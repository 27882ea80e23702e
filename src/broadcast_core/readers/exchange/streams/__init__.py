"""Streams, put together to the response that was not streamed.

sse.py       lines to events               chat.py        chunks of chats and completions
responses.py events of the Responses API   messages.py    events of the Messages API
images.py    events of images              deltas.py      how values grow
items.py     items of a Responses object   filling.py     what a poorer event must not erase
unknown.py   events that no part of an answer takes

`assemble` knows which of them a stream is of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from broadcast_core.jsontext import Json, keep
from broadcast_core.readers.exchange.streams import chat, images, messages, responses
from broadcast_core.readers.exchange.streams.sse import Stream, as_stream

_EVENTS: tuple[tuple[Callable[[Json], bool], Callable[[Iterable[dict[str, Json]]], dict[str, Json]]], ...] = (
    (responses.is_event, responses.assemble),
    (messages.is_event, messages.assemble),
    (images.is_event, images.assemble),
)


def assemble(chunks: list[Json]) -> dict[str, Json]:
    """Return the one response that the chunks of a stream make up."""
    response: dict[str, Json] = {}
    rest = chunks
    for is_event, put_together in _EVENTS:
        events = [chunk for chunk in rest if is_event(chunk)]
        if events:
            _join(response, put_together(events))
            rest = [chunk for chunk in rest if not is_event(chunk)]
    return chat.assemble(rest, response)


def _join(response: dict[str, Json], more: dict[str, Json]) -> None:
    """Add what the events of another API tell; what both have a key for is beside it."""
    for key, value in more.items():
        if key in response and response[key] != value:
            keep(response, key, value)
        else:
            response[key] = value


__all__ = ["Stream", "as_stream", "assemble"]
