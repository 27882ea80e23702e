"""The events of a stream of the Responses API, put together to the response that was not streamed.

Each event sets an item, a part of one, or lets a text of it grow; the last brings the whole response, and is
filled up where it has less than came before. So a stream that broke off has its answer too. What no part of
the answer takes is kept under `events`, and so is a text that the whole has no more.
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeGuard

from attrs import define, field

from broadcast_core.jsontext import Json
from broadcast_core.readers.exchange.streams.filling import are_alike, filled, placed, real_places
from broadcast_core.readers.exchange.streams.items import TEXTS, Item, Text, as_dict, name_of, place_of
from broadcast_core.readers.exchange.streams.unknown import NUMBER, UnknownEvents

_EVENT = "response."
_ERRORS = ("error", "response.error")
_LAST = ("response.completed", "response.incomplete", "response.failed", "response.done")
_ENDED = {"done": "completed"}
_BEFORE_THE_END = (None, "queued", "in_progress")
_ITEMS = ("output_item.added", "output_item.done")
_PARTS = {"content_part": "content", "reasoning_summary_part": "summary"}
_ANNOTATION = "output_text.annotation.added"
_PREVIEW = "image_generation_call.partial_image"
_PROGRESS = (".in_progress", ".searching", ".generating", ".interpreting", ".completed", ".failed", ".added")
_PLACES = ("output_index", "content_index", "summary_index", "annotation_index")
_FRAME = ("type", NUMBER, "item_id", *_PLACES)
"""What only says of which place an event is."""


def is_event(chunk: Json) -> TypeGuard[dict[str, Json]]:
    """Tell whether a chunk is an event of the Responses API."""
    if not isinstance(chunk, dict) or "choices" in chunk:
        return False
    kind = chunk.get("type")
    return isinstance(kind, str) and (kind.startswith(_EVENT) or (kind == "error" and "error" not in chunk))


def assemble(events: Iterable[dict[str, Json]]) -> dict[str, Json]:
    """Return the response that some events tell of; what no event is known for is kept under `events`."""
    stream = _Stream()
    seen: dict[int, dict[str, Json]] = {}
    for event in events:
        number = event.get(NUMBER)
        if type(number) is int:
            if seen.get(number) == event:  # sent again after the connection was lost
                continue
            seen[number] = event
        stream.add(event)
    return stream.response()


@define
class _Stream:
    """What the events have told so far."""

    whole: dict[str, Json] = field(factory=dict)
    items: dict[int, Item] = field(factory=dict)
    error: Json = None
    unknown: UnknownEvents = field(factory=UnknownEvents)

    def add(self, event: dict[str, Json]) -> None:
        """Take what one event says."""
        known = self._take(event)
        if known is None:
            self.unknown.keep(event)
        else:
            self.unknown.keep_rest(event, _FRAME, known)

    def _take(self, event: dict[str, Json]) -> tuple[str, ...] | None:
        """Return the keys of an event that were read; None where it is not known at all."""
        kind = event["type"]
        name = kind.removeprefix(_EVENT)
        before, _, what = name.rpartition(".")
        if kind in _ERRORS:
            return self._fail(event)
        if isinstance(event.get("response"), dict):
            return self._set_whole(event["response"], kind, what)
        if name in _ITEMS:
            self._item(event).set(event.get("item"))
            return ("item",)
        if name == _ANNOTATION:
            self._item(event).detail("annotations", event.get("content_index"), [event.get("annotation")])
            return ("annotation",)
        if before in _PARTS:
            listed = _PARTS[before]
            self._item(event).part(listed, event.get(f"{listed}_index"), event.get("part"))
            return ("part",)
        if before in TEXTS and what in ("delta", "done"):
            return self._grow(TEXTS[before], event, is_done=what == "done")
        if name == _PREVIEW:
            return ("partial_image_index", "partial_image_b64")
        return () if name.endswith(_PROGRESS) else None

    def _set_whole(self, response: dict[str, Json], kind: str, what: str) -> tuple[str, ...]:
        self.whole = as_dict(filled(response, self.whole))
        if kind in _LAST and self.whole.get("status") in _BEFORE_THE_END:
            self.whole["status"] = _ENDED.get(what, what)
        return ("response",)

    def _fail(self, event: dict[str, Json]) -> tuple[str, ...] | None:
        if self.error is not None:
            return None
        self.error = _error(event)
        return tuple(event)

    def _item(self, event: Mapping[str, Json]) -> Item:
        item = self.items.setdefault(place_of(event.get("output_index")), Item())
        item.name("id", event.get("item_id"))
        return item

    def _grow(self, text: Text, event: dict[str, Json], *, is_done: bool) -> tuple[str, ...] | None:
        key = "delta" if not is_done else text.key if text.key in event else "text"
        words, logprobs = event.get(key), event.get("logprobs")
        if not isinstance(words, str):
            return None
        item, known = self._item(event), [key]
        item.grow(text, event.get(f"{text.listed}_index"), words, is_done=is_done)
        if text.listed is None:
            item.name("name", event.get("name"))
            known += ["name"]
        elif text.listed == "content" and isinstance(logprobs, list):
            item.detail("logprobs", event.get("content_index"), logprobs, is_done=is_done)
            known += ["logprobs"]
        return tuple(known)

    def response(self) -> dict[str, Json]:
        """Return the response as far as it is known."""
        response = dict(self.whole)
        if self.items or isinstance(response.get("output"), list):
            response["output"] = self._output(response.get("output"))
        if self.error is not None and not response.get("error"):
            response["error"] = self.error
        elif self.error not in (None, response.get("error")):
            self.unknown.keep({"type": "error", "error": self.error})
        self.unknown.put_into(response)
        return response

    def _output(self, stated: Json) -> list[Json]:
        """Return the items at their places, and keep what the last event has no more."""
        known = stated if isinstance(stated, list) else []
        found = {place: self.items[place].value() for place in sorted(self.items)}
        real = real_places(known, found, name_of)
        output = placed(known, {real[place]: item for place, item in found.items()})
        beyond = sorted(place for place in real.values() if place >= len(known))
        positions = {place: len(known) + number for number, place in enumerate(beyond)}
        for place, item in found.items():
            whole = output[positions.get(real[place], real[place])]
            if are_alike(whole, item):
                for text in self.items[place].replaced(whole):
                    self.unknown.keep({"output_index": place, **text})
            elif item != whole:
                self.unknown.keep({"output_index": place, "item": item})
        return output


def _error(event: dict[str, Json]) -> dict[str, Json]:
    """Return the error that an event tells of, in its own keys or in one object."""
    rest = {key: value for key, value in event.items() if key not in ("type", NUMBER)}
    error = rest.get("error")
    return (
        {**{key: value for key, value in rest.items() if key != "error"}, **error}
        if isinstance(error, dict)
        else rest
    )
