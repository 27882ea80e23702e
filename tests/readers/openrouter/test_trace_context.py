"""What the caller said about the trace: names, ids, tags, and the echo of the request."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.record.generation import TraceContext
from tests.readers.deliveries import (
    ID,
    PATH,
    completion,
    delivery,
    generation,
    of,
    read_one,
    root,
)


def test_a_trace_id_of_the_callers_is_in_the_resource() -> None:
    """Instead of the id of the generation."""
    found = generation(delivery(root(), resource={"openrouter.trace.id": "ticket-1"}))

    assert (ID, "ticket-1", {}) == (found.id, found.trace.trace_id, found.extra)


NAMES_OF_SPANS: dict[str, tuple[str, str | None]] = {
    "the default": ("LLM Generation", None),
    "the documented one": ("chat", "chat"),
    "the caller's": ("Sort the mail", "Sort the mail"),
    "none": ("", None),
    "blank": ("  ", None),
}


@pytest.mark.parametrize(("name", "expected"), NAMES_OF_SPANS.values(), ids=NAMES_OF_SPANS)
def test_the_name_of_the_root_names_the_generation(name: str, expected: str | None) -> None:
    """Unless it is the default."""
    assert expected == generation(delivery(root(name=name))).trace.generation_name


def test_the_parent_of_a_root_is_a_span_of_the_callers() -> None:
    """Verbatim."""
    assert "my-span-1" == generation(delivery(root(parentSpanId="my-span-1"))).trace.parent_span_id


def test_the_echo_names_what_the_attributes_do_not() -> None:
    """A trace name of the default, a span without a name."""
    said = {
        "trace_id": "t",
        "trace_name": "n",
        "span_name": "s",
        "generation_name": "g",
        "parent_span_id": "p",
        "own": 1,
    }

    found = of({"trace.name": "OpenRouter Request", **completion(trace=said)})

    assert (
        TraceContext(
            trace_id="t",
            trace_name="n",
            span_name="s",
            generation_name="g",
            parent_span_id="p",
            metadata={"own": 1},
        )
        == found.trace
    )
    assert {} == found.extra


def test_an_echo_that_says_otherwise_is_kept() -> None:
    """The attributes are what OpenRouter took it for."""
    found = of(
        {"trace.name": "n", "trace.metadata.own": 1, **completion(trace={"trace_name": "m", "own": 2})}
    )

    assert ("n", {"own": 1}) == (found.trace.trace_name, found.trace.metadata)
    assert {"gen_ai.completion.rawRequest.trace": {"trace_name": "m", "own": 2}} == found.extra


def test_control_characters_leave_an_id_of_the_trace() -> None:
    """The record does not take them; it is said."""
    document = delivery(root(parentSpanId="\x00"), resource={"openrouter.trace.id": "a\x00b"})
    found = read_one(document)

    assert ("ab", None) == (found.generation.trace.trace_id, found.generation.trace.parent_span_id)
    assert ["coerced", "coerced"] == [diagnostic.kind for diagnostic in found.diagnostics]


@pytest.mark.parametrize("trace_id", ["\x00 ", "\n", " \t "], ids=repr)
def test_an_id_of_the_trace_that_is_blank_without_them_is_none(trace_id: str) -> None:
    """Not a broken record."""
    document = delivery(root(), resource={"openrouter.trace.id": trace_id})

    assert generation(document).trace.trace_id is None


TAGS: dict[str, tuple[dict[str, Any], tuple[str, ...], dict[str, Any], dict[str, Any]]] = {
    "as JSON text": ({"trace.tags": '["a", "b"]'}, ("a", "b"), {}, {}),
    "as an array": ({"trace.tags": ["a", "b"]}, ("a", "b"), {}, {}),
    "among the caller's keys": ({"trace.metadata.tags": '["a"]'}, ("a",), {}, {}),
    "not texts": ({"trace.metadata.tags": "[1]"}, (), {"tags": [1]}, {}),
    "a single word": ({"trace.tags": "a"}, (), {}, {"trace.tags": "a"}),
    "both": ({"trace.tags": '["a"]', "trace.metadata.tags": '["b"]'}, ("a",), {"tags": ["b"]}, {}),
}


@pytest.mark.parametrize(("attributes", "tags", "metadata", "extra"), TAGS.values(), ids=TAGS)
def test_tags_are_texts(
    attributes: dict[str, Any], tags: tuple[str, ...], metadata: dict[str, Any], extra: dict[str, Any]
) -> None:
    """What cannot be tags is kept where it was."""
    found = of(attributes)

    assert (tags, metadata, extra) == (found.trace.tags, found.trace.metadata, found.extra)


def test_control_characters_in_an_id_are_taken_out_and_noted() -> None:
    """The record does not take them."""
    found = read_one(delivery(root(parentSpanId="c\x00c"), resource={"openrouter.trace.id": "a\x00b"}))

    assert ("ab", "cc") == (found.generation.trace.trace_id, found.generation.trace.parent_span_id)
    assert [
        f'coerced {PATH}["{key}"]: control characters were taken out'
        for key in ("trace_id", "parent_span_id")
    ] == [str(note) for note in found.diagnostics]


def test_a_blank_name_is_none() -> None:
    """As the usual one is."""
    assert [None, None, "Draft"] == [
        of({}, name=name).trace.generation_name for name in (" ", "LLM Generation", "Draft")
    ]


def test_of_the_echo_what_says_nothing_is_left_out() -> None:
    """What says something else is kept."""
    empty = {"trace_id": "", "span_name": None, "generation_name": ""}

    assert {} == of(completion(trace=empty)).extra
    assert {"gen_ai.completion.rawRequest.trace": {"trace_name": 5, "span_name": " "}} == of(
        completion(trace={**empty, "trace_name": 5, "span_name": " "})
    ).extra
