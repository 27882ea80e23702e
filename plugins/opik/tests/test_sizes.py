"""What leaves is never larger than Opik takes, whatever the shape of a chat adds, and is still a chat."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import (
    Attempt,
    Content,
    Failure,
    Generation,
    Identity,
    Plan,
    Route,
    Timing,
    TraceContext,
    plan,
)
from broadcast_core.destinations import chat_input, chat_output, fit_json
from broadcast_core.jsontext import Json, JsonError, dumps
from broadcast_core.testing.strategies import json_values
from broadcast_opik import destination
from broadcast_opik.config import LOCAL
from broadcast_opik.endpoints import MAX_BODY_BYTES, MAX_FIELD_BYTES
from broadcast_opik.testing.rendering import shows_messages
from broadcast_opik.testing.server import OpikModel

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
SMALL = 15_000  # a thousandth, so that a shape is tried on many and soon
MARK = "openrouter_truncated"
DEEP: Any = []
for _ in range(252):
    DEEP = [DEEP]


def _planned(**fields: Any) -> Plan:
    generation = Generation(id="gen-1", timing=Timing(start=START), **fields)
    return plan(
        [generation], Route.to(destination, {"base_url": LOCAL, "project_name": "p" * 150, "attempts": True})
    )


def _answer(length: int) -> dict[str, Any]:
    text = {"type": "output_text", "text": "z" * length}
    return {"output": [{"type": "message", "role": "assistant", "content": [text]}]}


SHAPES: list[tuple[str, Callable[[Json], Json], Any]] = [
    ("a text", chat_input, "x" * 16_000),
    ("control characters", chat_input, "\x01" * 16_000),
    ("Responses text", chat_output, _answer(16_100)),
    ("Responses texts", chat_output, {"output": _answer(100)["output"] * 100}),
    ("other roles", chat_input, {"messages": [{"role": "x"}] * 700}),
    ("bare calls", chat_input, {"input": [{"type": "function_call"}] * 500}),
    ("called", chat_output, {"output": [{"type": "function_call", "call_id": "c"}] * 250}),
    ("long messages", chat_input, [{"role": "developer", "content": "w" * 900}] * 30),
    ("many messages", chat_input, [{"role": "user", "content": "w" * 100}] * 300),
    ("many texts", chat_input, {"input": ["w" * 60] * 300}),
    ("completions", chat_output, {"choices": [{"text": "w" * 40}] * 200}),
    (
        "beside a long text",
        chat_input,
        {"instructions": "q" * 10_000, "messages": [{"role": "x"}] * 333},
    ),
    ("deep and long", chat_input, {"messages": [{"role": "user", "content": [DEEP, "y" * 16_000]}]}),
]


@pytest.mark.parametrize(
    ("show", "value"), [shape[1:] for shape in SHAPES], ids=[shape[0] for shape in SHAPES]
)
def test_a_chat_too_large_is_cut_and_still_one(show: Callable[[Json], Json], value: Any) -> None:
    """It fits, uses the room that there is, has its marks, and the Messages view takes it."""
    fitted = fit_json(value, "$.content.x", SMALL, "Opik", show)
    text, notes = fitted.value, fitted.diagnostics

    assert 0.8 * SMALL < len(text) <= SMALL
    assert shows_messages({"input" if show is chat_input else "output": json.loads(text)})
    assert b"[truncated]" in text or MARK.encode() in text
    assert "truncated" == notes[-1].kind
    assert re.match(r"[0-9]{5,} bytes, and Opik takes about 15000 a field", notes[-1].what)


BIG: list[tuple[str, dict[str, Any]]] = [
    ("Responses text", {"output": _answer(20_100_000)}),
    ("deep and long", {"input": [DEEP, "y" * 16_000_000]}),
]


@pytest.mark.parametrize("content", [content for _, content in BIG], ids=[name for name, _ in BIG])
def test_opiks_cloud_takes_what_was_cut(content: dict[str, Any]) -> None:
    """As it is, with the limits of the cloud."""
    result = _planned(content=Content(**content))

    assert ["planned"] == [outcome.status for outcome in result.outcomes]
    assert [204, 204] == [OpikModel().handle(request).status for request in result.requests]


CHATS = st.one_of(
    json_values(20),
    st.fixed_dictionaries({"messages": st.lists(st.fixed_dictionaries({"role": st.text(max_size=3)}))}),
    st.fixed_dictionaries({"output": st.lists(st.just(_answer(40)["output"][0]))}),
    st.fixed_dictionaries({"input": st.lists(st.sampled_from([{"type": "function_call"}, {MARK: 1}]))}),
)


@given(CHATS, st.sampled_from([chat_input, chat_output]), st.integers(64, 900))
def test_whatever_is_shown_fits(value: Any, show: Callable[[Json], Json], max_bytes: int) -> None:
    """Valid JSON of at most the bytes that a field may have, and told when it was cut."""
    fitted = fit_json(value, "$.content.x", max_bytes, "Opik", show)
    text, notes = fitted.value, fitted.diagnostics
    json.loads(text)

    assert len(text) <= max_bytes
    assert ("truncated" in {note.kind for note in notes}) == (_size(show(value)) > max_bytes)


def _size(value: Json) -> int:
    try:
        return len(dumps(value))
    except JsonError:
        return len(fit_json(value, "$", MAX_FIELD_BYTES, "Opik").value)


def test_a_shape_that_no_cut_makes_small_is_cut_itself() -> None:
    """Then it is no chat any more, but fits."""
    text = fit_json("x", "$.x", 98, "Opik", lambda value: ["y" * 1000]).value

    assert text.startswith(b'["yyy')
    assert text.endswith(b'y[truncated]"]')
    assert 90 < len(text) <= 98


def test_the_largest_row_fits_one_body() -> None:
    """Every field as long as it may be, of the characters that are longest in JSON."""
    name, said, content = ("\x01" * count for count in (3_000, 600_000, 2_600_000))
    result = _planned(
        model=name,
        served_model=name,
        provider=name,
        content=Content(input=content, output=content, request={"tools": content}),
        failure=Failure(type=name, code=name, message=said, stacktrace=said),
        identity=Identity(session_id=name, user_id=name),
        trace=TraceContext(
            trace_id="t",
            trace_name=name,
            span_name=name,
            generation_name=name,
            tags=tuple("\x01" * 99 + chr(n) for n in range(200, 300)),
            metadata={"environment": "e" * 200, "mine": content},
        ),
        attempts=(Attempt(index=0, provider=name, status_code=500, message=said),),
    )
    model = OpikModel()

    assert [("planned", "")] == [(outcome.status, outcome.reason) for outcome in result.outcomes]
    assert {204} == {model.handle(request).status for request in result.requests}
    assert 2.9 * MAX_FIELD_BYTES < max(len(request.body) for request in result.requests) <= MAX_BODY_BYTES
