"""The chunks of a stream as objects, or as the lines that came over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers.exchange import read
from broadcast_core.readers.exchange.streams import as_stream

A, B = {"choices": [{"index": 0, "delta": {"content": "a"}}]}, {"choices": []}
LINE_A, LINE_B = 'data: {"choices": [{"index": 0, "delta": {"content": "a"}}]}', 'data: {"choices": []}'

STREAMS: dict[str, tuple[Any, list[Any], bool]] = {
    "objects": ([A, B], [A, B], False),
    "lines": ([LINE_A, "", LINE_B, "", "data: [DONE]"], [A, B], True),
    "lines with their ends": ([LINE_A + "\r\n", LINE_B + "\n\n"], [A, B], False),
    "comments": ([": OPENROUTER PROCESSING", LINE_A, ":"], [A], False),
    "other fields": (["event: message", "id: 1", "retry: 5", LINE_A], [A], False),
    "events of several lines": ([f"event: message\n{LINE_A}\n\n{LINE_B}"], [A, B], False),
    "without a space": ([LINE_A.replace("data: ", "data:"), "data:[DONE]"], [A], True),
    "JSON text alone": ([LINE_A.removeprefix("data: "), "[DONE]"], [A], True),
    "objects, and the mark of the end": ([A, "[DONE]"], [A], True),
    "lines after the mark of the end": (["data: [DONE]", LINE_A], [A], True),
    "the whole text": (f"{LINE_A}\n\n: comment\n\n{LINE_B}\n\ndata: [DONE]\n\n", [A, B], True),
    "a line separator inside JSON": (['data: {"a": "x\u2028y"}'], [{"a": "x\u2028y"}], False),
    "a line that is cut off": ([LINE_A, 'data: {"choices": [{"ind'], [A, '{"choices": [{"ind'], False),
    "no lines of a stream": (["x", 5, None, [1]], ["x", 5, None, [1]], False),
    "data that is no object": (["data: [1]", 'data: "x"'], ["[1]", '"x"'], False),
    "an event over several lines": (
        'data: {"a":\ndata: [{"b": 1},\ndata: 2]}\n\ndata: {"c": 3}\n\ndata: [DONE]',
        [{"a": [{"b": 1}, 2]}, {"c": 3}],
        True,
    ),
    "its lines in an array": (['data: {"a":', "event: x", "data: 1}", "", LINE_A], [{"a": 1}, A], False),
    "its lines with their ends": (['data: {"a":\n', "data: 1}\r\n", "\n", LINE_A], [{"a": 1}, A], False),
    "the mark of the end behind its lines": (['data: {"a":', "data: 1}", "data: [DONE]"], [{"a": 1}], True),
    "lines of two events": (
        ['data: {"a":', "", "data: 1}"],
        ['{"a":', "1}"],
        False,
    ),
    "lines around an object": (['data: {"a":', A, "data: 1}"], ['{"a":', A, "1}"], False),
    "a mark of the byte order": (f"\ufeff{LINE_A}\n\n{LINE_B}", [A, B], False),
    "a mark of the byte order in an array": ([f"\ufeff{LINE_A}", LINE_B], [A, B], False),
    "no data": (["data:", "data: ", LINE_A], [A], False),
    "nothing": ([], [], False),
    "an empty text": ("\n", [], False),
    "a text after blank lines": (f"\n \n{LINE_A}", [A], False),
}


@pytest.mark.parametrize(("value", "chunks", "done"), STREAMS.values(), ids=STREAMS)
def test_a_stream_is_read_as_it_was_recorded(value: Any, chunks: list[Any], done: bool) -> None:
    """What is no chunk stays as it is."""
    stream = as_stream(value)

    assert (chunks, done) == (stream.chunks, stream.done)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("hello", "expected the chunks in an array, or as lines such as `data: {...}`; got other text"),
        ({}, "expected an array, got an object"),
    ],
    ids=["text", "an object"],
)
def test_what_is_no_stream_is_refused_in_words(value: Any, expected: str) -> None:
    """They say what is expected, and quote nothing."""
    with pytest.raises(ValueError, match="expected") as caught:
        as_stream(value)

    assert expected == str(caught.value)


DOCUMENT = {
    "request": {"messages": [], "stream": True},
    "id": "gen-1",
    "started_at": "2026-11-23T10:00:00Z",
}
LAST = 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}'


def _read(chunks: Any) -> Any:
    (outcome,) = read({**DOCUMENT, "chunks": chunks}).outcomes
    return outcome


def test_lines_are_read_like_the_objects_that_they_spell() -> None:
    """In an array, and as one text."""
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}

    assert _read([A, last]) == _read([LINE_A, LAST]) == _read(f"{LINE_A}\n\n{LAST}\n\ndata: [DONE]\n")


BEGUN = {"type": "message", "content": [{"type": "text", "text": "a"}]}
TOLD: dict[str, tuple[Any, list[str]]] = {
    "a line that is cut off": (
        [LINE_A, LAST, 'data: {"choi'],
        ["moved $.chunks: 1 of 3 are no object and no line such as `data: {...}`; kept"],
    ),
    "a lone surrogate": (
        ['data: {"x": "\\ud800"}', LAST],
        ["coerced $.chunks: lone surrogates became U+FFFD: they are no text"],
    ),
    "no end": (
        [LINE_A],
        ["truncated $.chunks: the stream ended without a finish reason: it may have been cut off"],
    ),
    "a finish reason": ([LINE_A, LAST], []),
    "a mark of the end": ([LINE_A, "data: [DONE]"], []),
    "usage": ([A, {"usage": {"prompt_tokens": 1}}], []),
    "an error": ([A, {"error": {"message": "no"}}], []),
    "events without the last": (
        [{"type": "response.output_text.delta", "output_index": 0, "delta": "a"}],
        ["truncated $.chunks: the stream ended without a finish reason: it may have been cut off"],
    ),
    "a picture": ([{"type": "image_generation.completed", "b64_json": "AA"}], []),
    "previews of a picture, and words": (
        [
            {"type": "image_generation.partial_image"},
            {"type": "image_generation.text_chunk", "text": "<svg", "phase": "content"},
        ],
        ["truncated $.chunks: the stream ended without a finish reason: it may have been cut off"],
    ),
    "a message without its end": (
        [{"type": "message_start", "message": {**BEGUN, "usage": {"output_tokens": 1}}}],
        ["truncated $.chunks: the stream ended without a finish reason: it may have been cut off"],
    ),
    "a message with its end": (
        [
            {"type": "message_start", "message": BEGUN},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        ],
        [],
    ),
    "events with the last": (
        [{"type": "response.completed", "response": {"status": "completed", "output": [1]}}],
        [],
    ),
}


@pytest.mark.parametrize(("chunks", "expected"), TOLD.values(), ids=TOLD)
def test_what_is_missing_of_a_stream_is_told(chunks: Any, expected: list[str]) -> None:
    """What came of it is the output."""
    outcome = _read(chunks)

    assert expected == [str(diagnostic) for diagnostic in outcome.diagnostics]
    assert outcome.generation.content.output or outcome.generation.failure
