"""Events of the Messages API, put together to the message that was not streamed."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers.exchange.streams import assemble

Json = dict[str, Any]


def _begin(block: Any, index: Any = 0, **rest: Any) -> Json:
    return {"type": "content_block_start", "index": index, "content_block": block, **rest}


def _delta(kind: str, index: Any = 0, **rest: Any) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **rest}}


def _json(text: str) -> Json:
    return _delta("input_json_delta", partial_json=text)


TOOL = {"type": "tool_use", "input": {}}
BLOCKS: dict[str, tuple[list[Json], list[Json]]] = {
    "a text": (
        [
            _begin({"type": "text", "text": "a"}),
            _delta("text_delta", text="b"),
            _delta("text_delta", text="c"),
        ],
        [{"type": "text", "text": "abc"}],
    ),
    "two texts that grow in turns": (
        [
            _delta("text_delta", 0, text="a"),
            _delta("text_delta", 1, text="b"),
            _delta("text_delta", 0, text="c"),
        ],
        [{"type": "text", "text": "ac"}, {"type": "text", "text": "b"}],
    ),
    "an input whose beginning is missing": ([_json('{"a": 1}')], [{"type": "tool_use", "input": {"a": 1}}]),
    "a tool without an input": ([_begin({"type": "tool_use"}), _json("")], [{"type": "tool_use"}]),
    "blocks with which the message begins": (
        [
            {"type": "message_start", "message": {"content": [{"type": "text", "text": "a"}]}},
            _begin({"type": "text", "text": "b"}),
        ],
        [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
    ),
    "a text whose beginning is missing": ([_delta("text_delta", text="b")], [{"type": "text", "text": "b"}]),
    "deltas before the beginning": (
        [_delta("text_delta", text="b"), _begin({"type": "text", "text": ""})],
        [{"type": "text", "text": "b"}],
    ),
    "two that begin at one place": (
        [
            _begin({"type": "text", "text": ""}, None),
            _delta("text_delta", None, text="a"),
            _begin({"type": "text", "text": ""}, None),
            _delta("text_delta", None, text="b"),
        ],
        [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
    ),
    "an input": ([_begin(TOOL), _json('{"a": '), _json("1}")], [{**TOOL, "input": {"a": 1}}]),
    "an input that had begun": (
        [_begin({**TOOL, "input": {"b": 2}}), _json('{"a": 1}')],
        [{**TOOL, "input": {"a": 1, "b": 2}}],
    ),
    "an input that was cut off": ([_begin(TOOL), _json('{"a": ')], [{**TOOL, "input": '{"a": '}]),
    "one that had begun and was cut off": (
        [_begin({**TOOL, "input": {"b": 2}}), _json('{"a": ')],
        [{**TOOL, "input": {"b": 2}, "input_": '{"a": '}],
    ),
    "an input without deltas": (
        [_begin({**TOOL, "input": {"b": 2}}), _json("")],
        [{**TOOL, "input": {"b": 2}}],
    ),
    "a text that began as something else": (
        [_begin({"type": "text", "text": ["a"]}), _delta("text_delta", text="b")],
        [{"type": "text", "text": ["a"], "text_": "b"}],
    ),
    "citations": (
        [_begin({"type": "text", "text": "", "citations": [1]}), _delta("citations_delta", citation=2)],
        [{"type": "text", "text": "", "citations": [1, 2]}],
    ),
    "what comes whole": (
        [
            _begin({"type": "compaction", "content": None}),
            _delta("compaction_delta", content="a", encrypted_content=None),
            _delta("signature_delta", signature="s"),
        ],
        [{"type": "compaction", "content": "a", "signature": "s"}],
    ),
}


@pytest.mark.parametrize(("events", "expected"), BLOCKS.values(), ids=BLOCKS)
def test_blocks_begin_and_grow(events: list[Json], expected: list[Json]) -> None:
    """Each at its place, and nothing is kept beside."""
    assert {"content": expected} == assemble(events)


KEPT: dict[str, tuple[Json, Json]] = {
    "a key of an event": ({"type": "ping", "x": 1}, {"type": "ping", "x": 1}),
    "a key beside a block": (
        _begin({"type": "text"}, 1, x=1),
        {"type": "content_block_start", "index": 1, "x": 1},
    ),
    "a key of a delta": (_delta("text_delta", text="a", x=1), _delta("text_delta", x=1)),
    "a delta of no known kind": (_delta("new_delta", x=1), _delta("new_delta", x=1)),
    "a delta whose type is none": (
        {"type": "content_block_delta", "index": 0, "delta": {"type": ["x"], "": "a"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": ["x"], "": "a"}},
    ),
    "a text that is none": (_delta("text_delta", text=5), _delta("text_delta", text=5)),
    "a delta that is a text": (
        {"type": "content_block_delta", "index": 0, "delta": "a"},
        {"type": "content_block_delta", "index": 0, "delta": "a"},
    ),
    "a block that is a text": (_begin("a"), _begin("a")),
    "a message that is a text": (
        {"type": "message_start", "message": "a"},
        {"type": "message_start", "message": "a"},
    ),
    "an end that is a text": (
        {"type": "message_delta", "delta": "a"},
        {"type": "message_delta", "delta": "a"},
    ),
    "usage that is a number": ({"type": "message_delta", "usage": 5}, {"type": "message_delta", "usage": 5}),
}


@pytest.mark.parametrize(("event", "kept"), KEPT.values(), ids=KEPT)
def test_what_no_part_of_a_message_takes_is_kept(event: Json, kept: Json) -> None:
    """Under `events`, without what was taken."""
    assert [kept] == assemble([event])["events"]


def test_keys_of_the_last_events_are_of_the_message() -> None:
    """As the cost that some gateways put beside the counts."""
    events = [
        {"type": "message_start", "message": {"id": "m", "content": [], "usage": {"input_tokens": 5}}},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"input_tokens": 0},
            "cost": 0.5,
        },
        {"type": "message_stop", "usage": {"output_tokens": 2}, "x": 1},
    ]

    assert {
        "id": "m",
        "content": [],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 5, "output_tokens": 2},
        "cost": 0.5,
        "x": 1,
    } == assemble(events)
