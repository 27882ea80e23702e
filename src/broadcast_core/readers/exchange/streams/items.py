"""One item of the output of a Responses object, as the events of a stream let it grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import define, field, frozen

from broadcast_core.jsontext import Json
from broadcast_core.readers.exchange.streams.deltas import as_list
from broadcast_core.readers.exchange.streams.filling import filled, placed, real_places

_MANY = 100_000  # no answer has an item, or a part of one, at a later place


@frozen
class Text:
    """Where a text grows: the list of the item and its index, the type of the part there, and the key."""

    key: str
    listed: str | None = None
    kind: str | None = None


TEXTS: Mapping[str, Text] = {
    "output_text": Text("text", "content", "output_text"),
    "refusal": Text("refusal", "content", "refusal"),
    "reasoning_text": Text("text", "content", "reasoning_text"),
    "reasoning": Text("text", "content", "reasoning_text"),
    "reasoning_summary_text": Text("text", "summary", "summary_text"),
    "function_call_arguments": Text("arguments", kind="function_call"),
    "mcp_call_arguments": Text("arguments", kind="mcp_call"),
    "custom_tool_call_input": Text("input", kind="custom_tool_call"),
    "code_interpreter_call_code": Text("code", kind="code_interpreter_call"),
    "apply_patch_call_operation_diff": Text("diff", kind="apply_patch_call"),
}
"""The texts that grow, by the names of their events."""

_Place = tuple[Text, int | None]
_Slot = tuple[str | None, int | None, str]
"""Where a text stands in an item: the list and the index of its part, if it is in one, and its key."""


@define
class Item:
    """One item of the output: as it was set last, and the texts that grew in it."""

    known: dict[str, Json] = field(factory=dict)
    names: dict[str, Json] = field(factory=dict)
    parts: dict[tuple[str, int], Json] = field(factory=dict)
    details: dict[tuple[str, int], list[Json]] = field(factory=dict)
    whole_details: dict[tuple[str, int], list[Json]] = field(factory=dict)
    texts: dict[_Place, list[str]] = field(factory=dict)
    whole_texts: dict[_Place, str] = field(factory=dict)
    texts_set: list[tuple[_Slot, str]] = field(factory=list)
    odd: list[Json] = field(factory=list)

    def set(self, item: Json) -> None:
        """Take an item as an event has it; what it had before stays where it has nothing."""
        if isinstance(item, dict):
            self.texts_set += _texts_of(item).items()
            self.known = as_dict(filled(item, self.known))
        else:
            self.odd.append(item)

    def name(self, key: str, value: Json) -> None:
        """Take what an event calls the item: it counts where the item says nothing itself."""
        if isinstance(value, str) and value:
            self.names[key] = value

    def part(self, listed: str, place: Json, part: Json) -> None:
        """Take a part of the item."""
        key = (listed, place_of(place))
        texts = _texts_of({listed: [part]}).items()
        self.texts_set += [((listed, key[1], name), words) for (_, _, name), words in texts]
        self.parts[key] = filled(part, self.parts.get(key))

    def detail(self, key: str, place: Json, found: list[Json], *, is_done: bool = False) -> None:
        """Take annotations or log probabilities of a part: some more of them, or all."""
        where = key, place_of(place)
        if is_done:
            self.whole_details[where] = found
        else:
            self.details.setdefault(where, []).extend(found)

    def grow(self, text: Text, place: Json, words: str, *, is_done: bool) -> None:
        """Take a delta of a text, or the text that is done."""
        where = text, None if text.listed is None else place_of(place)
        if is_done:
            self.whole_texts[where] = words
        else:
            self.texts.setdefault(where, []).append(words)

    def value(self) -> Json:
        """Return the item with every part and text that came."""
        merged: dict[str, Json] = {}
        lists: dict[str, dict[int, Json]] = {}
        for (listed, place), part in self.parts.items():
            lists.setdefault(listed, {})[place] = part
        for where in {**self.texts, **self.whole_texts}:
            self._set(where, merged, lists)
        for key, place in {**self.details, **self.whole_details}:
            found = filled(self.whole_details.get((key, place)), self.details.get((key, place), []))
            if found:
                parts = lists.setdefault("content", {})
                parts[place] = filled(parts.get(place), {"type": "output_text", key: found})
        if not self.known and (merged or lists):
            merged = {**self._unnamed(lists), **merged}
        whole = as_dict(filled(self.known, {**self.names, **merged} if merged or lists or self.known else {}))
        for name, parts in lists.items():
            places = real_places(whole.get(name), parts, _text_of)
            whole[name] = placed(whole.get(name), {places[place]: part for place, part in parts.items()})
        return whole if whole or not self.odd else self.odd[-1]

    def replaced(self, item: Json) -> Iterator[dict[str, Json]]:
        """Yield the texts that came and are not in the item as it is in the end, each with its place."""
        final = _texts_of(item)
        whole = {*final.values()}
        grown = [(where, self._joined(where)) for where in self.texts]
        came = [
            ((text.listed, place, text.key), words)
            for (text, place), words in [*grown, *self.whole_texts.items()]
        ]
        for place, words in dict.fromkeys([*self.texts_set, *came]):
            if words not in final.get(place, "") and words not in whole:
                listed, index, key = place
                yield {**({} if listed is None else {f"{listed}_index": index}), key: words}

    def _joined(self, where: _Place) -> str:
        return "".join(self.texts.get(where, ()))

    def _set(self, where: _Place, merged: dict[str, Json], lists: dict[str, dict[int, Json]]) -> None:
        """Put a text where it belongs: into the item, or into a part of it."""
        text, place = where
        words = filled(self.whole_texts.get(where), self._joined(where))
        if text.listed is not None and place is not None:
            parts = lists.setdefault(text.listed, {})
            parts[place] = filled(parts.get(place), {"type": text.kind, text.key: words})
        elif text.key == "diff":
            merged["operation"] = {"diff": words}
        else:
            merged[text.key] = words

    def _unnamed(self, lists: Mapping[str, Mapping[int, Json]]) -> dict[str, Json]:
        """Return what an item must be whose beginning is missing: by its texts."""
        kinds = [text.kind for text, _ in {**self.texts, **self.whole_texts} if text.listed is None]
        if kinds:
            return {"type": kinds[0]}
        types = [
            part.get("type") for parts in lists.values() for part in parts.values() if isinstance(part, dict)
        ]
        thinks = "summary" in lists or "reasoning_text" in types
        return {"type": "reasoning"} if thinks else {"type": "message"}


def _texts_of(item: Json) -> dict[_Slot, str]:
    """Return the texts of an item, each at its place."""
    found = as_dict(item)
    slots: dict[_Slot, Json] = {(None, None, key): found.get(key) for key in ("arguments", "input", "code")}
    slots[None, None, "diff"] = as_dict(found.get("operation")).get("diff")
    for listed in ("content", "summary"):
        for place, part in enumerate(as_list(found.get(listed))):
            slots |= {(listed, place, key): as_dict(part).get(key) for key in ("text", "refusal")}
    return {slot: text for slot, text in slots.items() if isinstance(text, str) and text}


def _text_of(part: Json) -> str | None:
    """Return the text of a part; None where it has none."""
    return next(iter(_texts_of({"content": [part]}).values()), None)


def name_of(item: Json) -> tuple[str, ...] | None:
    """Return what an item is known by: its texts, else its id; None where it has neither."""
    named = as_dict(item).get("id")
    texts = tuple(_texts_of(item).values())
    return texts or ((named,) if isinstance(named, str) else None)


def place_of(value: Json) -> int:
    """Return the place that an event names; the first where it names none that can be."""
    return value if type(value) is int and 0 <= value < _MANY else 0


def as_dict(value: Json) -> dict[str, Json]:
    """Return an object; an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}
