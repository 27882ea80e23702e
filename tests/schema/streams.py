"""Streams: events that are each of another place, and an answer told in events.

Where events are apart, none is meant to replace another, so each of their values must be found again. An
answer that is told in events must be read like the one that came as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from attrs import define, field

from tests.schema.values import Schema, Values

Event = dict[str, Any]

_MAX_EVENTS = 6
_PLACES = ("output_index", "index")
_BEYOND = 10  # no whole that is drawn has so many items
_HEAD = ("id", "created", "model", "object", "system_fingerprint", "service_tier", "provider")
"""What each chunk of a chat repeats."""
_ONCE = ("response", "usage", "openrouter_metadata", "error", "created")
"""What one event of a stream has."""
_ENDED = {None: "completed", "queued": "completed", "in_progress": "completed"}
_PICTURE = ("b64_json", "url", "media_type", "revised_prompt")
_OF_MESSAGE = ("message_start", "message_delta", "message_stop")


def events_apart(values: Values, event: Schema, place: str) -> list[Event]:
    """Return some events, each of a place of its own; what a stream has once, only one of them has."""
    apart = _Apart()
    size = values.one_of(range(1, _MAX_EVENTS + 1))
    return [apart.placed(values.value(event, place), number) for number in range(size)]


@define
class _Apart:
    head: Event = field(factory=dict)
    once: set[str] = field(factory=set)

    def placed(self, event: Event, number: int) -> Event:
        """Return an event with a place of its own, without what an earlier one has."""
        event = {**event, **{key: _BEYOND + number for key in _PLACES if key in event}}
        if "sequence_number" in event:
            event["sequence_number"] = number
        if event.get("type") in _OF_MESSAGE:
            return self._of_message(event)
        if "choices" in event:
            event["choices"] = [_apart(one, 8 * number + n) for n, one in enumerate(event["choices"])]
            event |= {key: self.head.setdefault(key, event[key]) for key in _HEAD if event.get(key)}
        return self._without_more(event)

    def _of_message(self, event: Event) -> Event:
        """Return an event of a whole message; only the first of a stream says anything."""
        if "message" in self.once:
            return {"type": event["type"]}
        event = self._without_more(event, ("openrouter_metadata",))
        self.once |= {"message", "openrouter_metadata"}
        return event

    def _without_more(self, event: Event, once: tuple[str, ...] = _ONCE) -> Event:
        keys = [key for key in once if key in event and not (key == "created" and "choices" in event)]
        names = {"error"} if "message" in event else {*keys}
        again = names & self.once
        self.once |= names
        return {key: value for key, value in event.items() if key not in again}


def _apart(choice: Event, index: int) -> Event:
    """Return a choice with an index of its own, and its parts with theirs."""
    delta = dict(choice.get("delta", {}))
    for key in ("tool_calls", "reasoning_details"):
        if delta.get(key):
            delta[key] = [{**one, "index": n} if "index" in one else one for n, one in enumerate(delta[key])]
    return {**choice, "index": index, "delta": delta}


def events_of(values: Values, answer: Event) -> tuple[Event, list[Event]]:
    """Return an answer as it can stand at the end of a stream, and a stream that brings it.

    Texts come in parts; what else was told by an earlier event may be missing in the last one.
    """
    if "choices" in answer:
        answer = {**answer, "choices": [_numbered_choice(n, one) for n, one in enumerate(answer["choices"])]}
        return answer, list(_chunks(values, answer))
    if "output" in answer:
        answer = {**answer, "status": _ENDED.get(answer.get("status"), answer.get("status"))}
        events = enumerate(_response_events(values, answer))
        return answer, [{**event, "sequence_number": number} for number, event in events]
    if "content" in answer:
        return answer, list(_message_events(values, answer))
    pictures = [{key: one[key] for key in _PICTURE if key in one} for one in answer["data"]]
    answer = {**answer, "data": pictures or [{"b64_json": values.text()}]}
    return answer, list(_picture_events(answer))


def _numbered_choice(place: int, choice: Event) -> Event:
    message = dict(choice.get("message", {}))
    if isinstance(message.get("tool_calls"), list):
        message["tool_calls"] = [{**call, "index": n} for n, call in enumerate(message["tool_calls"])]
    return {**choice, "index": place, **({"message": message} if message else {})}


def _parts(values: Values, text: str) -> list[str]:
    """Return a text cut into one to three parts."""
    cuts = sorted(values.one_of(range(len(text) + 1)) for _ in range(values.one_of(range(3))))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _chunks(values: Values, answer: Event) -> Iterator[Event]:
    head = {key: answer[key] for key in _HEAD if key in answer}
    for place, choice in enumerate(answer["choices"]):
        for delta in _deltas(values, choice.get("message", {})):
            yield {**head, "choices": [{"index": place, "delta": delta, "finish_reason": None}]}
        rest = {key: value for key, value in choice.items() if key not in ("message", "index")}
        yield {**head, "choices": [{"index": place, "delta": {}, **rest}]}
    rest = {key: value for key, value in answer.items() if key not in ("choices", *_HEAD)}
    yield {**head, "choices": [], **rest}


def _deltas(values: Values, message: Event) -> Iterator[Event]:
    for key, value in message.items():
        if key == "tool_calls" and value:
            yield from _call_deltas(values, value)
        elif key == "reasoning_details" and value:
            yield from ({key: [one]} for one in value)
        elif key == "audio" and value:
            yield from _audio_deltas(values, value)
        elif isinstance(value, str) and key in ("content", "reasoning", "refusal"):
            yield from ({"role": "assistant", key: part} for part in _parts(values, value))
        else:
            yield {key: value}


def _call_deltas(values: Values, calls: list[Any]) -> Iterator[Event]:
    for place, call in enumerate(calls):
        function = call.get("function", {})
        first, *others = _parts(values, function.get("arguments", ""))
        yield {"tool_calls": [{**call, "index": place, "function": {**function, "arguments": first}}]}
        for part in others:
            yield {"tool_calls": [{"index": place, "function": {"arguments": part}}]}


def _audio_deltas(values: Values, audio: Event) -> Iterator[Event]:
    texts = {key: _parts(values, audio[key]) for key in ("data", "transcript") if key in audio}
    yield {"audio": {**audio, **{key: parts[0] for key, parts in texts.items()}}}
    yield from ({"audio": {key: part}} for key, parts in texts.items() for part in parts[1:])


_TEXTS = {
    "output_text": ("output_text", "text"),
    "refusal": ("refusal", "refusal"),
    "reasoning_text": ("reasoning_text", "text"),
    "summary_text": ("reasoning_summary_text", "text"),
}
"""The events of a text and its key, by the type of the part that has it."""
_INPUTS = {
    "function_call": ("function_call_arguments", "arguments"),
    "custom_tool_call": ("custom_tool_call_input", "input"),
    "code_interpreter_call": ("code_interpreter_call_code", "code"),
}
_LISTS = (("content", "content_part"), ("summary", "reasoning_summary_part"))


def _response_events(values: Values, answer: Event) -> Iterator[Event]:
    """Yield a stream of the Responses API; whether an item is done, or in the last event, is drawn."""
    begun = {**answer, "output": [], "status": "in_progress"}
    yield {"type": "response.created", "response": {key: begun[key] for key in begun if key != "usage"}}
    is_whole = values.seldom(2)
    for place, item in enumerate(answer["output"]):
        for event in _item_events(values, item, is_done=is_whole or values.seldom(2)):
            yield {**event, "output_index": place, **({"item_id": item["id"]} if "id" in item else {})}
    last = answer if is_whole else {**answer, "output": []}
    yield {"type": "response.completed", "response": last}


def _item_events(values: Values, item: Event, *, is_done: bool) -> Iterator[Event]:
    name, key = _INPUTS.get(item.get("type", ""), ("", ""))
    lists = {listed: item[listed] for listed, _ in _LISTS if isinstance(item.get(listed), list)}
    empty = {**item, **{listed: [] for listed in lists}}
    if isinstance(item.get(key), str):
        empty[key] = ""
    yield {"type": "response.output_item.added", "item": empty}
    if isinstance(item.get(key), str):
        yield from _text_events(values, f"response.{name}", key, item[key])
    for listed, part_event in _LISTS:
        for place, part in enumerate(lists.get(listed, ())):
            for event in _part_events(values, part, f"response.{part_event}"):
                yield {**event, f"{listed}_index": place}
    if is_done:
        yield {"type": "response.output_item.done", "item": item}


def _part_events(values: Values, part: Event, name: str) -> Iterator[Event]:
    event, key = _TEXTS.get(part.get("type", ""), ("", ""))
    if not isinstance(part.get(key), str):
        yield {"type": f"{name}.added", "part": part}
        return
    yield {"type": f"{name}.added", "part": {**part, key: ""}}
    yield from _text_events(values, f"response.{event}", key, part[key])


def _text_events(values: Values, name: str, key: str, text: str) -> Iterator[Event]:
    """Yield the deltas of a text, or that it is done, or both."""
    number = values.one_of(range(3))
    if number < 2:
        yield from ({"type": f"{name}.delta", "delta": part} for part in _parts(values, text))
    if number > 0:
        yield {"type": f"{name}.done", key: text}


def _message_events(values: Values, answer: Event) -> Iterator[Event]:
    ending = ("stop_reason", "stop_sequence", "stop_details", "container")
    last = ("usage", "openrouter_metadata", *ending)
    begun = {key: value for key, value in answer.items() if key not in last}
    yield {"type": "message_start", "message": {**begun, "content": [], "usage": {"input_tokens": 0}}}
    for place, block in enumerate(answer["content"]):
        for event in _block_events(values, block):
            yield {**event, "index": place}
            if values.seldom(4):
                yield {"type": "ping"}
    usage, metadata = answer.get("usage", {}), answer.get("openrouter_metadata")
    delta = {key: answer[key] for key in ending if key in answer}
    yield {"type": "message_delta", "delta": delta, "usage": usage}
    yield {"type": "message_stop", **({} if metadata is None else {"openrouter_metadata": metadata})}


def _block_events(values: Values, block: Event) -> Iterator[Event]:
    grows = {"text": "text_delta", "thinking": "thinking_delta", "signature": "signature_delta"}
    found = {key: block[key] for key in grows if isinstance(block.get(key), str)}
    cited = block.get("citations") or []
    begun = {**block, **dict.fromkeys(found, ""), **({"citations": []} if cited else {})}
    if isinstance(block.get("input"), dict):
        begun["input"] = {}
    yield {"type": "content_block_start", "content_block": begun}
    deltas: list[Event] = [{"type": "citations_delta", "citation": one} for one in cited]
    for key, text in found.items():
        parts = [text] if key == "signature" else _parts(values, text)
        deltas += [{"type": grows[key], key: part} for part in parts]
    if isinstance(block.get("input"), dict):
        deltas += [
            {"type": "input_json_delta", "partial_json": part}
            for part in _parts(values, json.dumps(block["input"]))
        ]
    yield from ({"type": "content_block_delta", "delta": delta} for delta in deltas)
    yield {"type": "content_block_stop"}


def _picture_events(answer: Event) -> Iterator[Event]:
    rest = {key: value for key, value in answer.items() if key != "data"}
    for picture in answer.get("data", ()):
        yield {"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": "cHJldmlldw=="}
        yield {"type": "image_generation.completed", **picture, **rest}
