"""How the request of an exchange failed: its caller, the response or a choice says so, or nothing came."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers import Read, exchange
from broadcast_core.record.generation import Failure, Generation

ID = "gen-1795255200-Fir"
EXCHANGE = {
    "request": {"model": "a/b", "messages": [{"role": "user", "content": "hello"}]},
    "started_at": "2026-11-23T10:00:00Z",
    "id": ID,
}
MESSAGE = {"role": "assistant", "content": "Part"}
BAD_GATEWAY = {"code": 502, "message": "bad gateway", "metadata": {"raw": "x"}}
BAD_GATEWAY_FAILURE = Failure(code="502", message="bad gateway", raw={"metadata": {"raw": "x"}})


def _read(**document: Any) -> Generation:
    (outcome,) = exchange.read({**EXCHANGE, **document}).outcomes
    assert isinstance(outcome, Read), outcome
    return outcome.generation


# An error in a choice --------------------------------------------------------------------------------


def _choice(index: int = 0, **rest: Any) -> dict[str, Any]:
    return {"index": index, "message": MESSAGE, "finish_reason": "error", **rest}


def test_an_error_in_a_choice_is_the_failure() -> None:
    """The partial answer stays, without the error, which may quote what was asked."""
    found = _read(response={"choices": [_choice(error=BAD_GATEWAY)], "usage": {"prompt_tokens": 3}})

    assert ("error", BAD_GATEWAY_FAILURE, {"choices": [_choice()]}, "error", 3, {}) == (
        found.status,
        found.failure,
        found.content.output,
        found.finish_reason,
        found.usage.input_tokens,
        found.extra,
    )


def test_an_error_in_the_choice_of_a_chunk_is_the_failure() -> None:
    """What came before it is the output."""
    chunks = [
        {"choices": [{"index": 0, "delta": MESSAGE}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "error", "error": BAD_GATEWAY}]},
    ]
    found = _read(chunks=chunks)

    assert ("error", BAD_GATEWAY_FAILURE, {"choices": [_choice()]}, {}) == (
        found.status,
        found.failure,
        found.content.output,
        found.extra,
    )


def test_an_error_beside_the_choices_of_a_chunk_is_the_failure() -> None:
    """As OpenRouter ends a stream that broke."""
    chunks = [
        {"choices": [{"index": 0, "delta": MESSAGE}]},
        {"error": BAD_GATEWAY, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]},
    ]
    found = _read(chunks=chunks)

    assert (BAD_GATEWAY_FAILURE, {"choices": [_choice()]}) == (found.failure, found.content.output)


def test_of_two_errors_of_a_stream_the_last_counts_and_the_other_is_kept() -> None:
    """Beside the response, with the chunks that were replaced."""
    found = _read(chunks=[{"error": {"message": "first"}}, {"error": {"message": "last"}}])

    assert Failure(message="last") == found.failure
    assert {"response": {"chunks": [{"error": {"message": "first"}}]}} == found.extra


SEVERAL: dict[str, tuple[dict[str, Any], dict[str, Any], Any, dict[str, Any]]] = {
    "of the document and the response": (
        {"error": "timeout"},
        {"error": BAD_GATEWAY},
        Failure(message="timeout"),
        {"response": {"error": BAD_GATEWAY}},
    ),
    "of the response and a choice": (
        {},
        {"error": {"message": "no"}, "choices": [_choice(error=BAD_GATEWAY)]},
        Failure(message="no"),
        {"response": {"choices[0].error": BAD_GATEWAY}},
    ),
    "the same twice": (
        {},
        {"error": BAD_GATEWAY, "choices": [_choice(error=BAD_GATEWAY)]},
        BAD_GATEWAY_FAILURE,
        {},
    ),
    "of two choices": (
        {},
        {"choices": [_choice(error=BAD_GATEWAY), "odd", _choice(2, error="no")]},
        BAD_GATEWAY_FAILURE,
        {"response": {"choices[2].error": "no"}},
    ),
}


@pytest.mark.parametrize(("document", "response", "failure", "extra"), SEVERAL.values(), ids=SEVERAL)
def test_of_several_errors_the_outermost_counts(
    document: dict[str, Any], response: dict[str, Any], failure: Failure, extra: dict[str, Any]
) -> None:
    """The others are kept."""
    found = _read(response=response, **document)

    assert ("error", failure, extra) == (found.status, found.failure, found.extra)


def test_what_cannot_be_read_of_an_error_is_noted_at_its_place() -> None:
    """In the response, in a choice, in the document."""
    odd = {"code": [5], "message": "no"}
    documents = (
        {"response": {"error": odd}},
        {"response": {"choices": [_choice(error=odd)]}},
        {"error": odd},
    )
    found = [exchange.read({**EXCHANGE, **document}).outcomes[0] for document in documents]

    assert [
        ["$.response.error.code"],
        ["$.response.choices[0].error.code"],
        ["$.error.code"],
    ] == [[note.path for note in one.diagnostics] for one in found if isinstance(one, Read)]


ROUTED: dict[str, tuple[dict[str, Any], list[tuple[str | None, int | None]]]] = {
    "one alone": ({"provider_name": "A"}, []),
    "one after another": (
        {"provider_name": "A", "previous_errors": [{"provider_name": "B", "code": 429}]},
        [("B", 429), ("A", 502)],
    ),
    "errors that are none": ({"provider_name": "A", "previous_errors": ["x"]}, []),
}


@pytest.mark.parametrize(("metadata", "attempts"), ROUTED.values(), ids=ROUTED)
def test_an_error_tells_of_the_attempts_before_it(
    metadata: dict[str, Any], attempts: list[tuple[str | None, int | None]]
) -> None:
    """Where there were any; its provider is that of the last."""
    found = _read(response={"error": {"code": 502, "message": "no", "metadata": metadata}})

    assert ("A", attempts) == (found.provider, [(one.provider, one.status_code) for one in found.attempts])


# No response -----------------------------------------------------------------------------------------

NOTHING: dict[str, tuple[dict[str, Any], str]] = {
    "no response": ({}, "no response was recorded"),
    "null": ({"response": None}, "no response was recorded"),
    "an empty object": ({"response": {}}, "no response was recorded"),
    "no chunks": ({"chunks": []}, "no chunk of the stream was recorded"),
    "a stream of comments": ({"chunks": [": PROCESSING"]}, "no chunk of the stream was recorded"),
    "an empty error": ({"error": ""}, "no response was recorded"),
}


@pytest.mark.parametrize(("document", "message"), NOTHING.values(), ids=NOTHING)
def test_a_request_without_a_response_failed(document: dict[str, Any], message: str) -> None:
    """It says so, and no more is known."""
    found = _read(**document)

    assert ("error", Failure(type="NoResponse", message=message), None) == (
        found.status,
        found.failure,
        found.content.output,
    )


def test_a_response_beside_an_empty_list_of_chunks_is_read() -> None:
    """A caller that always logs both keys: it was no stream, and none was cut off."""
    response = {"choices": [{"index": 0, "message": MESSAGE}]}
    (outcome,) = exchange.read({**EXCHANGE, "chunks": [], "response": response}).outcomes
    assert isinstance(outcome, Read)

    assert ("ok", False, ()) == (
        outcome.generation.status,
        outcome.generation.streamed,
        outcome.diagnostics,
    )


STATED: dict[str, tuple[Any, str, Failure]] = {
    "a text": ("ReadTimeout after 60 s", "error", Failure(message="ReadTimeout after 60 s")),
    "an object": (
        {"type": "ReadTimeout", "message": "after 60 s", "code": "E1", "more": 1},
        "error",
        Failure(type="ReadTimeout", message="after 60 s", code="E1", raw={"more": 1}),
    ),
    "a request that was given up": ({"type": "CancelledError"}, "cancelled", Failure(type="CancelledError")),
    "the same in other words": ({"type": "Cancelled"}, "cancelled", Failure(type="Cancelled")),
}


@pytest.mark.parametrize(("error", "status", "failure"), STATED.values(), ids=STATED)
def test_a_caller_says_why_there_is_no_response(error: Any, status: str, failure: Failure) -> None:
    """Beside the request, or beside a response that is null."""
    for document in ({}, {"response": None}, {"chunks": []}):
        found = _read(error=error, **document)

        assert (status, failure, {}) == (found.status, found.failure, found.extra)


@pytest.mark.parametrize("kind", ["Cancelled", "CancelledError"])
def test_only_the_caller_gives_up(kind: str) -> None:
    """A provider that calls its error so has failed."""
    error = {"type": kind, "message": "no"}
    for answer in ({"error": error}, {"choices": [_choice(error=error)]}):
        found = _read(response=answer)

        assert ("error", Failure(type=kind, message="no")) == (found.status, found.failure)


def test_what_came_of_a_stream_before_its_caller_gave_up_is_the_output() -> None:
    """With the caller's own words as the failure."""
    found = _read(error={"type": "ReadTimeout"}, chunks=[{"choices": [{"index": 0, "delta": MESSAGE}]}])

    assert ("error", Failure(type="ReadTimeout")) == (found.status, found.failure)
    assert {"choices": [{"index": 0, "message": MESSAGE}]} == found.content.output


