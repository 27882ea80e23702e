"""Chunks of a stream, put together to the response that was not streamed."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from broadcast_core.readers.exchange.streams import assemble
from tests.readers.counting import growth

Json = Any


def _chunk(*choices: Any, **rest: Any) -> dict[str, Any]:
    return {"choices": list(choices), **rest}


def _delta(index: int = 0, **delta: Any) -> dict[str, Any]:
    return {"index": index, "delta": delta}


def _message(*deltas: dict[str, Any]) -> dict[str, Any]:
    """Return the message that some deltas of one choice make."""
    message: dict[str, Any] = assemble([_chunk({"index": 0, "delta": delta}) for delta in deltas])["choices"][
        0
    ]["message"]
    return message


def _calls(*parts: list[Any]) -> Json:
    """Return the tool calls that some parts make."""
    return _message(*({"tool_calls": part} for part in parts))["tool_calls"]


PICTURE: dict[str, Any] = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
SIGNED: dict[str, Any] = {"type": "text", "text": "a", "annotations": []}


def _thought(text: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}


def _detail(text: str, kind: str = "reasoning.text", index: int = 0, **rest: Any) -> dict[str, Any]:
    return {"type": kind, "index": index, "text": text, **rest}


MESSAGES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "text in pieces": ([{"content": "a"}, {"content": "b"}], {"content": "ab"}),
    "reasoning in pieces": (
        [{"reasoning": "a"}, {"reasoning": "b"}, {"content": "c"}],
        {"reasoning": "ab", "content": "c"},
    ),
    "a refusal in pieces": ([{"refusal": "a"}, {"refusal": "b"}], {"content": None, "refusal": "ab"}),
    "null between": ([{"content": "a"}, {"content": None}, {"content": "b"}], {"content": "ab"}),
    "an empty piece": ([{"content": ""}], {"content": ""}),
    "nothing": ([{}], {"content": None}),
    "details in pieces": (
        [{"reasoning_details": [1]}, {"reasoning_details": [2]}],
        {"content": None, "reasoning_details": [1, 2]},
    ),
    "images": ([{"images": ["x"]}, {"images": ["y"]}], {"content": None, "images": ["x", "y"]}),
    "sound in pieces": (
        [
            {"audio": {"id": "s", "data": "AA", "transcript": "a"}},
            {"audio": {"data": "BB", "expires_at": 5}},
            {"audio": {"transcript": "b"}},
        ],
        {"content": None, "audio": {"id": "s", "data": "AABB", "transcript": "ab", "expires_at": 5}},
    ),
    "another role": ([{"role": "tool"}], {"role": "tool", "content": None}),
    "a text that nobody knows": (
        [{"thinking": "a"}, {"thinking": "b"}, {"thinking": None}],
        {"content": None, "thinking": "ab"},
    ),
    "the same role again": ([{"role": "assistant"}] * 2, {"content": None}),
    "a function call of older days": (
        [{"function_call": {"name": "f", "arguments": "{"}}, {"function_call": {"arguments": "}"}}],
        {"content": None, "function_call": {"name": "f", "arguments": "{}"}},
    ),
    "an object that nobody knows": (
        [{"mood": {"about": "x", "words": ["a"], "sure": 1}}, {"mood": {"words": ["b"], "sure": 2}}],
        {"content": None, "mood": {"about": "x", "words": ["a", "b"], "sure": 2}},
    ),
    "an object, then text": (
        [{"audio": {"data": "AA"}}, {"audio": "BB"}, {"audio": {"data": "CC"}}],
        {"content": None, "audio": [{"data": "AA"}, "BB", {"data": "CC"}]},
    ),
    "numbers of one kind": ([{"score": 1}, {"score": 2}, {"score": 3}], {"content": None, "score": 3}),
    "another number": ([{"score": 1}, {"score": 1.5}], {"content": None, "score": 1.5}),
    "a number, then a flag": ([{"score": 1}, {"score": True}], {"content": None, "score": [1, True]}),
    "parts, then texts": (
        [{"content": [PICTURE]}, {"content": "a"}, {"content": "b"}, {"content": [PICTURE]}],
        {"content": [PICTURE, {"type": "text", "text": "ab"}, PICTURE]},
    ),
    "text, then parts that go on": (
        [{"content": ""}, {"content": "a"}, {"content": [{"type": "text", "text": "p"}]}],
        {"content": [{"type": "text", "text": "ap"}]},
    ),
    "an empty text, then parts": ([{"content": ""}, {"content": [PICTURE]}], {"content": [PICTURE]}),
    "thoughts, then text": (
        [{"content": [_thought("Add ")]}, {"content": [_thought("them.")]}, {"content": "4"}],
        {"content": [_thought("Add them."), {"type": "text", "text": "4"}]},
    ),
    "parts that say more": (
        [{"content": [SIGNED]}, {"content": [SIGNED]}],
        {"content": [SIGNED, SIGNED]},
    ),
    "a number, then text": (
        [{"content": 5}, {"content": "a"}],
        {"content": [5, {"type": "text", "text": "a"}]},
    ),
    "details of a reasoning in pieces": (
        [
            {"reasoning_details": [_detail("A gross "), _detail("x", kind="reasoning.summary")]},
            {"reasoning_details": [_detail("is 144.", format="f", signature=None)]},
            {"reasoning_details": [_detail("other", index=1), _detail("", signature="sig")]},
        ],
        {
            "content": None,
            "reasoning_details": [
                _detail("A gross is 144.", format="f", signature="sig"),
                _detail("x", kind="reasoning.summary"),
                _detail("other", index=1),
            ],
        },
    ),
    "a detail in two pieces": (
        [{"reasoning_details": [_detail("a")]}, {"reasoning_details": [_detail("b")]}],
        {"content": None, "reasoning_details": [_detail("ab")]},
    ),
    "a name that is empty": ([{"name": ""}, {"name": ""}], {"content": None, "name": ""}),
    "details without an index": (
        [{"reasoning_details": [{"text": "a"}]}, {"reasoning_details": [{"text": "a"}, 5]}],
        {"content": None, "reasoning_details": [{"text": "a"}, {"text": "a"}, 5]},
    ),
    "the same annotation twice": (
        [{"annotations": [{"url": "u"}]}, {"annotations": [{"url": "u"}, {"url": "v"}]}],
        {"content": None, "annotations": [{"url": "u"}, {"url": "v"}]},
    ),
    "a recording": (
        [{"audio": {"id": "a", "data": "AA"}}, {"audio": {"data": "BB", "transcript": "hi", "id": "a"}}],
        {"content": None, "audio": {"id": "a", "data": "AABB", "transcript": "hi"}},
    ),
}


@pytest.mark.parametrize(("deltas", "expected"), MESSAGES.values(), ids=MESSAGES)
def test_deltas_grow_into_a_message(deltas: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    """Nothing of them is lost."""
    assert {"role": "assistant", **expected} == _message(*deltas)


def _within(levels: int, inner: Any) -> dict[str, Any]:
    """Return an object within so many others."""
    for _ in range(levels):
        inner = {"in": inner}
    return inner  # type: ignore[no-any-return]


def _thoughts(levels: int, inner: list[Any]) -> list[Any]:
    """Return a thought that has so many others in it."""
    for _ in range(levels):
        inner = [{"type": "thinking", "thinking": inner}]
    return inner


AA, BB = {"a": "x"}, {"a": "y"}
DEEP: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "objects": (
        [{"mood": _within(7, AA)}, {"mood": _within(7, BB)}],
        {"content": None, "mood": _within(7, {"a": "xy"})},
    ),
    "more objects": (
        [{"mood": _within(8, AA)}, {"mood": _within(8, BB)}],
        {"content": None, "mood": _within(8, [AA, BB])},
    ),
    "objects in details": (
        [{"reasoning_details": [{"index": 0, "in": _within(6, inner)}]} for inner in (AA, BB)],
        {"content": None, "reasoning_details": [{"index": 0, "in": _within(6, {"a": "xy"})}]},
    ),
    "more objects in details": (
        [{"reasoning_details": [{"index": 0, "in": _within(7, inner)}]} for inner in (AA, BB)],
        {"content": None, "reasoning_details": [{"index": 0, "in": _within(7, [AA, BB])}]},
    ),
    "objects in calls": (
        [{"tool_calls": [{"index": 0, "in": _within(6, inner)}]} for inner in (AA, BB)],
        {"content": None, "tool_calls": [{"index": 0, "in": _within(6, {"a": "xy"})}]},
    ),
    "more objects in calls": (
        [{"tool_calls": [{"index": 0, "in": _within(7, inner)}]} for inner in (AA, BB)],
        {"content": None, "tool_calls": [{"index": 0, "in": _within(7, [AA, BB])}]},
    ),
    "thoughts": (
        [{"content": _thoughts(7, ["a"])}, {"content": _thoughts(7, ["b"])}],
        {"content": _thoughts(7, [{"type": "text", "text": "ab"}])},
    ),
    "more thoughts": (
        [{"content": _thoughts(8, ["a"])}, {"content": _thoughts(8, ["b"])}],
        {"content": _thoughts(8, ["a", "b"])},
    ),
}


@pytest.mark.parametrize(("deltas", "expected"), DEEP.values(), ids=DEEP)
def test_deltas_grow_as_deep_as_streams_do(deltas: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    """Below eight levels values are listed in their order, and nothing is lost."""
    assert {"role": "assistant", **expected} == _message(*deltas)


def _call(arguments: str = "", **rest: Any) -> dict[str, Any]:
    return {"function": {"arguments": arguments}, **rest}


CALLS: dict[str, tuple[list[list[Any]], list[Any]]] = {
    "by index": (
        [
            [_call("", index=0, id="a"), _call("", index=1, id="b")],
            [_call("x", index=1)],
            [_call("y", index=0), _call("z", index=1)],
        ],
        [_call("y", index=0, id="a"), _call("xz", index=1, id="b")],
    ),
    "whole calls without an index": (
        [[_call("x", id="a"), _call("y", id="b")]],
        [_call("x", id="a"), _call("y", id="b")],
    ),
    "by id alone": (
        [[_call("x", id="a")], [_call("y", id="b")], [_call("z", id="a")]],
        [_call("xz", id="a"), _call("y", id="b")],
    ),
    "neither index nor id": ([[_call("x", id="a")], [_call("y")]], [_call("xy", id="a")]),
    "one index for every call": (
        [[_call("x", index=0, id="a")], [_call("y", index=0, id="b")], [_call("z", index=0)]],
        [_call("x", index=0, id="a"), _call("yz", index=0, id="b")],
    ),
    "neither, after a part of an earlier call": (
        [[_call("x", index=0, id="a"), _call("y", index=1, id="b")], [_call("z", index=0)], [_call("w")]],
        [_call("xz", index=0, id="a"), _call("yw", index=1, id="b")],
    ),
    "an index that is empty": (
        [[_call("x", id="a")], [_call("y", index="")]],
        [_call("xy", index="", id="a")],
    ),
    "an id that comes late": (
        [[_call("x", index=0)], [_call("y", index=0, id="a")]],
        [_call("xy", index=0, id="a")],
    ),
    "a name that comes first": (
        [
            [{"index": 0, "function": {"name": "f", "arguments": ""}}],
            [{"index": 0, "function": {"name": None, "arguments": "x"}}],
        ],
        [{"index": 0, "function": {"name": "f", "arguments": "x"}}],
    ),
    "a function that is none": (
        [[{"index": 0, "function": "f"}], [{"index": 0, "function": {"name": "g"}}]],
        [{"index": 0, "function": ["f", {"name": "g"}]}],
    ),
    "an index that is text in between": (
        [[_call("x", index=0, id="a")], [_call("y", index="0")]],
        [_call("xy", index="0", id="a")],
    ),
    "an id that comes back": (
        [[_call("x", index=0, id="a"), _call("y", index=0, id="b")], [_call("z", index=0, id="a")]],
        [_call("xz", index=0, id="a"), _call("y", index=0, id="b")],
    ),
    "an id under another index": (
        [[_call("x", index=0, id="a")], [_call("y", index=1, id="a")]],
        [_call("x", index=0, id="a"), _call("y", index=1, id="a")],
    ),
    "an index that is no number": (
        [[_call("x", index=[1])], [_call("y", index={})], [_call("z", index=[1])]],
        [_call("xz", index=[1]), _call("y", index={})],
    ),
    "parts that are none": ([["x", None], [5]], ["x", None, 5]),
}


@pytest.mark.parametrize(("parts", "expected"), CALLS.values(), ids=CALLS)
def test_tool_calls_are_put_together(parts: list[list[Any]], expected: list[Any]) -> None:
    """By index, else by id; providers differ."""
    assert expected == _calls(*parts)


def test_tool_calls_that_are_no_list_are_kept() -> None:
    """Whatever they are."""
    assert ["x", "y"] == _message({"tool_calls": "x"}, {"tool_calls": "y"})["tool_calls"]


@pytest.mark.parametrize(("levels", "inner"), [(7, {"a": "xy"}), (8, [AA, BB])])
def test_probabilities_grow_as_deep_as_deltas_do(levels: int, inner: Any) -> None:
    """Eight levels."""
    chunks = [_chunk({"index": 0, "logprobs": _within(levels, one)}) for one in (AA, BB)]

    assert [{"index": 0, "logprobs": _within(levels, inner)}] == assemble(chunks)["choices"]


def test_choices_are_in_the_order_of_their_index() -> None:
    """Each with its own message."""
    response = assemble(
        [_chunk(_delta(1, content="b")), _chunk(_delta(0, content="a"), _delta(1, content="c"))]
    )

    assert [(0, "a"), (1, "bc")] == [
        (choice["index"], choice["message"]["content"]) for choice in response["choices"]
    ]


def test_finish_reasons_come_with_the_last_chunk() -> None:
    """Null before that says nothing."""
    response = assemble(
        [
            _chunk({"index": 0, "delta": {"content": "a"}, "finish_reason": None}),
            _chunk({"index": 0, "delta": {}, "finish_reason": "stop", "native_finish_reason": "end_turn"}),
        ]
    )

    assert [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "a"},
            "finish_reason": "stop",
            "native_finish_reason": "end_turn",
        }
    ] == response["choices"]


def test_probabilities_of_tokens_are_joined() -> None:
    """Every chunk brings its own."""
    chunks = [
        _chunk({"index": 0, "logprobs": {"content": [{"token": token}], "refusal": None}}) for token in "ab"
    ]

    assert {"content": [{"token": "a"}, {"token": "b"}], "refusal": None} == assemble(chunks)["choices"][0][
        "logprobs"
    ]


def test_the_chunks_stay_as_they_were() -> None:
    """What grows are copies."""
    delta = {
        "images": ["x"],
        "audio": {"data": "A"},
        "tool_calls": [{"index": 0, "function": {"arguments": "a"}}],
    }
    chunks = [_chunk({"index": 0, "delta": delta, "logprobs": {"content": ["t"]}}) for _ in range(2)]
    before = deepcopy(chunks)

    assemble(chunks)

    assert before == chunks


def test_a_stream_of_plain_text_has_no_message() -> None:
    """As a completion of a prompt has none."""
    assert [{"index": 0, "text": "ab", "finish_reason": "stop"}] == assemble(
        [_chunk({"index": 0, "text": "a"}), _chunk({"index": 0, "text": "b", "finish_reason": "stop"})]
    )["choices"]


def test_of_everything_else_the_last_value_counts() -> None:
    """Usage, error, and what nobody knows; null is no value."""
    response = assemble(
        [
            {"id": "gen-1", "model": "a/b", "usage": None, "citations": ["x"]},
            {"id": "gen-1", "usage": {"cost": 1}, "error": {"code": 502}, "citations": None},
        ]
    )

    assert {
        "id": "gen-1",
        "model": "a/b",
        "usage": {"cost": 1},
        "error": {"code": 502},
        "citations": ["x"],
    } == response


LATER: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "an object that says less": (
        [{"usage": {"cost": 1, "input": 2}}, {"usage": {"cost": 3}}],
        {"usage": {"cost": 3, "input": 2}},
    ),
    "an error that says less": (
        [{"error": {"code": 1, "message": "a"}}, {"error": {"message": "b"}}],
        {"error": {"message": "b"}, "chunks": [{"error": {"code": 1, "message": "a"}}]},
    ),
    "half an id": ([{"id": "gen-12"}, {"id": "gen-1"}], {"id": "gen-1"}),
    "an event of an error": (
        [{"type": "error", "error": {"message": "no"}, "request_id": "r"}],
        {"error": {"message": "no"}, "request_id": "r"},
    ),
    "another type": ([{"type": "x"}], {"type": "x"}),
    "choices of an event": (
        [{"type": "response.chunk", "choices": [{"index": 0, "text": "a"}]}],
        {"type": "response.chunk", "choices": [{"index": 0, "text": "a"}]},
    ),
}


@pytest.mark.parametrize(("chunks", "expected"), LATER.values(), ids=LATER)
def test_what_a_chunk_says_beside_its_choices_is_of_the_response(
    chunks: list[dict[str, Any]], expected: dict[str, Any]
) -> None:
    """An error counts whole, and an event that brings one is named so."""
    assert expected == assemble(chunks)


def test_what_a_later_value_of_another_kind_replaces_is_kept() -> None:
    """The last one counts, as readers expect it."""
    response = assemble(
        [
            {"usage": {"cost": 1}, "choices": [{"index": 0, "finish_reason": 5}]},
            {"usage": "none", "choices": [{"index": 0, "finish_reason": "stop"}]},
        ]
    )

    assert {
        "usage": "none",
        "choices": [{"index": 0, "finish_reason": "stop"}],
        "chunks": [{"usage": {"cost": 1}}, {"finish_reason": 5}],
    } == response


class CountingText(str):
    """A text that counts how many letters are copied when it is added to another."""

    copied = 0

    def __radd__(self, before: str) -> CountingText:
        CountingText.copied += len(before)
        return CountingText(str(before) + str(self))


MANY: dict[str, Callable[[int], list[dict[str, Any]]]] = {
    "texts": lambda n: [{"content": CountingText("x")} for _ in range(n)],
    "sounds": lambda n: [{"audio": {"data": CountingText("x")}} for _ in range(n)],
    "calls": lambda n: [{"tool_calls": [{"index": i, "id": str(i)}]} for i in range(n)],
    "calls at once": lambda n: [{"tool_calls": [{"index": i} for i in range(n)]}],
    "arguments": lambda n: [
        {"tool_calls": [{"index": i % 9, "function": {"arguments": CountingText("x")}}]} for i in range(n)
    ],
    "details": lambda n: [{"reasoning_details": [i]} for i in range(n)],
    "kinds": lambda n: [{"content": i if i % 2 else "x"} for i in range(n)],
}


@pytest.mark.parametrize("many", MANY.values(), ids=MANY)
def test_work_grows_with_the_stream_and_not_with_its_square(
    many: Callable[[int], list[dict[str, Any]]],
) -> None:
    """Neither the lines that run nor the letters that are copied."""
    CountingText.copied = 0

    assert growth(lambda size: lambda: _message(*many(size))) < 6
    assert CountingText.copied < 10_000


ODD: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "nothing": ([], {}),
    "no objects": (["[DONE]", None, 5], {"chunks": ["[DONE]", None, 5]}),
    "choices that are text": ([{"choices": "x"}], {"chunks": ["x"]}),
    "a choice that is text": ([{"choices": ["x"]}], {"chunks": ["x"]}),
    "no choices": ([{"choices": None}, {"choices": []}], {}),
    "a delta that is text": ([{"choices": [{"delta": "x"}]}], {"choices": [{"index": 0, "delta": "x"}]}),
    "a message that is a list": (
        [{"choices": [{"message": ["x"]}]}, {"choices": [{"delta": {"content": "a"}}]}],
        {"choices": [{"index": 0, "delta": ["x"], "message": {"role": "assistant", "content": "a"}}]},
    ),
    "an index that is text": (
        [{"choices": [{"index": "x", "text": "a"}]}],
        {"choices": [{"index": 0, "stated_index": "x", "text": "a"}]},
    ),
    "an index spelled as text": (
        [{"choices": [{"index": "1", "text": "a"}]}, {"choices": [{"index": 1, "text": "b"}]}],
        {"choices": [{"index": 1, "text": "ab"}]},
    ),
    "an index of nine digits": (
        [{"choices": [{"index": "123456789", "text": "a"}]}],
        {"choices": [{"index": 123456789, "text": "a"}]},
    ),
    "an index of too many digits": (
        [{"choices": [{"index": "1234567890", "text": "a"}]}],
        {"choices": [{"index": 0, "stated_index": "1234567890", "text": "a"}]},
    ),
    "an index that is true": (
        [{"choices": [{"index": True, "text": "a"}]}],
        {"choices": [{"index": 0, "stated_index": True, "text": "a"}]},
    ),
    "texts of a shape that nobody knows": (
        [{"model": "a", "response": "He"}, {"model": "b", "response": "llo"}],
        {"model": "b", "response": "llo", "chunks": [{"response": "He"}]},
    ),
    "a whole message": (
        [{"choices": [{"message": {"content": "a"}}]}],
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}}]},
    ),
}


@pytest.mark.parametrize(("chunks", "expected"), ODD.values(), ids=ODD)
def test_odd_chunks_are_kept(chunks: list[Any], expected: dict[str, Any]) -> None:
    """What is no chunk stands apart."""
    assert expected == assemble(chunks)


def test_events_of_two_apis_are_both_there() -> None:
    """As a relay may send an error of one in a stream of the other."""
    events = [
        {"type": "error", "message": "a"},
        {"type": "error", "message": "b"},
        {"type": "image_generation.new", "x": 1},
        {"choices": [{"index": 0, "delta": {"content": "hi"}}]},
    ]

    assert {
        "error": {"message": "a"},
        "events": [{"type": "error", "message": "b"}],
        "events_": [{"type": "image_generation.new", "x": 1}],
        "partial": {"previews": 0},
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}],
    } == assemble(events)
