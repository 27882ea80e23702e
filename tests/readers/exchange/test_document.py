"""A program hands over its own exchange: what it may pass, and what it is told about anything else."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from broadcast_core.readers import Read
from broadcast_core.readers.exchange import from_exchange, read
from broadcast_core.record.generation import Failure

ID = "gen-1795255200-Fir"
START = datetime(2026, 11, 23, 10, tzinfo=UTC)
ASKED = {"model": "a/b", "messages": [{"role": "user", "content": "hello"}]}
ANSWER = {"id": ID, "choices": [{"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}]}


class Dumped:
    """An object as SDKs return it; nothing of it may be called."""

    def model_dump(self) -> Any:
        """Return what nobody asks for."""
        raise AssertionError


class Loud(Exception):
    """An exception that cannot even say what it is."""

    def __str__(self) -> str:
        raise ValueError


def test_what_is_handed_over_is_the_document() -> None:
    """Every argument has its key."""
    reading = from_exchange(
        MappingProxyType(ASKED),
        MappingProxyType(ANSWER),
        started_at="2026-11-23T10:00:00Z",
        ended_at=datetime(2026, 11, 23, 10, 0, 1, tzinfo=UTC),
        first_token_at="2026-11-23T10:00:00.5Z",
        generation_id="gen-2",
        chunks=(MappingProxyType(ANSWER), "data: [DONE]"),
        error="no",
    )

    assert reading == read(
        {
            "request": ASKED,
            "response": ANSWER,
            "chunks": [ANSWER, "data: [DONE]"],
            "started_at": "2026-11-23T10:00:00Z",
            "ended_at": "2026-11-23T10:00:01Z",
            "first_token_at": "2026-11-23T10:00:00.5Z",
            "id": "gen-2",
            "error": "no",
        }
    )
    assert ANSWER == reading.generations[0].extra["response"]


ERRORS: dict[str, tuple[Any, str, Failure]] = {
    "an exception": (
        TimeoutError("after 60 s"),
        "error",
        Failure(type="TimeoutError", message="after 60 s"),
    ),
    "an exception without words": (KeyError(), "error", Failure(type="KeyError")),
    "an exception that cannot say what it is": (Loud(), "error", Failure(type="Loud")),
    "a task that was given up": (
        asyncio.CancelledError(),
        "cancelled",
        Failure(type="CancelledError"),
    ),
    "a text": ("after 60 s", "error", Failure(message="after 60 s")),
    "an object": (
        MappingProxyType({"type": "ReadTimeout", "code": 408}),
        "error",
        Failure(type="ReadTimeout", code="408"),
    ),
    "a list": (["no"], "error", Failure(raw=["no"])),
    "anything else": (b"no", "error", Failure(type="bytes", message="b'no'")),
    "nothing": (None, "error", Failure(type="NoResponse", message="no response was recorded")),
}


@pytest.mark.parametrize(("error", "status", "failure"), ERRORS.values(), ids=ERRORS)
def test_a_program_says_why_a_call_failed(error: Any, status: str, failure: Failure) -> None:
    """Of an exception its type and its words; nothing that is passed here fails again."""
    (found,) = from_exchange(ASKED, started_at=START, generation_id=ID, error=error).generations

    assert (status, failure) == (found.status, found.failure)


def test_the_text_of_a_stream_is_taken_as_it_came() -> None:
    """Its lines are read."""
    (found,) = from_exchange(ASKED, started_at=START, chunks='data: {"id": "r", "choices": [{}]}').generations

    assert ("r", True) == (found.id, found.streamed)


DUMPED = '; of an object of an SDK pass what its model_dump(mode="json") returns'
MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "a request of an SDK": (
        {"request": Dumped()},
        f"request: expected a mapping, the body that was sent; got Dumped{DUMPED}",
    ),
    "a response of an SDK": (
        {"response": Dumped()},
        f"response: expected a mapping, the body of the response, parsed or as it came; got Dumped{DUMPED}",
    ),
    "a response that is a list": (
        {"response": [ANSWER]},
        "response: expected a mapping, the body of the response, parsed or as it came (the chunks of a stream"
        " go to `chunks`); got list",
    ),
    "chunks of an SDK": (
        {"chunks": [ANSWER, Dumped()]},
        "chunks[1]: expected a mapping, a chunk as it was parsed, or a line of the stream; got"
        f" Dumped{DUMPED}",
    ),
    "chunks that are still to come": (
        {"chunks": iter([ANSWER])},
        "chunks: expected a list of chunks, or the text of the stream; got list_iterator: collect them as you"
        " hand them on",
    ),
    "headers that are pairs": (
        {"headers": [("x-generation-id", ID)]},
        "headers: expected a mapping, headers; got list",
    ),
    "headers of a request that are a text": (
        {"request_headers": "x-title: App"},
        "request_headers: expected a mapping, headers; got str",
    ),
    "a start in seconds": (
        {"started_at": 1795428000.5},
        "started_at: expected a datetime with a time zone, or its ISO 8601 text; got float; of time.time()"
        " make datetime.fromtimestamp(seconds, UTC)",
    ),
    "an end that is a tuple": (
        {"ended_at": ()},
        "ended_at: expected a datetime with a time zone, or its ISO 8601 text; got tuple",
    ),
}


@pytest.mark.parametrize(("arguments", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_an_argument_of_another_type_is_a_mistake_of_the_program(
    arguments: dict[str, Any], expected: str
) -> None:
    """It is told what to pass; nothing of its data is quoted."""
    with pytest.raises(TypeError) as caught:
        from_exchange(**{"request": ASKED, "response": ANSWER, "started_at": START, **arguments})

    assert expected == str(caught.value)


BODIES: dict[str, tuple[bytes | str, dict[str, Any], str]] = {
    "bytes after blank lines": (b"\n \n" + json.dumps(ANSWER).encode(), {}, "ok"),
    "text after a byte order mark": ("\ufeff" + json.dumps(ANSWER), {}, "ok"),
    "the text of a stream": ('\n\ndata: {"id": "r", "choices": [{"finish_reason": "stop"}]}', {}, "ok"),
    "blank lines alone": (b"\n\n \n", {}, "error"),
    "a recording": (b"\xff\xf3", {"headers": {"Content-Type": "audio/mpeg"}, "status_code": 200}, "ok"),
}


@pytest.mark.parametrize(("body", "http", "status"), BODIES.values(), ids=BODIES)
def test_a_body_is_read_as_it_came(body: bytes | str, http: dict[str, Any], status: str) -> None:
    """Servers send blank lines while a model works."""
    (found,) = from_exchange(ASKED, body, started_at=START, **http).generations

    assert status == found.status


WRONG_BODIES: dict[str, tuple[bytes | str, str]] = {
    "a web page": (
        b"<!DOCTYPE html><title>words</title>",
        "expected JSON, got a web page: see whether the URL of the request is that of the API",
    ),
    "other bytes": (
        b"\xff\xfe",
        "expected JSON, got other bytes; of a recording or a film give `status_code` and `headers`, and no"
        " body",
    ),
    "JSON that was cut off": ('{"id": "words', "the body is no JSON, or was cut off: "),
    "other text": (
        "words",
        "expected an object, got text; why a call failed without one belongs under `error`",
    ),
}


@pytest.mark.parametrize(("body", "why"), WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_a_body_that_is_no_answer_is_rejected_with_advice(body: bytes | str, why: str) -> None:
    """And nothing of it is quoted."""
    (rejected,) = from_exchange(ASKED, body, started_at=START).rejected
    (problem,) = rejected.problems

    assert ("$.response", why) == (problem.path, problem.what[: len(why)])
    assert "words" not in str(problem)
    assert rejected.id is None


def test_headers_that_may_be_secrets_are_left_out() -> None:
    """Those that tell of the generation are read, in any letter case."""
    reading = from_exchange(
        {"model": "a/b", "prompt": "p", "size": "1:1"},
        {"created": 0, "data": [{"b64_json": "AA"}]},
        started_at=START,
        headers={"X-GENERATION-ID": "gen-img-1", "x-provider-name": "P", "set-cookie": "c4nary"},
        request_headers={"Authorization": "Bearer c4nary", "x-session-id": "s", "X-Title": "App"},
    )
    (found,) = reading.generations

    assert ("gen-img-1", "P", "s", "image") == (
        found.id,
        found.provider,
        found.identity.session_id,
        found.operation,
    )
    assert {"app.title": "App"} == found.generation_identity
    assert "c4nary" not in repr(reading)


@pytest.mark.parametrize("moment", [datetime(2026, 11, 23, 10), "2026-11-23T10:00:00"], ids=repr)
def test_a_time_without_a_zone_is_rejected_in_the_reading(moment: Any) -> None:
    """As everything that data can be."""
    (rejected,) = from_exchange(ASKED, ANSWER, started_at=moment).rejected

    assert ["expected a time with a time zone, for example 2026-11-23T10:00:00Z @ $.started_at"] == [
        str(problem) for problem in rejected.problems
    ]


IDS: dict[str, tuple[dict[str, Any], dict[str, str], list[str]]] = {
    "the same": ({"id": "gen-1"}, {"x-generation-id": "gen-1"}, []),
    "another in the body": ({"id": "resp-1"}, {"x-generation-id": "gen-1"}, ["$.response.id"]),
    "another in a header": ({}, {"x-generation-id": "gen-2"}, ["$.headers"]),
    "others in both": ({"id": "resp-1"}, {"x-generation-id": "gen-2"}, ["$.response.id", "$.headers"]),
}


@pytest.mark.parametrize(("body", "headers", "paths"), IDS.values(), ids=IDS)
def test_another_id_than_the_one_that_counts_is_kept_and_told(
    body: dict[str, Any], headers: dict[str, str], paths: list[str]
) -> None:
    """With its path."""
    (outcome,) = from_exchange(
        ASKED, {"choices": [{}], **body}, started_at=START, generation_id="gen-1", headers=headers
    ).outcomes
    assert isinstance(outcome, Read)
    kept = outcome.generation.extra.get("response", {})

    assert ("gen-1", paths) == (outcome.generation.id, [note.path for note in outcome.diagnostics])
    what = "another id than the one that counts; kept with the unknown keys"
    assert [f"moved {path}: {what}" for path in paths] == [str(note) for note in outcome.diagnostics]
    ids = {"id": body.get("id"), "x-generation-id": headers["x-generation-id"]}
    assert {key: value for key, value in ids.items() if value not in (None, "gen-1")} == kept


@pytest.mark.parametrize(("status", "failed"), [(200, False), (399, False), (400, True), (529, True)])
def test_the_status_alone_tells_of_a_failure(status: int, failed: bool) -> None:
    """From 400 on, where the body says nothing of one."""
    (found,) = from_exchange(
        ASKED, {"id": "r", "choices": [{}]}, started_at=START, status_code=status
    ).generations

    what = f"the response has the status {status}"
    failure = Failure(type="HTTPError", code=str(status), message=what)
    assert ("error" if failed else "ok") == found.status
    assert (failure if failed else None) == found.failure


@pytest.mark.parametrize("error", [{"error": "down"}, {"response": {"id": "r", "error": "down"}}], ids=repr)
def test_the_status_is_kept_where_an_error_says_more(error: dict[str, Any]) -> None:
    """The error is the failure."""
    (found,) = read(
        {"request": ASKED, "started_at": START.isoformat(), "status_code": 503, **error}
    ).generations

    assert (Failure(message="down"), {"status_code": 503}) == (found.failure, found.extra)


@pytest.mark.parametrize(("attempt", "provider"), [(2, "B"), (0, None)])
def test_an_endpoint_that_was_chosen_and_never_reached_served_nothing(
    attempt: int, provider: str | None
) -> None:
    """As where all were refused before."""
    candidates = [{"provider": "A", "selected": False}, {"provider": "B", "selected": True}]
    metadata = {"attempt": attempt, "endpoints": {"available": candidates}}
    response = {"id": "r", "choices": [{}], "openrouter_metadata": metadata}
    (found,) = from_exchange(ASKED, response, started_at=START).generations

    assert provider == found.provider