# A response without an answer ------------------------------------------------------------------------

UNANSWERED: dict[str, tuple[dict[str, Any], Failure]] = {
    "a detail": ({"detail": "Not authenticated"}, Failure(type="NoAnswer", message="Not authenticated")),
    "a message and a code": (
        {"status_code": 503, "message": "overloaded", "retry": True},
        Failure(type="NoAnswer", code="503", message="overloaded", raw={"retry": True}),
    ),
    "a message and the first code of an error": (
        {"code": 400, "message": "no", "retry": True},
        Failure(type="NoAnswer", code="400", message="no", raw={"retry": True}),
    ),
    "the first code of an error alone": (
        {"statusCode": 400},
        Failure(type="NoAnswer", code="400", message="the response holds no answer"),
    ),
    "an error without the key": (
        {"object": "error", "type": "invalid_request_error", "message": "no", "code": 400},
        Failure(type="invalid_request_error", code="400", message="no"),
    ),
    "a list of details": (
        {"detail": [{"msg": "field required"}]},
        Failure(
            type="NoAnswer",
            message="the response holds no answer",
            raw={"detail": [{"msg": "field required"}]},
        ),
    ),
    "a name alone": ({"id": ID}, Failure(type="NoAnswer", message="the response holds no answer")),
    "no choices": ({"choices": []}, Failure(type="NoAnswer", message="the response holds no answer")),
    "choices that are null": (
        {"choices": None, "message": "no"},
        Failure(type="NoAnswer", message="no"),
    ),
    "a job that failed": (
        {"status": "failed", "message": "no", "url": "/v"},
        Failure(message="no", raw={"status": "failed", "url": "/v"}),
    ),
    "a job that was given up": (
        {"status": "cancelled", "output": []},
        Failure(
            type="Cancelled",
            message="the response has the status 'cancelled' and no error",
            raw={"status": "cancelled"},
        ),
    ),
    "a description": ({"error_description": "no"}, Failure(type="NoAnswer", message="no")),
    "errors": (
        {"success": False, "errors": [{"message": "no"}], "result": None},
        Failure(
            type="NoAnswer",
            message="the response holds no answer",
            raw={"success": False, "errors": [{"message": "no"}], "result": None},
        ),
    ),
    "a code alone": (
        {"id": ID, "statusCode": 502},
        Failure(type="NoAnswer", code="502", message="the response holds no answer"),
    ),
    "a problem": (
        {"type": "/limits", "title": "No", "status": 429, "detail": "slow down", "instance": "/1"},
        Failure(type="/limits", message="slow down", raw={"title": "No", "status": 429, "instance": "/1"}),
    ),
    "data that is empty beside an error": (
        {"data": [], "code": 401, "message": "no"},
        Failure(type="NoAnswer", code="401", message="no"),
    ),
    "an error of nothing alone": (
        {"error": {}},
        Failure(type="NoAnswer", message="the response holds no answer"),
    ),
}


