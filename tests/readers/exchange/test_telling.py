"""How an exchange tells its endpoint: by its path, by what came back, by what was asked; and its headers."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers import Read
from broadcast_core.readers import read as read_any
from broadcast_core.readers.exchange import from_exchange, read

BEGUN = "2026-11-24T09:00:00Z"
ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "messages": ({"messages": [{"role": "user", "content": "a"}]}, "chat"),
    "messages with a system prompt": ({"messages": [], "system": "s"}, "messages"),
    "messages with blocks": (
        {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t"}]}]},
        "messages",
    ),
    "messages with parts of a chat": (
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]}, "chat",
    ),
    "messages of another kind": ({"messages": "a"}, "chat"),
    "a query without documents": ({"query": "a", "prompt": "b"}, "completions"),
    "documents": ({"query": "a", "documents": ["b"]}, "rerank"),
    "a recording": ({"input_audio": {"data": "a", "format": "wav"}}, "stt"),
    "a voice": ({"input": "a", "voice": "alloy"}, "tts"),
    "an input": ({"input": "a"}, "responses"),
    "an input for a vector": ({"input": "a", "encoding_format": "float"}, "embeddings"),
    "a prompt": ({"prompt": "a"}, "completions"),
    "nothing": ({}, "chat"),
}  # fmt: skip


@pytest.mark.parametrize(("request_", "expected"), ASKED.values(), ids=ASKED)
def test_without_a_path_and_an_answer_the_request_tells(request_: dict[str, Any], expected: str) -> None:
    """By the keys that only one endpoint has."""
    (found,) = from_exchange({"model": "a/b", **request_}, started_at=BEGUN, error="down").generations

    assert expected == found.operation


ALONE: dict[str, tuple[dict[str, Any], str]] = {
    "documents": ({"query": "a", "documents": ["b"]}, "rerank"),
    "a voice": ({"input": "a", "voice": "alloy"}, "tts"),
    "times of words": ({"timestamp_granularities": ["word"]}, "stt"),
    "a prompt and frames": ({"prompt": "a", "frame_images": []}, "video"),
    "a prompt and a size": ({"prompt": "a", "size": "1:1"}, "image"),
}


@pytest.mark.parametrize(("request_", "expected"), ALONE.values(), ids=ALONE)
def test_the_least_that_an_endpoint_takes_tells_it(request_: dict[str, Any], expected: str) -> None:
    """Without a model."""
    (found,) = from_exchange(request_, started_at=BEGUN, error="down").generations

    assert expected == found.operation


ANSWERED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "an error to messages": ({"messages": []}, {"type": "error", "error": {"message": "no"}}, "messages"),
    "an error to an input": ({"input": "a"}, {"type": "error", "error": {"message": "no"}}, "responses"),
    "another type to messages": ({"messages": []}, {"type": "x", "error": {"message": "no"}}, "chat"),
    "results of a query": ({"query": "a"}, {"results": []}, "rerank"),
    "results of a prompt": ({"prompt": "a"}, {"results": []}, "completions"),
    "results that are none": ({"query": "a"}, {"results": "x"}, "chat"),
    "a place to ask again": ({"prompt": "a"}, {"polling_url": "/v"}, "video"),
    "places of a film": ({"prompt": "a"}, {"unsigned_urls": ["/v"]}, "video"),
    "vectors by their name": ({"input": "a"}, {"data": [{"object": "embedding"}]}, "embeddings"),
    "vectors by their key": ({"input": "a"}, {"data": [{"embedding": [0.5]}]}, "embeddings"),
    "a picture": ({"prompt": "a"}, {"data": [{"b64_json": "AA"}]}, "image"),
    "the place of a picture": ({"prompt": "a"}, {"data": [{"url": "/p"}]}, "image"),
    "data of another kind": ({"prompt": "a"}, {"data": [{"x": 1}]}, "completions"),
    "data that are no objects": ({"prompt": "a"}, {"data": ["embedding"]}, "completions"),
    "no data": ({"prompt": "a"}, {"data": []}, "completions"),
}


@pytest.mark.parametrize(("request_", "response", "expected"), ANSWERED.values(), ids=ANSWERED)
def test_without_a_path_the_answer_tells_before_the_request(
    request_: dict[str, Any], response: dict[str, Any], expected: str
) -> None:
    """Where only one endpoint answers so."""
    (found,) = from_exchange(request_, response, started_at=BEGUN).generations

    assert expected == found.operation


PATHS: dict[str | None, str] = {
    None: "responses",
    "": "responses",
    "/api/v1/messages": "messages",
    "/api/v1/messages/?beta=true": "messages",
    "https://openrouter.ai/api/v1/audio/speech": "tts",
    "/api/v1/videos/job-1": "video",
    "/api/v1/videos": "video",
    "/api/v1/somewhere": "responses",
    "/api/v1/messagesX": "responses",
}


@pytest.mark.parametrize(("path", "expected"), PATHS.items(), ids=str)
def test_the_path_tells_before_the_request(path: str | None, expected: str) -> None:
    """The same in a program and in a document."""
    asked = {"model": "a/b", "input": "x"}
    (found,) = from_exchange(asked, started_at=BEGUN, error="down", path=path).generations
    document = {"request": asked, "started_at": BEGUN, "error": "down", "path": path}
    (again,) = read(document).generations

    assert (expected, expected) == (found.operation, again.operation)


def test_headers_may_come_in_lists_and_pairs() -> None:
    """As libraries have them; a header that is null is not there."""
    response = {"choices": [{"message": {"content": "a"}}]}
    document = {"request": {"model": "a/b"}, "response": response, "started_at": BEGUN}
    for headers in (
        {"X-Generation-Id": ["gen-1"], "X-Provider-Name": ["A", "B"], "x-none": None},
        [["x-generation-id", "gen-1"], ["X-PROVIDER-NAME", "A, B"]],
    ):
        (found,) = read({**document, "headers": headers}).generations
        assert ("gen-1", "A, B") == (found.id, found.provider)


def test_an_answer_of_white_space_alone_is_noted() -> None:
    """It broke off before it began."""
    (outcome,) = from_exchange({"model": "a/b"}, " \n\n ", started_at=BEGUN).outcomes

    assert isinstance(outcome, Read)
    what = "nothing but white space came: the answer broke off before it began"
    assert f"truncated $.response: {what}" in [str(note) for note in outcome.diagnostics]


RANKED = [{"index": 1, "relevance_score": 0.9, "document": {"text": "b"}}]


@pytest.mark.parametrize(
    ("path", "documents", "kept"),
    [
        ("/rerank", ["a", "b"], False),
        ("/rerank", ["a", "c"], True),
        ("/rerank", None, True),
        ("/rerank", ["a"], True),
        ("/chat/completions", ["a", "c"], False),
    ],
)
def test_of_a_ranking_what_is_no_copy_of_what_was_sent_is_kept(path: str, documents: Any, kept: bool) -> None:
    """Once: else it is in the input."""
    asked = {"model": "a/b", "query": "q", "documents": documents}
    (found,) = from_exchange(asked, {"results": RANKED}, started_at=BEGUN, path=path).generations

    rest = {"response": {"results": [{"index": 1, "document": {"text": "b"}}]}}
    assert (rest if kept else {}) == (found.extra if path == "/rerank" else {})


COPIES: dict[str, tuple[Any, Any, Any, bool]] = {
    "the same text": ("a", 0, "a", True),
    "the text as an object": ("a", 0, {"text": "a"}, True),
    "an object as its text": ({"text": "a"}, 0, "a", True),
    "the same object": ({"text": "a", "x": 1}, 0, {"text": "a", "x": 1}, True),
    "another text": ("a", 0, "b", False),
    "an object that says more": ({"text": "a", "x": 1}, 0, "a", False),
    "an index below zero": ("a", -1, "a", False),
    "an index that is false": ("a", False, "a", False),
}


@pytest.mark.parametrize(("sent", "index", "echoed", "is_copy"), COPIES.values(), ids=COPIES)
def test_a_copy_is_the_document_at_its_index(sent: Any, index: Any, echoed: Any, is_copy: bool) -> None:
    """As a text, or as an object with a text."""
    asked = {"model": "a/b", "query": "q", "documents": [sent]}
    results = [{"index": index, "document": echoed}]
    (found,) = from_exchange(asked, {"results": results}, started_at=BEGUN, path="/rerank").generations

    assert ({} if is_copy else {"response": {"results": results}}) == found.extra


@pytest.mark.parametrize("results", [5, "b", [{"index": 0, "relevance_score": 0.5}], ["b"]], ids=repr)
def test_a_ranking_without_documents_is_all_output(results: Any) -> None:
    """Whatever it is."""
    asked = {"model": "a/b", "query": "q", "documents": ["a"]}
    (found,) = from_exchange(asked, {"results": results}, started_at=BEGUN, path="/rerank").generations

    assert ({"results": results}, {}) == (found.content.output, found.extra)


def test_headers_that_are_no_pairs_are_kept_with_advice() -> None:
    """The record can do without them."""
    document = {
        "request": {"model": "a/b"},
        "response": {"choices": [{}]},
        "started_at": BEGUN,
        "id": "gen-1",
    }
    for headers in (["ab"], [["x-generation-id"]]):
        (outcome,) = read({**document, "headers": headers}).outcomes
        assert isinstance(outcome, Read)
        assert {"headers": headers} == outcome.generation.extra
        assert [
            "moved $.headers: expected an object of headers, or an array of pairs; kept with the unknown keys"
        ] == [str(note) for note in outcome.diagnostics]


@pytest.mark.parametrize(
    ("document", "half"),
    [
        ({"messages": []}, "request"),
        ({"model": "a/b", "prompt": "x"}, "request"),
        ({"prompt": "x"}, None),
        ({"model": "a/b"}, None),
        ({"choices": []}, "response"),
    ],
)
def test_half_an_exchange_is_told_from_one(document: dict[str, Any], half: str | None) -> None:
    """With what belongs to it."""
    (rejected,) = read_any(document).rejected
    words = str(rejected.problems[0])

    assert (f"this looks like a {half} alone" in words) == (half is not None)
    assert (" alone" in words) == (half is not None)
