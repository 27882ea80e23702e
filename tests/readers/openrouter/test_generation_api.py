"""Answers of `GET /generation`, with and without the content."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from broadcast_core.readers import Read
from broadcast_core.readers.openrouter import generation_api
from broadcast_core.record.generation import Attempt, Cost, Failure, Generation, Identity, Usage
from tests.readers.deliveries import example, generation

CREATED = "2026-11-20T08:14:22.531Z"
DATA = {"id": "gen-1", "created_at": CREATED}


def _outcome(document: Any) -> Read:
    (outcome,) = generation_api.read(document).outcomes
    assert isinstance(outcome, Read), outcome
    return outcome


def _read(content: Any = None, **data: Any) -> Generation:
    """Return the generation of some data, and of a content when there is one."""
    alone = {"data": {**DATA, **data}}
    both = {"generation": alone, "content": content}
    return _outcome(alone if content is None else both).generation


def test_an_answer_reads_to_its_facts() -> None:
    """Tokens, exact cost, times, attempts."""
    found = _outcome(example("completion", "generation_api")).generation

    assert (
        Usage(
            input_tokens=47, output_tokens=62, reasoning_tokens=0, cache_read_tokens=0, output_image_tokens=0
        )
        == found.usage
    )
    assert Cost(total=Decimal("0.000357"), upstream=Decimal(0), source="billed", is_byok=False) == found.cost
    assert (
        datetime(2026, 11, 20, 8, 14, 22, 531_000, UTC),
        datetime(2026, 11, 20, 8, 14, 24, 940_000, UTC),
        1754.0,
    ) == (found.timing.start, found.timing.end, found.timing.generation_ms)
    assert Identity(user_id="walker-5518", session_id="ses_1ea4cb07b29bb1e0afade5b8") == found.identity
    assert ("ok", "chat", True, "stop", "end_turn", {}) == (
        found.status,
        found.operation,
        found.streamed,
        found.finish_reason,
        found.native_finish_reason,
        found.extra,
    )


def test_an_answer_and_its_delivery_are_one_generation() -> None:
    """The same id, model, provider, times, tokens, charge and words."""
    asked, sent = (
        _outcome(example("completion", "generation_api")).generation,
        generation(example("02-streamed")),
    )

    for name in ("id", "status", "operation", "model", "provider", "streamed", "finish_reason"):
        assert getattr(sent, name) == getattr(asked, name)
    assert (sent.timing.start, sent.timing.end) == (asked.timing.start, asked.timing.end)
    assert (sent.usage.input_tokens, sent.usage.output_tokens) == (
        asked.usage.input_tokens,
        asked.usage.output_tokens,
    )
    assert sent.cost.total == asked.cost.total
    assert (sent.content.input, sent.content.output) == (asked.content.input, asked.content.output)


def test_a_failed_answer_and_its_delivery_tell_of_the_same_attempts() -> None:
    """The API has no times of them."""
    asked, sent = _outcome(example("failed", "generation_api")).generation, generation(example("08-error"))

    assert [(one.index, one.provider, one.status_code, one.latency_ms) for one in sent.attempts] == [
        (one.index, one.provider, one.status_code, one.latency_ms) for one in asked.attempts
    ]
    assert (sent.id, sent.status) == (asked.id, asked.status)


def test_a_failed_answer_says_why() -> None:
    """With the errors before it."""
    found = _outcome(example("failed", "generation_api")).generation

    assert found.failure is not None
    assert "Error" == found.failure.type
    assert ("error", "502", "Provider returned error", ["DeepInfra"], None) == (
        found.status,
        found.failure.code,
        found.failure.message,
        [error["provider_name"] for error in found.failure.raw["previous_errors"]],
        found.content.output,
    )


def test_fields_of_the_gateway_are_sorted_into_the_opt_in_groups() -> None:
    """What no list knows counts as identity; null is absent."""
    found = _read(tokens_prompt=38, data_region="europe", user_agent="x", brand_new=1, router=None)

    assert ({"tokens_prompt": 38}, {"user_agent": "x", "brand_new": 1}, {"data_region": "europe"}) == (
        found.generation_cost,
        found.generation_identity,
        found.generation_request_context,
    )


FIRST: dict[str, tuple[dict[str, Any], float | None]] = {
    "before the whole": ({"streamed": True, "latency": 100, "generation_time": 200}, 100.0),
    "spelled as text": ({"streamed": "true", "latency": 100, "generation_time": 200}, 100.0),
    "in no time": ({"streamed": True, "latency": 0, "generation_time": 0.5}, 0.0),
    "with the whole": ({"streamed": True, "latency": 200, "generation_time": 200}, None),
    "after the whole": ({"streamed": True, "latency": 300, "generation_time": 200}, None),
    "without the whole": ({"streamed": True, "latency": 100}, None),
    "of the whole alone": ({"streamed": True, "generation_time": 200}, None),
    "of what was not streamed": ({"streamed": False, "latency": 100, "generation_time": 200}, None),
    "of what nobody says": ({"latency": 100, "generation_time": 200}, None),
}


@pytest.mark.parametrize(("data", "expected"), FIRST.values(), ids=FIRST)
def test_the_latency_of_a_stream_is_that_of_its_first_token(
    data: dict[str, Any], expected: float | None
) -> None:
    """Where it is shorter than the whole."""
    assert expected == _read(**data).timing.first_token_ms


USAGE: dict[str, tuple[dict[str, Any], Decimal | None, dict[str, Any]]] = {
    "the same charge": ({"total_cost": 0.5, "usage": 0.5}, Decimal("0.5"), {}),
    "the same charge as text": ({"total_cost": "0.50", "usage": 0.5}, Decimal("0.5"), {}),
    "another amount": ({"total_cost": 0.5, "usage": 0.4}, Decimal("0.5"), {"usage": 0.4}),
    "the older name alone": ({"total_cost": None, "usage": 0.4}, None, {"usage": 0.4}),
    "free": ({"total_cost": 0, "usage": 0}, Decimal(0), {}),
    "neither": ({}, None, {}),
}


@pytest.mark.parametrize(("data", "total", "group"), USAGE.values(), ids=USAGE)
def test_the_charge_is_read_once(data: dict[str, Any], total: Decimal | None, group: dict[str, Any]) -> None:
    """Its older name is kept where it says otherwise."""
    found = _read(**data)

    assert (total, "unknown" if total is None else "billed", group) == (
        found.cost.total,
        found.cost.source,
        found.generation_cost,
    )


def test_what_a_cache_saved_is_a_discount() -> None:
    """It is no part of the charge."""
    cost = _read(total_cost=0.5, cache_discount=0.25).cost

    assert (Decimal("0.5"), Decimal("0.25")) == (cost.total, cost.cache_discount)


OPERATIONS = {"completions": "chat", "embeddings": "embeddings", "tts": "tts", "": "chat", None: "chat"}


@pytest.mark.parametrize(("api_type", "expected"), OPERATIONS.items(), ids=repr)
def test_the_type_of_the_api_is_the_operation(api_type: Any, expected: str) -> None:
    """The API calls chat and prompt requests alike."""
    assert expected == _read(api_type=api_type).operation


@pytest.mark.parametrize("spelled", [True, "true"], ids=repr)
def test_a_request_that_was_given_up_is_cancelled(spelled: Any) -> None:
    """It is no error."""
    assert "cancelled" == _read(cancelled=spelled).status


def test_when_every_attempt_failed_so_did_the_generation() -> None:
    """Also when the content was not asked for."""
    found = _read(provider_responses=[{"status": 429}, {"status": 502}])

    assert ("error", Failure(code="502", message="Provider returned error")) == (found.status, found.failure)


ATTEMPTS: dict[str, tuple[list[Any], str]] = {
    "a fallback that worked": ([{"status": 429}, {"status": 200}], "ok"),
    "two failed and one worked": ([{"status": 503}, {"status": 429}, {"status": 200}], "ok"),
    "the first worked": ([{"status": 200}], "ok"),
    "a try after one that worked": ([{"status": 200}, {"status": 500}], "ok"),
    "no status is known": ([{"provider_name": "a"}], "ok"),
    "of one no status is known": ([{"status": 429}, {"provider_name": "a"}], "ok"),
    "all failed": ([{"status": 429}, {"status": 502}], "error"),
    "the one failed": ([{"status": 400}], "error"),
    "none": ([], "ok"),
}


@pytest.mark.parametrize(("responses", "expected"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_a_generation_failed_when_all_its_attempts_did(responses: list[Any], expected: str) -> None:
    """A fallback that worked is no error."""
    found = _read(provider_responses=responses)

    assert (expected, expected == "error", len(responses)) == (
        found.status,
        found.failure is not None,
        len(found.attempts),
    )


def test_a_request_that_was_given_up_after_failed_attempts_is_cancelled() -> None:
    """The caller ended it, and the attempts say what went before."""
    found = _read(cancelled=True, provider_responses=[{"status": 429}])

    assert ("cancelled", "429") == (found.status, found.failure and found.failure.code)


def test_an_attempt_is_read_as_far_as_it_can_be() -> None:
    """The rest is kept."""
    outcome = _outcome(
        {"data": {**DATA, "provider_responses": [{"status": "x", "region": "eu", "is_byok": "true"}]}}
    )

    assert (Attempt(index=0, is_byok=True),) == outcome.generation.attempts
    assert {"provider_responses": [{"index": 0, "status": "x", "region": "eu"}]} == outcome.generation.extra
    assert ["$.data.provider_responses[0].status"] == [one.path for one in outcome.diagnostics]


@pytest.mark.parametrize("odd", ["many", {"a": 1}, [1]], ids=repr)
def test_attempts_that_are_none_are_kept(odd: Any) -> None:
    """With the unknown fields."""
    found = _read(provider_responses=odd)

    assert ((), {"provider_responses": odd}) == (found.attempts, found.generation_identity)


CONTENTS: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
    "a prompt": ({"data": {"input": {"prompt": "p"}}}, {"prompt": "p"}, None, {}),
    "an answer": (
        {"data": {"output": {"completion": "a", "reasoning": "r"}}},
        None,
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": "a", "reasoning": "r"}}]},
        {},
    ),
    "an answer of another shape": ({"data": {"output": "a"}}, None, "a", {}),
    "an empty answer": ({"data": {"output": {"completion": None, "reasoning": None}}}, None, None, {}),
    "an error that is text": (
        {"data": {"error": "No"}},
        None,
        None,
        {"content.data": {"error": "No"}},
    ),
    "unknown keys": (
        {"data": {"mood": "x"}, "note": "n"},
        None,
        None,
        {"content": {"note": "n"}, "content.data": {"mood": "x"}},
    ),
    "no data": ({"input": "p"}, None, None, {"content": {"input": "p"}}),
    "text": ("p", None, None, {"content": "p"}),
}


@pytest.mark.parametrize(("content", "asked", "answered", "extra"), CONTENTS.values(), ids=CONTENTS)
def test_the_content_is_read(content: Any, asked: Any, answered: Any, extra: dict[str, Any]) -> None:
    """And what is not known of it is kept."""
    found = _read(content)

    assert (asked, answered, extra) == (found.content.input, found.content.output, found.extra)


def test_what_stands_around_the_data_is_kept() -> None:
    """With the first answer alone, and with both."""
    alone = {"data": DATA, "note": "n"}

    assert {"note": "n"} == _outcome(alone).generation.extra
    assert {"generation": {"note": "n"}, "more": 1} == _outcome(
        {"generation": alone, "more": 1}
    ).generation.extra


BARE = {**DATA, "latency": 100, "tokens_prompt": 3, "tokens_completion": 4, "native_tokens_prompt": 5}


def test_an_answer_without_its_envelope_is_read() -> None:
    """Alone, and with its content."""
    alone = _outcome(BARE).generation
    content = {"data": {"input": {"prompt": "p"}}}
    both = _outcome({"generation": BARE, "content": content}).generation

    assert ("gen-1", 5, {}) == (alone.id, alone.usage.input_tokens, alone.extra)
    assert ("gen-1", 5, {"prompt": "p"}, {}) == (
        both.id,
        both.usage.input_tokens,
        both.content.input,
        both.extra,
    )


def test_an_answer_may_call_its_id_otherwise() -> None:
    """Also without its envelope."""
    named = {key: value for key, value in BARE.items() if key != "id"} | {"generation_id": "gen-2"}

    assert ["gen-2", "gen-2"] == [_outcome(one).generation.id for one in (named, {"data": named})]


def test_data_in_an_envelope_count_before_what_stands_around_them() -> None:
    """Whatever its keys are."""
    found = _outcome({**BARE, "id": "gen-2", "data": DATA}).generation

    assert ("gen-1", {**BARE, "id": "gen-2"}) == (found.id, found.extra)


def test_a_content_beside_the_data_is_kept_and_not_read() -> None:
    """It belongs to no generation that is named there."""
    content = {"data": {"input": {"prompt": "p"}}}
    found = _outcome({"data": DATA, "content": content}).generation

    assert (None, {"content": content}) == (found.content.input, found.extra)


def test_what_cannot_be_read_of_an_error_is_noted_at_its_place() -> None:
    """And is in the failure."""
    error = {"status": [5], "message": "no"}
    outcome = _outcome({"generation": {"data": DATA}, "content": {"data": {"error": error}}})

    assert Failure(message="no", raw={"status": [5]}) == outcome.generation.failure
    assert ["$.content.data.error.status"] == [note.path for note in outcome.diagnostics]


MISSING_ID = "missing: the generation needs its id @ $.data.id"
MISSING_TIME = "missing: the record needs the time of the request @ $.data.created_at"
REJECTED: dict[str, tuple[Any, list[str]]] = {
    "no object": ([1], ["expected an object with data @ $"]),
    "no data": ({"data": None}, ["missing: the data of the generation @ $.data"]),
    "data that are text": ({"data": "x"}, ["missing: the data of the generation @ $.data"]),
    "no data of both": ({"generation": 5}, ["missing: the data of the generation @ $.generation.data"]),
    "one that is not there yet": (
        {"error": {"code": 404, "message": "no"}},
        [f"{generation_api.TOO_EARLY} @ $.error"],
    ),
    "one that is not there yet, with its content": (
        {"generation": {"error": {"code": "404"}}, "content": {}},
        [f"{generation_api.TOO_EARLY} @ $.generation.error"],
    ),
    "another error": ({"error": {"code": 401}}, ["missing: the data of the generation @ $.data"]),
    "data without an id and an envelope": (
        {key: value for key, value in BARE.items() if key != "id"},
        ["missing: the data of the generation @ $.data"],
    ),
    "an id with other keys": (DATA, ["missing: the data of the generation @ $.data"]),
    "a duration without its envelope": (
        {**BARE, "latency": -1},
        ["expected milliseconds, at least 0, got -1.0 @ $.latency"],
    ),
    "no id": ({"data": {"created_at": CREATED}}, [MISSING_ID]),
    "an id that is an object": (
        {"data": {"id": {}, "created_at": CREATED}},
        ["expected text @ $.data.id"],
    ),
    "an id with NUL": ({"data": {"id": "\x00", "created_at": CREATED}}, [MISSING_ID]),
    "no time": ({"data": {"id": "gen-1"}}, [MISSING_TIME]),
    "a time that is a number": (
        {"data": {"id": "gen-1", "created_at": 5}},
        ["expected a time such as 2026-11-23T10:00:00.000Z, got 5 @ $.data.created_at"],
    ),
    "a negative latency": (
        {"data": {**DATA, "latency": -1}},
        ["expected milliseconds, at least 0, got -1.0 @ $.data.latency"],
    ),
    "a latency of ages": (
        {"data": {**DATA, "latency": 1e300}},
        ["expected milliseconds, at least 0, got 1e+300 @ $.data.latency"],
    ),
    "a latency of centuries": (
        {"data": {**DATA, "latency": 1e13}},
        ["expected milliseconds, at least 0, got 10000000000000.0 @ $.data.latency"],
    ),
    "a latency that ends beyond every clock": (
        {"data": {"id": "gen-1", "created_at": "2262-01-01T00:00:00Z", "latency": 1e11}},
        ["expected a time between 1970 and 2262, got 2265-03-03T09:46:40+00:00 @ $.data.latency"],
    ),
    "everything at once": (
        {"data": {"latency": "x", "native_tokens_prompt": -1, "total_cost": "NaN"}},
        [
            MISSING_ID,
            MISSING_TIME,
            "expected a number, got text @ $.data.latency",
            "expected at least 0, got -1 @ $.data.native_tokens_prompt",
            "expected a finite number, got NaN @ $.data.total_cost",
        ],
    ),
}


@pytest.mark.parametrize(("document", "expected"), REJECTED.values(), ids=REJECTED)
def test_bad_input_is_rejected_in_words(document: Any, expected: list[str]) -> None:
    """Every reason at once, each with its path."""
    (outcome,) = generation_api.read(document).rejected

    assert expected == [str(problem) for problem in outcome.problems]


def test_a_rejection_has_the_id_where_there_is_one() -> None:
    """So that it can be looked up again."""
    (outcome,) = generation_api.read({"data": {**DATA, "latency": -1}}).rejected

    assert "gen-1" == outcome.id