@pytest.mark.parametrize(("response", "failure"), UNANSWERED.values(), ids=UNANSWERED)
def test_a_response_without_an_answer_failed(response: dict[str, Any], failure: Failure) -> None:
    """It is read like an error, and nothing of it is lost."""
    found = _read(response=response)

    assert failure == found.failure
    assert ("cancelled" if failure.type == "Cancelled" else "error") == found.status


def test_a_response_without_an_answer_keeps_its_usage_apart_from_its_failure() -> None:
    """What is known of the usage is read, and what is not stays in it."""
    usage = {"prompt_tokens": 3, "smell": 1}
    found = _read(response={"status_code": 503, "message": "no", "usage": usage})

    assert (Failure(type="NoAnswer", code="503", message="no"), 3, {"response": {"usage": {"smell": 1}}}) == (
        found.failure,
        found.usage.input_tokens,
        found.extra,
    )


def test_what_cannot_be_read_of_a_response_without_an_answer_is_noted_at_its_place() -> None:
    """And is in the failure."""
    (outcome,) = exchange.read({**EXCHANGE, "response": {"detail": "no", "code": [5]}}).outcomes
    assert isinstance(outcome, Read)

    assert Failure(type="NoAnswer", message="no", raw={"code": [5]}) == outcome.generation.failure
    assert ["$.response.code"] == [note.path for note in outcome.diagnostics]


def test_a_response_that_calls_itself_cancelled_was_given_up() -> None:
    """With what came of its answer."""
    found = _read(response={"status": "cancelled", "output": [1]})

    assert ("cancelled", "Cancelled", {"output": [1]}) == (
        found.status,
        found.failure and found.failure.type,
        {"output": found.content.output["output"]} if isinstance(found.content.output, dict) else None,
    )


