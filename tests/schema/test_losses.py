"""What is lost of an exchange: each way to lose something is found, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.readers import Read, Reading, Rejected
from broadcast_core.readers.exchange import read
from broadcast_core.readers.exchange.unmapped import LEFT_OUT
from broadcast_core.record.generation import Content, Generation, Usage
from tests.paths import ROOT
from tests.schema.api import API
from tests.schema.drawn import draw_exchanges
from tests.schema.losses import is_left_out, losses, spelled

EXCHANGE: dict[str, Any] = {
    "request": {
        "model": "q1000010z",
        "messages": [{"role": "user", "content": "q1000017z"}],
        "parallel_tool_calls": True,
        "trace": {"trace_id": "q1000052z\n"},
    },
    "response": {
        "id": "gen-q1000024z",
        "object": "chat.completion",
        "created": 1_000_031,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1_000_038, "cost": 0.25},
        "k1000045": {"x": [True]},
    },
    "started_at": "2026-11-23T10:00:00Z",
}


def _reader(change: Callable[[Read], Read | Rejected]) -> Callable[[Any], Reading]:
    """Return a reader that does something to what it has read."""

    def reader(document: Any) -> Reading:
        return Reading(
            tuple(change(one) if isinstance(one, Read) else one for one in read(document).outcomes)
        )

    return reader


def _with(change: Callable[[Generation], Generation]) -> Callable[[Any], Reading]:
    return _reader(lambda outcome: evolve(outcome, generation=change(outcome.generation)))


PLANTED: dict[str, tuple[Callable[[Any], Reading], set[str]]] = {
    "the reader": (read, set()),
    "unknown keys": (_with(lambda found: evolve(found, extra={})), {"response.*.x[]"}),
    "a true": (_with(lambda found: evolve(found, parameters={})), {"request.parallel_tool_calls"}),
    "a number": (_with(lambda found: evolve(found, usage=Usage())), {"response.usage.prompt_tokens"}),
    "another number": (
        _with(lambda found: evolve(found, usage=Usage(input_tokens=1_000_039))),
        {"response.usage.prompt_tokens"},
    ),
    "a text": (_with(lambda found: evolve(found, model="q1000010")), {"request.model"}),
    "words of an enum": (
        _with(lambda found: evolve(found, finish_reason=None, content=Content(input=found.content.input))),
        {
            "response.choices[].index",
            "response.choices[].message.role",
            "response.choices[].message.content",
        },
    ),
    "what a diagnostic names": (
        _reader(
            lambda outcome: evolve(
                outcome,
                generation=evolve(outcome.generation, extra={}),
                diagnostics=(
                    Diagnostic("dropped", "$.response.k1000045", "it is gone"),
                    *outcome.diagnostics,
                ),
            )
        ),
        set(),
    ),
    "what a diagnostic says to be kept": (
        _reader(
            lambda outcome: evolve(
                outcome,
                generation=evolve(outcome.generation, extra={}),
                diagnostics=(Diagnostic("moved", "$.response.k1000045", "it is kept"), *outcome.diagnostics),
            )
        ),
        {"response.*.x[]"},
    ),
    "all of it": (_reader(lambda _: Rejected(problems=(Problem("no", "$.request"),))), {"$.request"}),
    "a count below zero": (
        _reader(lambda _: Rejected(problems=(Problem("expected at least 0, got -1", "$.response.usage"),))),
        set(),
    ),
}


@pytest.mark.parametrize(("reader", "expected"), PLANTED.values(), ids=PLANTED)
def test_what_a_reader_loses_is_found(reader: Callable[[Any], Reading], expected: set[str]) -> None:
    """By its path; a diagnostic that says that it is gone is enough, one that says that it is kept is not."""
    assert expected == {loss.path for loss in losses(EXCHANGE, reader)}


def test_an_event_is_named_by_its_type() -> None:
    """And free keys by a star, so that one fault has one name."""
    document = {"chunks": [{"type": "ping", "k1000003": [{"a": 1}]}, {"id": "x"}, 5]}

    assert "event(ping).*[].a" == spelled(("chunks", 0, "k1000003", 0, "a"), document)
    assert "event.id" == spelled(("chunks", 1, "id"), document)
    assert "event" == spelled(("chunks", 2), document)


LEFT: dict[str, tuple[str, Any, bool]] = {
    "of a response": ("response.created", 5, True),
    "of a whole in an event": ("event(response.completed).response.created_at", 5, True),
    "of a message in an event": ("event(message_start).message.created", 5, True),
    "of a chunk": ("event.object", "chat.completion.chunk", True),
    "of any event": ("event(response.output_text.delta).item_id", "x", True),
    "of one event": ("event(image_generation.partial_image).b64_json", "x", True),
    "of another event": ("event(image_generation.completed).b64_json", "x", False),
    "an unusual word": ("response.object", "something.new", False),
    "further down": ("response.choices[].created", 5, False),
    "of the request": ("request.created", 5, False),
}


@pytest.mark.parametrize(("path", "value", "expected"), LEFT.values(), ids=LEFT)
def test_what_is_left_out_is_one_key_of_a_response_or_an_event(path: str, value: Any, expected: bool) -> None:
    """And what is usual of it, where that is named."""
    assert expected == is_left_out(path, value)


def test_all_that_is_listed_is_left_out() -> None:
    """A key of the list that is kept after all fails here."""
    found = {
        (loss.path, loss.value)
        for path in ("/chat/completions", "/responses", "/messages", "/images")
        for drawn in draw_exchanges(API, 12, only=path, law=lambda document: losses(document, left_out=()))
        for loss in (one.loss for one in drawn.findings.values())
    }
    gone = {key for one in LEFT_OUT for key in one.keys if any(is_left_out(*each, (one,)) for each in found)}

    assert {key for one in LEFT_OUT for key in one.keys} == gone


def test_the_page_has_the_list() -> None:
    """With every reason."""
    page = (ROOT / "docs/readers.md").read_text("utf-8")
    rows = [line.split(" | ") for line in page.partition("| left out |")[2].splitlines()[2:]]
    listed = [(row[0].removeprefix("| "), row[1].removesuffix(" |")) for row in rows if len(row) == 2]

    assert [(one.what, one.why) for one in LEFT_OUT] == listed[: len(LEFT_OUT)]
