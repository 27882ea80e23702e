"""The events of a stream of images, put together to the answer that was not streamed.

Only what is complete is an answer; previews are none. A picture may come as text, as SVG does.
https://openrouter.ai/docs/api-reference/overview
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from attrs import define, field

from broadcast_core.jsontext import Json, keep
from broadcast_core.readers.exchange.streams.unknown import UnknownEvents

_EVENT = "image_generation."
_OF_PICTURE = ("b64_json", "url", "media_type", "revised_prompt")
_ANSWER = ("data", "text")
_PREVIEW = ("partial_image_index", "b64_json")


def is_event(chunk: Json) -> TypeGuard[dict[str, Json]]:
    """Tell whether a chunk is an event of a stream of images."""
    kind = chunk.get("type") if isinstance(chunk, dict) else None
    return isinstance(kind, str) and kind.startswith(_EVENT)


def assemble(events: Iterable[dict[str, Json]]) -> dict[str, Json]:
    """Return the pictures that were completed; without any, the text so far, and how many previews came."""
    stream = _Stream()
    for event in events:
        known = stream.take(event)
        if known is None:
            stream.unknown.keep(event)
        else:
            stream.unknown.keep_rest(event, ("type",), known)
    return stream.answer_so_far()


@define
class _Stream:
    """What the events have told so far."""

    answer: dict[str, Json] = field(factory=dict)
    pictures: list[Json] = field(factory=list)
    texts: dict[str, list[str]] = field(factory=dict)
    previews: int = 0
    unknown: UnknownEvents = field(factory=UnknownEvents)

    def take(self, event: dict[str, Json]) -> tuple[str, ...] | None:
        """Return the keys of an event that were read; None where it is not known at all."""
        kind = event["type"].removeprefix(_EVENT)
        if kind == "completed":
            self._complete(event)
            return tuple(event)
        if kind == "text_chunk" and isinstance(event.get("text"), str):
            self.texts.setdefault(str(event.get("phase")), []).append(event["text"])
            return ("text", "phase")
        if kind == "partial_image":
            self.previews += 1
            return _PREVIEW
        return None

    def _complete(self, event: dict[str, Json]) -> None:
        """Take a picture, and what is told beside it; the latest counts, and an earlier usage is kept."""
        self.pictures.append({key: event[key] for key in _OF_PICTURE if event.get(key) is not None})
        for key, value in event.items():
            if key in ("type", *_OF_PICTURE) or value is None:
                continue
            if key in _ANSWER:
                self.unknown.keep({key: value})
                continue
            if key != "created" and self.answer.get(key, value) != value:
                self.unknown.keep({key: self.answer[key]})
            self.answer[key] = value

    def answer_so_far(self) -> dict[str, Json]:
        """Return the answer as far as it is known; a text is the answer where no picture is."""
        answer = dict(self.answer)
        texts = {phase: "".join(words) for phase, words in self.texts.items()}
        if self.pictures:
            answer["data"] = self.pictures
        elif texts.get("content"):
            answer["text"] = texts.pop("content")
        if any(texts.values()):
            keep(answer, "texts", {phase: text for phase, text in texts.items() if text})
        if not self.pictures:
            keep(answer, "partial", {"previews": self.previews})
        self.unknown.put_into(answer)
        return answer