@pytest.mark.parametrize(
    "response",
    [{"id": ID, "status": "odd", "note": ""}, {"output": [], "note": "x"}],
    ids=["status", "empty"],
)
def test_an_answer_that_holds_nothing_is_of_no_unknown_shape(response: dict[str, Any]) -> None:
    """So there is nothing to say of it."""
    (outcome,) = exchange.read({**EXCHANGE, "response": response}).outcomes
    assert isinstance(outcome, Read)

    assert ("ok", ()) == (outcome.generation.status, outcome.diagnostics)


@pytest.mark.parametrize("answer", [{"status": "failed", "output": [1]}, {"status": "expired", "data": [1]}])
def test_a_response_that_calls_itself_failed_did(answer: dict[str, Any]) -> None:
    """Without an error, that is all there is to say."""
    found = _read(response=answer)

    assert (
        "error",
        Failure(message=f"the response has the status {answer['status']!r} and no error"),
    ) == (found.status, found.failure)


def test_a_finish_reason_of_error_is_a_failure() -> None:
    """Also without an error."""
    found = _read(response={"choices": [_choice(finish_reason="stop"), _choice(1)]})

    assert ("error", Failure(message="the answer has the finish reason 'error' and no error")) == (
        found.status,
        found.failure,
    )


ANSWERED: dict[str, dict[str, Any]] = {
    "a chat": {"choices": [{"message": MESSAGE, "finish_reason": "length"}]},
    "a choice without a message": {"choices": [{"index": 0, "finish_reason": "content_filter"}]},
    "an error that is null": {"choices": [{"message": MESSAGE, "error": None}], "error": None},
    "no choices, and usage": {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 0}},
    "usage alone": {"usage": {"prompt_tokens": 3}},
    "a response": {"object": "response", "status": "completed", "error": None, "output": [{}]},
    "a response that was cut": {"object": "response", "status": "incomplete", "output": []},
    "a response on its way": {"object": "response", "status": "queued", "output": []},
    "embeddings": {"object": "list", "data": [{"object": "embedding", "embedding": [0.5]}]},
    "images": {"created": 1, "data": [{"b64_json": "AA"}]},
    "a transcript": {"text": ""},
    "a ranking": {"results": [{"index": 0, "relevance_score": 0.5}]},
    "a video on its way": {"id": ID, "polling_url": "/v", "status": "pending"},
    "a message of another API": {"type": "message", "role": "assistant", "content": [{"type": "text"}]},
    "a message that is an object": {"message": MESSAGE, "done": True},
}


@pytest.mark.parametrize("response", ANSWERED.values(), ids=ANSWERED)
def test_an_answer_of_any_shape_is_ok(response: dict[str, Any]) -> None:
    """Be it an empty one."""
    found = _read(response=response)

    assert ("ok", None) == (found.status, found.failure)


NOT_RECOGNISED: dict[str, dict[str, Any]] = {
    "a text and its end": {"response": "Hello", "done": True},
    "an output text": {"output_text": "Hello"},
    "a generated text": {"generated_text": "Hello", "usage": {"x": 1}},
    "predictions": {"predictions": ["Hello"]},
    "outputs": {"outputs": ["Hello"], "code": 200, "message": "success"},
    "generations": {"generations": [{"text": "Hello"}], "error": {}},
    "images": {"images": ["AA"], "error": {"code": None, "message": None}},
    "sound": {"audio": "AA", "choices": []},
    "results": {"results": [{"index": 0}]},
    "a message with a role": {"message": "Hello", "role": "assistant"},
    "a message beside a large code": {"code": 10000, "message": "success", "result": "Hello"},
    "a message beside the code after the last": {"code": 600, "message": "done", "result": "Hello"},
    "a detail beside an answer": {"detail": "high", "image": "AA"},
    "a message beside usage": {"message": "Hello", "usage": {"x": 1}},
}


@pytest.mark.parametrize("answer", NOT_RECOGNISED.values(), ids=NOT_RECOGNISED)
def test_a_response_of_an_unknown_shape_was_served(answer: dict[str, Any]) -> None:
    """It is kept whole, apart from the output, and that is told."""
    (outcome,) = exchange.read({**EXCHANGE, "response": answer}).outcomes
    assert isinstance(outcome, Read)
    found = outcome.generation
    kept = {key: value for key, value in answer.items() if key != "choices"}

    assert ("ok", None, {"response": kept}) == (found.status, found.failure, found.extra)
    assert [
        "moved $.response: no answer of a known shape: the response is kept whole with the unknown keys"
    ] == [str(diagnostic) for diagnostic in outcome.diagnostics]
