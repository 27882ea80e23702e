"""The chunks of a streamed completion, put together to the response that was not streamed.

Texts, lists and objects grow; of everything else the last value that is not null counts. Deltas are
collected first and merged once, so that the work grows with the stream and not with its square.
"""

from __future__ import annotations

from attrs import define, field

from broadcast_core.jsontext import Json
from broadcast_core.readers.exchange.streams.deltas import (
    Deltas,
    as_list,
    collect_delta,
    merge_deltas,
    merge_values,
    same_kind,
)
from broadcast_core.readers.exchange.streams.filling import filled

_LABELS = frozenset({
    "id", "object", "created", "model", "provider", "status", "type", "system_fingerprint", "service_tier",
    "finish_reason", "native_finish_reason",
})  # fmt: skip
"""Texts of which the last counts; others may be parts of an answer in an unknown shape."""
_MERGED = ("delta", "text", "logprobs")
_OF_CHUNK, _OF_ERROR = ("choices",), ("choices", "type")
"""What of a chunk is not about the response; an event that brings an error is named so."""


def assemble(chunks: list[Json], response: dict[str, Json]) -> dict[str, Json]:
    """Return one response: texts joined, tool calls put together by index, the last usage.

    `response` is what other events have told. What is no chunk, and no choice of one, is kept under `chunks`,
    as is an earlier value that a later one of another kind replaced.
    """
    choices: dict[int, _Choice] = {}
    odd: list[Json] = []
    for chunk in chunks:
        if not isinstance(chunk, dict):
            odd.append(chunk)
            continue
        frame = _OF_ERROR if chunk.get("type") == "error" else _OF_CHUNK
        said = {key: value for key, value in chunk.items() if key not in frame}
        _replace(response, said, odd)
        for part in as_list(chunk.get("choices")):
            if isinstance(part, dict):
                index = _index(part.get("index"))
                choices.setdefault(index, _Choice(index)).add(part, odd)
            else:
                odd.append(part)
    if choices:
        response["choices"] = [choices[index].whole() for index in sorted(choices)]
    if odd:
        response["chunks"] = odd
    return response


def _replace(values: dict[str, Json], latest: dict[str, Json], odd: list[Json]) -> None:
    """Let the latest values count; keep what they replace when it is of another kind, an error or a text.

    An object that says less than the one before is filled up with it.
    """
    for key, value in latest.items():
        if value is not None:
            before = values.get(key, value)
            is_said = key == "error" or (isinstance(before, str) and key not in _LABELS)
            if not same_kind(before, value) or (is_said and before != value):
                odd.append({key: before})
            values[key] = filled(value, before) if isinstance(value, dict) and key != "error" else value


def _index(stated: Json) -> int:
    """Return the index of a choice, also when it is spelled as text; 0 when it is none."""
    if isinstance(stated, str) and stated.isascii() and stated.isdecimal() and len(stated) < 10:
        return int(stated)
    return stated if type(stated) is int else 0


@define
class _Choice:
    """One choice: what grows in it, and the rest."""

    index: int
    deltas: list[dict[str, Json]] = field(factory=list)
    parts: Deltas = field(factory=dict)
    rest: dict[str, Json] = field(factory=dict)

    def add(self, part: dict[str, Json], odd: list[Json]) -> None:
        """Take what one chunk says of this choice."""
        for key, value in part.items():
            name = "delta" if key == "message" else key
            if value is None or (key == "index" and str(value) == str(self.index)):
                continue
            if name == "delta" and isinstance(value, dict):
                self.deltas.append(value)
            elif name in _MERGED:
                collect_delta(self.parts, name, value)
            else:
                _replace(self.rest, {key if key != "index" else "stated_index": value}, odd)

    def whole(self) -> dict[str, Json]:
        """Return the choice with its message."""
        choice: dict[str, Json] = {"index": self.index}
        if self.deltas:
            message = {key: value for key, value in merge_deltas(self.deltas).items() if value is not None}
            choice["message"] = {"role": "assistant", "content": None, **message}
        return choice | {key: merge_values(key, values) for key, values in self.parts.items()} | self.rest
