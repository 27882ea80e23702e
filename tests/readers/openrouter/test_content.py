"""What was asked and answered: read once, in the shapes of the record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.readers.deliveries import (
    PATH,
    completion,
    delivery,
    of,
    read_one,
    root,
)

PROMPT = {"messages": [{"role": "user", "content": "hello"}]}

ANSWER = {"completion": "hi", "reasoning": None, "rawRequest": {"stream": True, "stop": ["x"], **PROMPT}}

COPIES = {
    "gen_ai": ("gen_ai.prompt", "gen_ai.completion"),
    "span": ("span.input", "span.output"),
    "trace": ("trace.input", "trace.output"),
}


@pytest.mark.parametrize("names", COPIES.values(), ids=COPIES)
def test_one_copy_of_the_content_is_enough(names: tuple[str, str]) -> None:
    """The echo of the request is read from whichever is there."""
    found = of({names[0]: json.dumps(PROMPT), names[1]: json.dumps(ANSWER)})

    message = {"role": "assistant", "content": "hi"}
    assert (PROMPT, {"choices": [{"index": 0, "message": message}]}, {"stop": ["x"]}) == (
        found.content.input,
        found.content.output,
        found.content.request,
    )
    assert ({"stream": True}, True, {}) == (found.parameters, found.streamed, found.extra)


def test_copies_of_the_content_are_read_once() -> None:
    """The others are forgotten."""
    every = {name: json.dumps(PROMPT) for name in ("gen_ai.prompt", "span.input", "trace.input")}

    assert {} == of(every).extra


@pytest.mark.parametrize("empty", ["", None], ids=repr)
def test_an_empty_copy_of_the_content_counts_as_none(empty: Any) -> None:
    """The first that says something is read."""
    found = of({"gen_ai.prompt": empty, "span.input": "a", "trace.input": empty})

    assert ("a", {}) == (found.content.input, found.extra)


def test_an_answer_has_its_finish_reasons() -> None:
    """As a response of a chat has them, where they are known."""
    reasons = {"gen_ai.response.finish_reason": "stop", "trace.metadata.openrouter.finish_reason": "end_turn"}
    message = {"role": "assistant", "content": "a"}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "native_finish_reason": "end_turn"}

    assert {"choices": [choice]} == of({**completion(), **reasons}).content.output
    assert {"choices": [{"index": 0, "message": message}]} == of(completion()).content.output


def test_of_the_request_only_the_trace_is_elsewhere() -> None:
    """Where it is an object."""
    provider = {"order": ["a"]}

    assert {"provider": provider} == of(completion(trace={"step": 1}, provider=provider)).content.request
    assert {"trace": "t"} == of(completion(trace="t")).content.request


def test_copies_of_the_content_that_differ_are_kept() -> None:
    """As the text that they are."""
    found = of({"gen_ai.prompt": "a", "span.input": "b", "trace.input": "a"})

    assert ("a", {"span.input": "b"}) == (found.content.input, found.extra)


def test_without_its_completion_a_generation_has_no_output() -> None:
    """None is invented."""
    found = of({"gen_ai.prompt": json.dumps(PROMPT)})

    assert (PROMPT, None) == (found.content.input, found.content.output)


def test_without_its_prompt_what_was_asked_is_in_the_request() -> None:
    """The echo has it too."""
    found = of({"gen_ai.completion": json.dumps(ANSWER)})

    assert (PROMPT, {"stop": ["x"]}) == (found.content.input, found.content.request)


SHAPES: dict[str, tuple[Any, Any]] = {
    "nothing was said": ({"completion": None, "reasoning": None, "rawRequest": {}}, None),
    "an empty text is an answer": (
        {"completion": ""},
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": ""}}]},
    ),
    "calls only": (
        {"completion": None, "toolCalls": [{"id": "c"}]},
        {
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]}}
            ]
        },
    ),
    "something new beside the text": (
        {"completion": "a", "images": ["x"]},
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}}], "images": ["x"]},
    ),
    "a chat response": ({"choices": [], "rawRequest": {}}, {"choices": []}),
    "a chat response with a text beside it": (
        {"choices": [1], "completion": "a"},
        {"choices": [1], "completion": "a"},
    ),
    "the request only": ({"rawRequest": {"stop": "x"}}, None),
    "a shape of another's": ({"text": "a"}, {"text": "a"}),
    "messages": ([{"role": "assistant"}], [{"role": "assistant"}]),
    "a shortened object": (
        {"openrouter_truncated": {"reason": "too_large"}},
        {"openrouter_truncated": {"reason": "too_large"}},
    ),
}


@pytest.mark.parametrize(("completion", "expected"), SHAPES.values(), ids=SHAPES)
def test_a_completion_becomes_a_chat_response(completion: Any, expected: Any) -> None:
    """Other shapes stay as they are."""
    assert expected == of({"gen_ai.completion": json.dumps(completion)}).content.output


def test_a_completion_that_was_cut_stays_a_text() -> None:
    """Half a JSON text is no JSON."""
    assert (
        '{"completion": "a[truncated]'
        == of({"gen_ai.completion": '{"completion": "a[truncated]'}).content.output
    )


TOOLS: dict[str, tuple[Any, Any]] = {
    "beside the request": ({"tools": [1], "rawRequest": {"stop": "x"}}, {"stop": "x", "tools": [1]}),
    "in both": ({"tools": [1], "rawRequest": {"tools": [1]}}, {"tools": [1]}),
    "in both, and they differ": (
        {"tools": [1], "rawRequest": {"tools": [2]}},
        {"tools": [2], "tools_": [1]},
    ),
    "beside a request that was cut": (
        {"tools": [1], "rawRequest": "{[truncated]"},
        {"rawRequest": "{[truncated]", "tools": [1]},
    ),
    "without a request": ({"tools": [1]}, {"tools": [1]}),
    "nowhere": ({"rawRequest": {"user": "u-1"}}, {"user": "u-1"}),
}


@pytest.mark.parametrize(("completion", "expected"), TOOLS.values(), ids=TOOLS)
def test_tools_belong_to_the_request(completion: Any, expected: Any) -> None:
    """Once."""
    assert expected == of({"gen_ai.completion": json.dumps(completion)}).content.request


def test_what_the_record_has_in_its_place_leaves_the_request() -> None:
    """A value that differs stays."""
    echo = {"user": "u-1", "session_id": "s-1", "model": "m:nitro", **PROMPT}
    stated = {"user.id": "u-1", "session.id": "s-2", "gen_ai.request.model": "m"}

    found = of({**stated, "gen_ai.prompt": json.dumps(PROMPT), **completion(**echo)})

    assert {"session_id": "s-1", "model": "m:nitro"} == found.content.request


def test_lone_surrogates_inside_json_text_become_replacement_characters() -> None:
    """In prompt, answer and the caller's keys; each is said."""
    document = delivery(
        root(
            {
                "gen_ai.prompt": '{"messages": [{"role": "user", "content": "x\\ud83d"}]}',
                "gen_ai.completion": '{"completion": "\\udc00y"}',
                "trace.metadata.own": '["\\ud800"]',
                "trace.metadata.openrouter_generation.usage_data": '["\\ud800"]',
            }
        )
    )
    found = read_one(document)

    assert ("x\ufffd", "\ufffdy", ["\ufffd"], ["\ufffd"]) == (
        found.generation.content.input["messages"][0]["content"],
        found.generation.content.output["choices"][0]["message"]["content"],
        found.generation.trace.metadata["own"],
        found.generation.generation_cost["usage_data"],
    )
    assert {
        f'coerced {PATH}["{key}"]: lone surrogates became U+FFFD: they are no text'
        for key in (
            "gen_ai.prompt",
            "gen_ai.completion",
            "trace.metadata.own",
            "trace.metadata.openrouter_generation.usage_data",
        )
    } == {str(diagnostic) for diagnostic in found.diagnostics}
