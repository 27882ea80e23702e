"""The events of a stream of the Messages API, put together to the message that was not streamed.

A message begins without content; blocks begin, grow and stop; counts are totals so far, so the last one that
says something stays. https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeGuard

from attrs import define, field

from broadcast_core.jsontext import Json, keep
from broadcast_core.readers.exchange.streams.filling import filled
from broadcast_core.readers.exchange.streams.unknown import UnknownEvents
from broadcast_core.readers.fields import from_json_text

_EVENTS = (
    "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
    "message_stop", "ping",
)  # fmt: skip
_FRAME = ("type", "index")
_DELTAS: Mapping[str, tuple[str, ...]] = {
    "text_delta": ("text",),
    "thinking_delta": ("thinking",),
    "input_json_delta": ("partial_json",),
    "citations_delta": ("citation",),
    "signature_delta": ("signature",),
    "compaction_delta": ("content", "encrypted_content"),
}
"""The keys that each kind of delta has."""
_GROWING = ("text_delta", "thinking_delta", "input_json_delta")


def is_event(chunk: Json) -> TypeGuard[dict[str, Json]]:
    """Tell whether a chunk is an event of the Messages API."""
    return isinstance(chunk, dict) and chunk.get("type") in _EVENTS


def assemble(events: Iterable[dict[str, Json]]) -> dict[str, Json]:
    """Return the message that some events tell of; what no part of it takes is kept under `events`."""
    stream = _Stream()
    for event in events:
        known = stream.take(event)
        stream.unknown.keep_rest(event, _FRAME, known)
    return stream.message_so_far()


@define
class _Stream:
    """What the events have told so far."""

    message: dict[str, Json] = field(factory=dict)
    blocks: list[_Block] = field(factory=list)
    latest: dict[str, _Block] = field(factory=dict)
    unknown: UnknownEvents = field(factory=UnknownEvents)

    def take(self, event: dict[str, Json]) -> tuple[str, ...]:
        """Take what one event says, and return its keys that were read."""
        kind, place = event["type"], str(event.get("index"))
        if kind == "message_start" and isinstance(event.get("message"), dict):
            self.message = _merged(self.message, event["message"])
            return ("message",)
        if kind == "content_block_start" and isinstance(event.get("content_block"), dict):
            self._block(place, is_new=True).begin(event["content_block"])
            return ("content_block",)
        if kind == "content_block_delta":
            return self._grow(self._block(place), event)
        return self._end(event) if kind in ("message_delta", "message_stop") else ()

    def _grow(self, block: _Block, event: dict[str, Json]) -> tuple[str, ...]:
        delta = event.get("delta")
        rest = block.grow(delta) if isinstance(delta, dict) else delta
        if rest is None:
            return ("delta",)
        self.unknown.keep({"type": event["type"], "index": event.get("index"), "delta": rest})
        return ("delta",)

    def _end(self, event: dict[str, Json]) -> tuple[str, ...]:
        """Take what an event says of the whole message."""
        parts = tuple(key for key in ("delta", "usage") if isinstance(event.get(key), dict))
        rest = {key: value for key, value in event.items() if key not in ("type", "delta", "usage")}
        usage = _counted(self.message.get("usage"), event.get("usage"))
        self.message = _merged(_merged(self.message, event.get("delta")), rest)
        if usage:
            self.message["usage"] = usage
        return (*rest, *parts)

    def _block(self, place: str, *, is_new: bool = False) -> _Block:
        """Return the block at a place; one that begins where another has begun is another one."""
        if place not in self.latest or (is_new and self.latest[place].has_begun):
            self.latest[place] = _Block()
            self.blocks.append(self.latest[place])
        return self.latest[place]

    def message_so_far(self) -> dict[str, Json]:
        """Return the message as far as it is known."""
        begun = self.message.get("content")
        if self.blocks or isinstance(begun, list):
            found = [block.value() for block in self.blocks]
            self.message["content"] = [*(begun if isinstance(begun, list) else []), *found]
        self.unknown.put_into(self.message)
        return self.message


def _merged(message: dict[str, Json], more: Json) -> dict[str, Json]:
    found = filled(more, message)
    return found if isinstance(found, dict) else message


def _counted(earlier: Json, later: Json) -> dict[str, Json]:
    """Return the usage so far: of each field the later value, but no 0 in place of a number."""
    before = earlier if isinstance(earlier, dict) else {}
    after = later if isinstance(later, dict) else {}
    counts = {
        key: value
        for key, value in after.items()
        if value is not None and not (value == 0 and type(value) is int and before.get(key))
    }
    return {**before, **counts}


@define
class _Block:
    """One block: as it began, and what grew in it."""

    known: dict[str, Json] = field(factory=dict)
    has_begun: bool = False
    texts: dict[str, list[str]] = field(factory=dict)
    citations: list[Json] = field(factory=list)

    def begin(self, block: dict[str, Json]) -> None:
        """Take the block as it began."""
        self.has_begun = True
        self.known = {**block, **{key: value for key, value in self.known.items() if value}}

    def grow(self, delta: dict[str, Json]) -> dict[str, Json] | None:
        """Take a delta, and return what of it is not known; None where that is nothing."""
        kind = delta.get("type")
        known = _DELTAS.get(kind) if isinstance(kind, str) else None
        if known is None:
            return delta
        if kind == "citations_delta":
            self.citations.append(delta.get("citation"))
        elif kind in _GROWING and isinstance(delta.get(known[0]), str):
            self.texts.setdefault(known[0], []).append(delta[known[0]])
        elif kind in _GROWING:
            known = ()
        else:
            self.known |= {key: delta[key] for key in known if delta.get(key) is not None}
        rest = {key: value for key, value in delta.items() if key not in ("type", *known)}
        return {"type": kind, **rest} if any(value is not None for value in rest.values()) else None

    def value(self) -> Json:
        """Return the block with all that grew in it."""
        block = dict(self.known)
        for key in ("text", "thinking"):
            if key in self.texts:
                _let_grow(block, key, "".join(self.texts[key]))
                block.setdefault("type", key)
        if "partial_json" in self.texts:
            self._set_input(block, "".join(self.texts["partial_json"]))
        if self.citations:
            _let_grow(block, "citations", self.citations)
        return block

    def _set_input(self, block: dict[str, Json], text: str) -> None:
        """Put the JSON that deltas spell into a block; where it is cut off, its text."""
        block.setdefault("type", "tool_use")
        found, begun = from_json_text(text)[0], block.get("input")
        if not begun or (isinstance(found, dict) and isinstance(begun, dict)):
            block |= {"input": filled(found, begun)} if text else {}
        elif text:
            keep(block, "input", text)


def _let_grow(block: dict[str, Json], key: str, more: Json) -> None:
    """Add to what a block began with; beside it, where that is of another kind."""
    begun = block.get(key)
    if begun is None or type(begun) is type(more):
        block[key] = more if begun is None else begun + more
    else:
        keep(block, key, more)
