"""Events of the Responses API, put together to the response that was not streamed."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers.exchange import read
from broadcast_core.readers.exchange.streams import assemble

Json = dict[str, Any]
STARTED: Json = {"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}}


def _event(kind: str, **rest: Any) -> Json:
    return {"type": f"response.{kind}", **rest}


def _text(delta: str, place: int = 0, kind: str = "output_text") -> Json:
    return _event(f"{kind}.delta", output_index=place, delta=delta)


WHOLE: Json = {
    "id": "r",
    "status": "completed",
    "output": [{"type": "message", "content": [{"type": "output_text", "text": "ab"}]}],
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
            {"type": "message", "content": [{"type": "output_text", "text": "ab"}]},
            {"type": "function_call", "arguments": "{"},
        ],
    } == assemble(events)


def test_an_output_that_was_done_is_not_told_twice() -> None:
    """It has its text; one that had begun only has its name."""
    done = {"type": "message", "content": [{"type": "output_text", "text": "ab"}]}
    begun = {"type": "function_call", "name": "f", "arguments": ""}
    events = [
        _text("a"),
        _text("b"),
        _event("output_item.done", output_index=0, item=done),
        _event("output_item.added", output_index=1, item=begun),
        _text("{", 1, "function_call_arguments"),
    ]

    assert {"output": [done, {**begun, "arguments": "{"}]} == assemble(events)


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


MESSAGE: Json = {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "xy"}]}
TOKENS = [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -0.25}]
PARTS: dict[str, tuple[list[Json], Json]] = {
    "log probabilities in parts": (
        [
            {**_text("a"), "logprobs": TOKENS[:1]},
            {**_text("b"), "logprobs": TOKENS[1:]},
            _event("output_text.done", text="ab", logprobs=[]),
        ],
        {"type": "message", "content": [{"type": "output_text", "text": "ab", "logprobs": TOKENS}]},
    ),
    "all of them in the end": (
        [{**_text("a"), "logprobs": TOKENS[:1]}, _event("output_text.done", text="ab", logprobs=TOKENS)],
        {"type": "message", "content": [{"type": "output_text", "text": "ab", "logprobs": TOKENS}]},
    ),
    "the id of the item": (
        [{**_text("a"), "item_id": "m"}],
        {"id": "m", "type": "message", "content": [{"type": "output_text", "text": "a"}]},
    ),
    "its own id counts": (
        [_event("output_item.added", item={**MESSAGE, "content": []}), {**_text("xy"), "item_id": "n"}],
        MESSAGE,
    ),
    "an id that is none": (
        [{**_text("a"), "item_id": ""}, {**_text("b"), "item_id": 5}],
        {"type": "message", "content": [{"type": "output_text", "text": "ab"}]},
    ),
    "an item as it began and as it was done": (
        [
            _event("output_item.added", item={"type": "function_call", "name": "f", "arguments": ""}),
            _event("output_item.done", item={"type": "function_call", "arguments": "{}"}),
        ],
        {"type": "function_call", "name": "f", "arguments": "{}"},
    ),
    "an item that is named beside it": (
        [_event("output_item.added", item={"type": "call"}, item_id="c")],
        {"type": "call", "id": "c"},
    ),
    "an item whose type is not told": (
        [_event("output_item.added", item={"status": "queued"}), _text("a")],
        {"status": "queued", "content": [{"type": "output_text", "text": "a"}]},
    ),
    "an item that says nothing": ([_event("output_item.added", item={})], {}),
    "an item that is none": ([_event("output_item.done", item="x", item_id="m")], "x"),
    "the last of two that are none": (
        [_event("output_item.added", item="x"), _event("output_item.done", item="y")],
        "y",
    ),
    "an item beside one that is none": (
        [_event("output_item.added", item={"type": "call"}), _event("output_item.done", item="y")],
        {"type": "call"},
    ),
    "texts of two parts": (
        [{**_text("a"), "content_index": 0}, {**_text("b"), "content_index": 1}],
        {
            "type": "message",
            "content": [{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}],
        },
    ),
    "log probabilities of the second part": (
        [
            {**_text("a"), "content_index": 0},
            {**_text("b"), "content_index": 1, "logprobs": TOKENS},
        ],
        {
            "type": "message",
            "content": [
                {"type": "output_text", "text": "a"},
                {"type": "output_text", "text": "b", "logprobs": TOKENS},
            ],
        },
    ),
    "a part that grows": (
        [
            _event("content_part.added", part={"type": "output_text", "text": "", "annotations": [1]}),
            _text("ab"),
        ],
        {"type": "message", "content": [{"type": "output_text", "text": "ab", "annotations": [1]}]},
    ),
    "a refusal that is done with a text": (
        [_event("refusal.done", text="no")],
        {"type": "message", "content": [{"type": "refusal", "refusal": "no"}]},
    ),
    "places beyond any": (
        [{**_text("a"), "content_index": 0}, {**_text("b"), "content_index": 100_000}],
        {"type": "message", "content": [{"type": "output_text", "text": "ab"}]},
    ),
    "a part as it began and as it was done": (
        [
            _event("content_part.added", part={"type": "output_text", "text": "", "annotations": [1]}),
            _event("content_part.done", part={"type": "output_text", "text": "ab"}),
        ],
        {"type": "message", "content": [{"type": "output_text", "text": "ab", "annotations": [1]}]},
    ),
    "a second part": (
        [
            _event("content_part.done", content_index=1, part={"type": "refusal", "refusal": "b"}),
            _event("content_part.done", content_index=0, part={"type": "output_text", "text": "a"}),
        ],
        {
            "type": "message",
            "content": [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "b"}],
        },
    ),
    "annotations of two parts": (
        [
            _event("output_text.annotation.added", content_index=place, annotation=n)
            for n, place in enumerate([0, 1, 0])
        ],
        {
            "type": "message",
            "content": [
                {"type": "output_text", "annotations": [0, 2]},
                {"type": "output_text", "annotations": [1]},
            ],
        },
    ),
    "a thought": (
        [_text("a", kind="reasoning_text")],
        {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "a"}]},
    ),
    "the summary of a thought": (
        [_text("a", kind="reasoning_summary_text")],
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}]},
    ),
    "a patch": (
        [_text("+a", kind="apply_patch_call_operation_diff")],
        {"type": "apply_patch_call", "operation": {"diff": "+a"}},
    ),
    "the name of a call": (
        [_event("function_call_arguments.done", arguments="{}", name="f")],
        {"name": "f", "type": "function_call", "arguments": "{}"},
    ),
}


@pytest.mark.parametrize(("events", "item"), PARTS.values(), ids=PARTS)
def test_an_item_has_what_its_events_say_beside_its_text(events: list[Json], item: Json) -> None:
    """And nothing of it is kept apart."""
    assert {"output": [item]} == assemble([{"output_index": 0, **event} for event in events])


KEPT: dict[str, tuple[list[Json], list[Json]]] = {
    "an answer within an answer": (
        [_event("fusion_call.panel.completed", output_index=0, model="a/b", content="x")],
        [_event("fusion_call.panel.completed", output_index=0, model="a/b", content="x")],
    ),
    "one that grows": (
        [
            _event("fusion_call.panel.delta", model="a/b", delta="x"),
            _event("fusion_call.panel.delta", model="a/b", delta="y"),
        ],
        [_event("fusion_call.panel.delta", model="a/b", delta="xy")],
    ),
    "progress that says nothing": (
        [
            _event("web_search_call.searching", output_index=0, item_id="w"),
            _event("fusion_call.completed", output_index=0, note=None),
            _event("image_generation_call.partial_image", partial_image_b64="AA", partial_image_index=0),
        ],
        [],
    ),
    "progress that says something": (
        [_event("image_generation_call.partial_image", partial_image_b64="AA", size="1:1")],
        [_event("image_generation_call.partial_image", size="1:1")],
    ),
    "an event that nobody knows and that says nothing": ([_event("debug")], [_event("debug")]),
    "an event that nobody knows": ([_event("debug", debug={"a": 1})], [_event("debug", debug={"a": 1})]),
    "a key of an event": (
        [{**_text("a"), "obfuscation": "x"}],
        [_event("output_text.delta", output_index=0, obfuscation="x")],
    ),
    "a delta that is no text": (
        [_event("output_text.delta", delta=5)],
        [_event("output_text.delta", delta=5)],
    ),
    "another text than in the end": (
        [_text("ab"), _event("completed", response={"output": [MESSAGE]})],
        [{"output_index": 0, "content_index": 0, "text": "ab"}],
    ),
    "another text than when it was done": (
        [
            _text("ab"),
            _event("output_text.done", output_index=0, text="cd"),
            _event("output_item.done", output_index=0, item=MESSAGE),
        ],
        [
            {"output_index": 0, "content_index": 0, "text": "ab"},
            {"output_index": 0, "content_index": 0, "text": "cd"},
        ],
    ),
    "another input": (
        [
            _event("output_item.added", output_index=0, item={"type": "x", "input": "ab"}),
            _event("output_item.done", output_index=0, item={"type": "x", "input": "cd"}),
        ],
        [{"output_index": 0, "input": "ab"}],
    ),
    "another patch": (
        [
            _event("output_item.added", output_index=0, item={"type": "x", "operation": {"diff": "+a"}}),
            _event("output_item.done", output_index=0, item={"type": "x", "operation": {"diff": "+b"}}),
        ],
        [{"output_index": 0, "diff": "+a"}],
    ),
    "another summary": (
        [
            _event("output_item.added", output_index=0, item={"type": "x", "summary": [{"text": "ab"}]}),
            _event("output_item.done", output_index=0, item={"type": "x", "summary": [{"text": "cd"}]}),
        ],
        [{"output_index": 0, "summary_index": 0, "text": "ab"}],
    ),
    "another of two parts": (
        [
            _event("output_item.added", output_index=0, item={"content": [{"text": "ab"}, {"text": "cd"}]}),
            _event("output_item.done", output_index=0, item={"content": [{"text": "ef"}, {"text": "cd"}]}),
        ],
        [{"output_index": 0, "content_index": 0, "text": "ab"}],
    ),
    "arguments that are an object": (
        [
            _event("output_item.done", output_index=0, item={"type": "x", "arguments": {"a": n}})
            for n in (1, 2)
        ],
        [],
    ),
    "half of the arguments": (
        [
            _text("{", kind="function_call_arguments"),
            _event("completed", response={"output": [{"type": "function_call", "arguments": "{}"}]}),
        ],
        [],
    ),
    "the same error as in the end": (
        [{"type": "error", "message": "a"}, _event("failed", response={"error": {"message": "a"}})],
        [],
    ),
    "another text of a part": (
        [
            _event("content_part.done", output_index=0, part={"type": "output_text", "text": "ab"}),
            _event("output_item.done", output_index=0, item=MESSAGE),
        ],
        [{"output_index": 0, "content_index": 0, "text": "ab"}],
    ),
    "other texts of an item and of a part": (
        [
            _event("output_item.added", output_index=0, item={**MESSAGE, "content": [{"text": "ab"}]}),
            _event("content_part.done", output_index=0, part={"type": "output_text", "text": "cd"}),
            _event("output_item.done", output_index=0, item=MESSAGE),
        ],
        [
            {"output_index": 0, "content_index": 0, "text": "ab"},
            {"output_index": 0, "content_index": 0, "text": "cd"},
        ],
    ),
    "another text of an item": (
        [_event("output_item.done", output_index=0, item={"type": "x", "code": code}) for code in ("a", "b")],
        [{"output_index": 0, "code": "a"}],
    ),
    "another text of an item beyond the last event": (
        [
            _event("completed", response={"output": [MESSAGE]}),
            _event("output_item.done", output_index=7, item={"type": "x"}),
            _event("code_interpreter_call_code.delta", output_index=5, delta="ab"),
            _event("output_item.done", output_index=5, item={"type": "x", "code": "cd"}),
        ],
        [{"output_index": 5, "code": "ab"}],
    ),
    "a text that stands at another place": (
        [
            _event("output_text.delta", output_index=0, content_index=4, delta="xy"),
            _event("completed", response={"output": [MESSAGE]}),
        ],
        [],
    ),
    "half a text": (
        [_text("x"), _text("y"), _event("completed", response={"output": [MESSAGE]})],
        [],
    ),
    "another item than in the end": (
        [
            _event("output_item.done", output_index=0, item={"type": "call"}),
            _event("completed", response={"output": [MESSAGE]}),
        ],
        [{"output_index": 0, "item": {"type": "call"}}],
    ),
    "a second error": (
        [{"type": "error", "message": "a"}, {"type": "error", "message": "b"}],
        [{"type": "error", "message": "b"}],
    ),
    "another error than in the end": (
        [{"type": "error", "message": "a"}, _event("failed", response={"error": {"message": "b"}})],
        [{"type": "error", "error": {"message": "a"}}],
    ),
}


@pytest.mark.parametrize(("events", "kept"), KEPT.values(), ids=KEPT)
def test_what_no_part_of_the_answer_takes_is_kept(events: list[Json], kept: list[Json]) -> None:
    """Under `events`; of what only says how far it is, nothing."""
    assert kept == assemble(events).get("events", [])


def test_items_stand_at_their_places() -> None:
    """Also where the event of one between them was lost."""
    last = {"output": [{"type": "message", "content": []}, {"type": "message", "content": []}, MESSAGE]}
    events = [_text("b", 1), _text("xy", 2), _text("d", 5), _event("completed", response=last)]

    assert [[], ["b"], ["xy"], ["d"]] == [
        [part["text"] for part in item["content"]] for item in assemble(events)["output"]
    ]


def test_nothing_is_there_twice_where_places_are_counted_from_one() -> None:
    """Items are known by their texts, else by their id; parts by their text."""
    search = {"type": "web_search_call", "id": "w", "status": "completed"}
    last = [search, MESSAGE, {**MESSAGE, "id": "n", "content": [{"type": "refusal", "refusal": "no"}]}]
    events = [
        _event("output_item.added", output_index=1, item={"type": "web_search_call", "id": "w"}),
        _event("output_text.delta", output_index=2, content_index=1, delta="xy"),
        _event("refusal.delta", output_index=3, content_index=1, delta="no"),
        _event("output_item.done", output_index=3, item=last[2]),
        _event("completed", response={"output": last}),
    ]

    assert {"status": "completed", "output": last} == assemble(events)


def test_items_that_say_nothing_are_not_taken_for_each_other() -> None:
    """They have neither texts nor an id."""
    events = [
        _event("output_item.added", output_index=1, item={"type": "call"}),
        _event("completed", response={"output": [{"type": "search"}]}),
    ]

    assert [{"type": "search"}, {"type": "call"}] == assemble(events)["output"]


@pytest.mark.parametrize(("place", "texts"), [(99_999, ["a", "b"]), (100_000, ["ab"])])
def test_an_item_at_a_place_that_no_answer_has_is_the_first(place: int, texts: list[str]) -> None:
    """A place that is wrong is none."""
    output = assemble([_text("a"), _text("b", place)])["output"]

    assert texts == [item["content"][0]["text"] for item in output]


@pytest.mark.parametrize(("kind", "status"), [("done", "completed"), ("incomplete", "incomplete")])
def test_the_last_event_tells_the_status_where_its_response_does_not(kind: str, status: str) -> None:
    """By its name."""
    assert {"status": status, "output": [1]} == assemble([_event(kind, response={"output": [1]})])


def test_an_event_that_was_sent_again_counts_once() -> None:
    """One with the same number that says something else counts too."""
    events = [{**_text("a"), "sequence_number": 1}, {**_text("a"), "sequence_number": 1}]
    other = [{**_text("b"), "sequence_number": 1}]

    assert "ab" == assemble([*events, *other])["output"][0]["content"][0]["text"]


def test_a_streamed_response_is_read_like_one_that_was_not() -> None:
    """Its usage, model and output."""
    response = {
        "id": "resp-1",
        "object": "response",
        "status": "completed",
        "model": "openai/gpt-5",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "ab"}]}],
        "usage": {"input_tokens": 3, "output_tokens": 2},
    }
    document = {"request": {"input": "q", "stream": True}, "started_at": "2026-11-23T10:00:00Z"}
    events = [STARTED, _text("a"), _text("b"), _event("completed", response=response)]

    assert read({**document, "response": response}) == read({**document, "chunks": events})
