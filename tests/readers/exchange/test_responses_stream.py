"""Events of the Responses API, put together to the response that was not streamed."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers.exchange.chat import read
from broadcast_core.readers.exchange.stream import assemble

Json = dict[str, Any]
STARTED: Json = {"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}}


def _event(kind: str, **rest: Any) -> Json:
    return {"type": f"response.{kind}", **rest}


def _text(delta: str, place: int = 0, kind: str = "output_text") -> Json:
    return _event(f"{kind}.delta", output_index=place, delta=delta)


WHOLE: Json = {
    "id": "r",
    "status": "completed",
    "output": [{"type": "message"}],
    "usage": {"input_tokens": 3},
}


@pytest.mark.parametrize("kind", ["completed", "incomplete", "failed", "done"])
def test_the_last_event_has_the_whole_response(kind: str) -> None:
    """What came before it says nothing else."""
    assert WHOLE == assemble([STARTED, _text("a"), _text("b"), _event(kind, response=WHOLE)])


def test_a_stream_that_broke_off_keeps_its_texts() -> None:
    """Each output for itself, joined in the order of its pieces."""
    events = [STARTED, _text("a"), _text("{", 1, "function_call_arguments"), _text("b")]

    assert {
        "id": "r",
        "status": "in_progress",
        "output": [
            {"type": "output_text", "text": "ab"},
            {"type": "function_call_arguments", "text": "{"},
        ],
    } == assemble(events)


def test_an_output_that_was_done_is_not_told_twice() -> None:
    """It has its text; one that had begun only has its name."""
    done, begun = {"type": "message", "content": ["ab"]}, {"type": "function_call", "name": "f"}
    events = [
        _text("a"),
        _text("b"),
        _event("output_item.done", output_index=0, item=done),
        _event("output_item.added", output_index=1, item=begun),
        _text("{", 1, "function_call_arguments"),
    ]

    assert {"output": [done, begun, {"type": "function_call_arguments", "text": "{"}]} == assemble(events)


ERRORS: dict[str, Json] = {
    "in its own keys": {"type": "error", "code": "server_error", "message": "no", "sequence_number": 3},
    "of OpenRouter's name": {"type": "response.error", "code": "server_error", "message": "no"},
    "in one object": {"type": "response.error", "error": {"code": "server_error", "message": "no"}},
    "in both": {"type": "response.error", "code": "server_error", "error": {"message": "no"}},
}


@pytest.mark.parametrize("event", ERRORS.values(), ids=ERRORS)
def test_an_error_in_a_stream_is_the_error_of_the_response(event: Json) -> None:
    """With its code and its message."""
    assert {"error": {"code": "server_error", "message": "no"}} == assemble([event])


def test_a_streamed_response_is_read_like_one_that_was_not() -> None:
    """Its usage, model and output."""
    response = {
        "id": "resp-1",
        "object": "response",
        "model": "openai/gpt-5",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "ab"}]}],
        "usage": {"input_tokens": 3, "output_tokens": 2},
    }
    document = {"request": {"input": "q", "stream": True}, "started_at": "2026-11-23T10:00:00Z"}
    events = [STARTED, _text("a"), _text("b"), _event("completed", response=response)]

    assert read({**document, "response": response}) == read({**document, "chunks": events})
