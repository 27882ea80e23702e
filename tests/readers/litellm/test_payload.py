"""A standard logging payload of LiteLLM, field by field."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from broadcast_core.readers import Read
from broadcast_core.readers.exchange import read as read_exchange
from broadcast_core.readers.litellm.payload import from_payload, read
from broadcast_core.record.generation import Cost, Generation, Usage

TOLD = "llm_provider-x-litellm-response-cost"
ID, CALL = "gen-1795255200-Fir", "ba6aa3ea-a5cd-46e8-ba56-7b1b2466beab"
MESSAGES = [{"role": "user", "content": "hi"}]
CHOICE = {
    "finish_reason": "stop",
    "index": 0,
    "message": {"content": "hello", "role": "assistant"},
    "provider_specific_fields": {"native_finish_reason": "completed"},
}
PAYLOAD: dict[str, Any] = {
    "id": ID,
    "litellm_call_id": CALL,
    "trace_id": CALL,
    "session_id": "",
    "call_type": "acompletion",
    "cache_hit": None,
    "stream": None,
    "status": "success",
    "custom_llm_provider": "openrouter",
    "startTime": 1795747187.5,
    "endTime": 1795747189.5,
    "completionStartTime": 1795747189.5,
    "response_time": 2.0,
    "model": "openrouter/openai/gpt-5-mini",
    "model_group": "fast",
    "metadata": {"user_api_key_alias": None, "requester_metadata": None},
    "response_cost": 0.5,
    "cost_breakdown": {"input_cost": 0.2, "output_cost": 0.3},
    "total_tokens": 15,
    "prompt_tokens": 12,
    "completion_tokens": 3,
    "request_tags": ["mine", "User-Agent: python", "User-Agent: python/3"],
    "end_user": None,
    "messages": MESSAGES,
    "response": {
        "id": ID,
        "created": 1795747187,
        "model": "openai/gpt-5-mini-2026-08-07",
        "object": "chat.completion",
        "choices": [CHOICE],
        "usage": {
            "prompt_tokens": 12,
            "completion_tokens": 3,
            "total_tokens": 15,
            "prompt_tokens_details": {
                "cached_tokens": 4,
                "cache_write_tokens": 2,
                "cache_creation_tokens": 2,
            },
            "completion_tokens_details": {"reasoning_tokens": 1},
            "cost": 0.000321,
            "is_byok": False,
        },
    },
    "model_parameters": {"temperature": 0.5, "user": "user-1", "tools": [{"type": "function"}]},
    "hidden_params": {
        "additional_headers": {"llm_provider-x-generation-id": ID, "llm_provider-date": "today"},
        "upstream_provider": "Azure",
    },
    "error_information": {"error_code": "", "error_class": "", "error_message": "", "traceback": ""},
    "error_str": None,
    "model_map_information": {"model_map_key": "x"},
}
FAILED = {
    "status": "failure",
    "id": CALL,
    "response": {},
    "prompt_tokens": 0,
    "completion_tokens": 0,
    "total_tokens": 0,
    "response_cost": 0.0,
    "hidden_params": {},
    "error_information": {
        "error_code": "500",
        "error_class": "APIError",
        "traceback": 'File "/srv/app.py"',
        "error_message": "boom",
    },
    "error_str": "boom",
}


def _outcome(**changes: Any) -> Read:
    (outcome,) = read({**deepcopy(PAYLOAD), **changes}).outcomes
    assert isinstance(outcome, Read), outcome
    return outcome


def _read(**changes: Any) -> Generation:
    return _outcome(**changes).generation


def _response(**changes: Any) -> dict[str, Any]:
    response: dict[str, Any] = {**deepcopy(PAYLOAD["response"]), **changes}
    return response


def _usage(**changes: Any) -> dict[str, Any]:
    return _response(usage={**deepcopy(PAYLOAD["response"]["usage"]), **changes})


def _notes(read: Read) -> list[str]:
    return [str(note) for note in read.diagnostics]


def test_a_payload_reads_to_its_facts() -> None:
    """Models, provider, end, tokens with their parts."""
    found = _read()

    assert (ID, "ok", "chat", "litellm", False) == (
        found.id,
        found.status,
        found.operation,
        found.source,
        found.streamed,
    )
    assert ("openai/gpt-5-mini", "openai/gpt-5-mini-2026-08-07") == (found.model, found.served_model)
    assert ("Azure", "stop", "completed") == (
        found.provider,
        found.finish_reason,
        found.native_finish_reason,
    )
    assert (
        Usage(
            input_tokens=12,
            output_tokens=3,
            total_tokens=15,
            cache_read_tokens=4,
            cache_write_tokens=2,
            reasoning_tokens=1,
        )
        == found.usage
    )
    assert {"temperature": 0.5} == found.parameters
    assert {"tools": [{"type": "function"}]} == found.content.request
    assert {"messages": MESSAGES} == found.content.input
    assert {"choices": [CHOICE]} == found.content.output


def test_times_are_seconds_since_1970() -> None:
    """The first token of what was not streamed is its end, so it is none."""
    timing = _read().timing

    assert datetime(2026, 11, 27, 2, 39, 47, 500_000, UTC) == timing.start
    assert (timing.start + timedelta(seconds=2), None) == (timing.end, timing.first_token_ms)


@pytest.mark.parametrize(
    "changes", [{"stream": True}, {"model_parameters": {"stream": True}}], ids=["stated", "asked for"]
)
def test_a_stream_has_a_first_token(changes: dict[str, Any]) -> None:
    """A failed one says so in its parameters alone."""
    found = _read(**changes, completionStartTime=1795747188.0)

    assert (True, 500.0) == (found.streamed, found.timing.first_token_ms)


FIRST: dict[str, tuple[dict[str, Any], float, float | None]] = {
    "with the start": ({"stream": True}, 1795747187.5, 0.0),
    "before the start": ({"stream": True}, 1795747187.0, None),
    "with the end": ({"stream": True}, 1795747189.5, None),
    "of an answer from a cache": ({"stream": True, "cache_hit": True}, 1795747188.0, None),
    "of what was not streamed": ({}, 1795747188.0, None),
}


@pytest.mark.parametrize(("changes", "moment", "expected"), FIRST.values(), ids=FIRST)
def test_a_first_token_is_one_of_a_stream_between_its_start_and_its_end(
    changes: dict[str, Any], moment: float, expected: float | None
) -> None:
    """LiteLLM writes the end where it knows of none."""
    assert expected == _read(**changes, completionStartTime=moment).timing.first_token_ms


def test_a_call_may_end_when_it_began() -> None:
    """In no time, as from a cache; and may begin with the year 1970."""
    timing = _read(startTime=0, endTime=0).timing

    assert (datetime(1970, 1, 1, tzinfo=UTC), timing.start) == (timing.start, timing.end)


def test_an_end_before_the_start_is_unknown() -> None:
    """LiteLLM reads a clock that may be set back."""
    read = _outcome(endTime=1795747180.0)

    assert read.generation.timing.end is None
    assert [
        "coerced $.endTime: it lies before the start, as when a clock was set back: taken as unknown"
    ] == (_notes(read))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Cost(total=Decimal("0.000321"), source="billed", is_byok=False)),
        (
            {"response": _usage(cost=None), "hidden_params": {"additional_headers": {TOLD: 0.25}}},
            Cost(total=Decimal("0.25"), source="billed", is_byok=False),
        ),
        (
            {"response": _usage(cost=None)},
            Cost(
                total=Decimal("0.5"),
                input=Decimal("0.2"),
                output=Decimal("0.3"),
                source="estimated",
                is_byok=False,
            ),
        ),
        ({"response": _usage(cost=None), "response_cost": 0.0}, Cost(is_byok=False)),
        (
            {"response": _usage(cost_details={"upstream_inference_cost": 0.01}, is_byok=True)},
            Cost(total=Decimal("0.000321"), upstream=Decimal("0.01"), source="billed", is_byok=True),
        ),
        ({"response": _usage(cost=0)}, Cost(total=Decimal(0), source="billed", is_byok=False)),
        (
            {"response": _usage(cost=None, cost_details={"upstream_inference_cost": 0.01})},
            Cost(
                total=Decimal("0.5"),
                input=Decimal("0.2"),
                output=Decimal("0.3"),
                upstream=Decimal("0.01"),
                source="estimated",
                is_byok=False,
            ),
        ),
        (
            {
                "response": _usage(cost=None, cost_details={"upstream_inference_cost": 0.01}),
                "response_cost": 0.0,
            },
            Cost(upstream=Decimal("0.01"), is_byok=False),
        ),
    ],
    ids=["told", "in a header", "estimated", "unknown", "own key", "free", "estimated too", "upstream alone"],
)
def test_only_what_openrouter_told_is_charged(changes: dict[str, Any], expected: Cost) -> None:
    """An estimate is called so, and an estimate of zero is none."""
    assert expected == _read(**changes).cost


def test_another_providers_cost_is_an_estimate() -> None:
    """Nothing is known of how it came about; it counts before LiteLLM's own."""
    cost = _read(custom_llm_provider="azure").cost

    assert (Decimal("0.000321"), "estimated") == (cost.total, cost.source)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": CALL, "hidden_params": {"additional_headers": {"x-generation-id": ID}}}, (ID, 0)),
        ({"id": CALL, "hidden_params": {}}, (CALL, 1)),
        ({"id": f"{ID}_cache_hit1795747187.25", "cache_hit": True}, (f"{ID}_cache_hit1795747187.25", 1)),
        ({"id": "x_cache_hit1795747187.25", "cache_hit": True}, ("x_cache_hit1795747187.25", 1)),
        ({"id": "gen-2"}, ("gen-2", 0)),
    ],
    ids=["in a header", "LiteLLM's own", "from a cache", "LiteLLM's own from a cache", "another in a header"],
)
def test_the_id_is_openrouters_where_it_is_known(changes: dict[str, Any], expected: tuple[str, int]) -> None:
    """Else a note says that it joins with nothing."""
    read = _outcome(**changes)

    assert expected == (read.generation.id, len(read.diagnostics))


def test_an_answer_from_a_cache_has_no_tokens_and_no_cost() -> None:
    """They are those of the call that filled it, whose id is kept."""
    found = _read(id=f"{ID}_cache_hit1795747187.25", cache_hit=True, response_cost=0.0)

    assert (Usage(), Cost(), ID) == (found.usage, found.cost, found.extra["cached_id"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (None, None)),
        ({"trace_id": "session-1"}, ("session-1", None)),
        ({"session_id": "s", "trace_id": "t"}, ("s", "t")),
        ({"metadata": {"requester_metadata": {"session_id": "s"}}}, ("s", None)),
        ({"metadata": {"requester_custom_headers": {"x-session-id": "s"}}}, ("s", None)),
        ({"metadata": {"requester_custom_headers": {"x-session-id": ["s"]}}}, (None, None)),
    ],
    ids=["none", "by its trace id", "both", "in the body", "in a header", "a header that is a list"],
)
def test_the_session_is_found_where_it_stands(
    changes: dict[str, Any], expected: tuple[str | None, str | None]
) -> None:
    """A UUID that LiteLLM made for one call groups nothing."""
    found = _read(**changes)

    assert expected == (found.identity.session_id, found.trace.trace_id)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "user-1"),
        ({"end_user": "user-2"}, "user-2"),
        ({"metadata": {"user_api_key_end_user_id": "user-3"}}, "user-3"),
    ],
)
def test_the_user_is_the_end_user(changes: dict[str, Any], expected: str) -> None:
    """By any of three names."""
    assert expected == _read(**changes).identity.user_id


def test_the_user_of_the_proxy_is_that_of_the_gateway() -> None:
    """Whoever made its key."""
    assert "u" == _read(metadata={"user_api_key_user_id": "u"}).identity.gateway_user_id


def test_the_callers_metadata_is_without_headers() -> None:
    """The proxy puts all headers of the request among them."""
    found = _read(
        metadata={
            "requester_metadata": {"plan": "pro", "headers": {"authorization": "Bearer secret"}},
            "requester_custom_headers": {"x-key": "secret"},
            "user_api_key_alias": "team-key",
        }
    )

    assert ({"plan": "pro"}, "team-key") == (found.trace.metadata, found.identity.api_key_name)
    assert ("mine",) == found.trace.tags
    assert "secret" not in repr(found)


def test_the_alias_of_the_proxy_is_no_model_that_answered() -> None:
    """The proxy writes it over the model's name."""
    assert _read(response=_response(model="fast")).served_model is None
    assert "a/b" == _read(response=_response(model="openrouter/a/b")).served_model


def test_openrouters_error_is_read_out_of_the_words() -> None:
    """Its type, code and message; the traceback has paths of files and is not taken."""
    body = '{"error": {"code": 429, "message": "slow", "metadata": {"error_type": "rate_limit", "raw": "x"}}}'
    words = f"litellm.APIError: OpenrouterException - {body}"
    information = {**FAILED["error_information"], "error_message": words}  # type: ignore[dict-item]
    found = _read(**{**FAILED, "error_information": information, "error_str": words})

    assert found.failure is not None
    assert ("error", "rate_limit", "429", "slow") == (
        found.status,
        found.failure.type,
        found.failure.code,
        found.failure.message,
    )
    assert {"metadata": {"error_type": "rate_limit", "raw": "x"}} == found.failure.raw
    assert "/srv/app.py" not in repr(found)


WORDS: dict[str, tuple[str, Any]] = {
    "an error": ('OpenrouterException - {"error": {"message": "no"}}', "no"),
    "an error that quotes another": (
        'OpenrouterException - {"error": {"message": "x OpenrouterException - y"}}',
        "x OpenrouterException - y",
    ),
    "an error that is cut off": ('OpenrouterException - {"error": {"mess', None),
    "no object": ("OpenrouterException - [5]", None),
    "an object without an error": ("OpenrouterException - {}", None),
    "an error that is a text": ('OpenrouterException - {"error": "no"}', None),
    "another exception": ("AzureException - {}", None),
}


@pytest.mark.parametrize(("words", "message"), WORDS.values(), ids=WORDS)
def test_the_words_of_a_failure_count_where_no_error_is_in_them(words: str, message: str | None) -> None:
    """In the payload they stand twice."""
    found = _read(**{**FAILED, "error_information": {"error_message": words}, "error_str": words})

    assert found.failure is not None
    assert (message or words, "Error", {"litellm_call_id": CALL}) == (
        found.failure.message,
        found.failure.type,
        {key: value for key, value in found.extra.items() if key in ("litellm_call_id", "error_str")},
    )


def test_what_is_unknown_of_a_failure_is_kept() -> None:
    """But for what is empty; of a call that went well nothing is."""
    information = {"error_class": "", "llm_provider": "openrouter", "empty": "", "none": None}

    assert {"llm_provider": "openrouter"} == _read(**{**FAILED, "error_information": information}).extra[
        "error_information"
    ]
    assert "error_information" not in _read(error_information=information).extra
    assert _read(error_information=information).failure is None


def test_a_call_that_was_given_up_is_cancelled() -> None:
    """As asyncio calls it."""
    found = _read(**{**FAILED, "error_information": {"error_class": "CancelledError"}})

    assert ("cancelled", "CancelledError") == (found.status, found.failure and found.failure.type)


def test_a_failure_has_no_tokens_and_no_cost() -> None:
    """The zeros of LiteLLM are unknown."""
    found = _read(**FAILED)

    assert found.failure is not None
    assert ("APIError", "500", "boom") == (found.failure.type, found.failure.code, found.failure.message)
    assert (Usage(), Cost(), None) == (found.usage, found.cost, found.content.output)


@pytest.mark.parametrize(
    "response",
    [
        _response(choices=[{"index": 0, "message": {"content": "redacted-by-litellm", "role": "assistant"}}]),
        {"text": "redacted-by-litellm"},
    ],
    ids=["chat", "embedding"],
)
def test_what_litellm_redacted_is_withheld(response: dict[str, Any]) -> None:
    """It is no content; each part is noted."""
    read = _outcome(messages=[{"role": "user", "content": "redacted-by-litellm"}], response=response)

    content = read.generation.content
    assert (None, None, "litellm") == (content.input, content.output, content.withheld)
    assert [
        "withheld $.messages: redacted by LiteLLM, before it was logged",
        "withheld $.response: redacted by LiteLLM, before it was logged",
    ] == _notes(read)


def test_cut_base64_is_noted() -> None:
    """LiteLLM cuts pictures."""
    url = {"url": "data:image/png;base64,[base64_data truncated: 300B]"}
    asked = [{"role": "user", "content": [{"type": "image_url", "image_url": url}]}]

    assert ["truncated $.messages: LiteLLM cut base64 data, as of pictures, before it was logged"] == _notes(
        _outcome(messages=asked)
    )


@pytest.mark.parametrize(
    ("call_type", "expected"),
    [
        ("completion", "chat"),
        ("aembedding", "embeddings"),
        ("anthropic_messages", "messages"),
        ("aspeech", "tts"),
        ("pass_through_endpoint", "pass_through_endpoint"),
        (None, "chat"),
    ],
)
def test_the_operation_is_that_of_the_call(call_type: str | None, expected: str) -> None:
    """Async or not."""
    assert expected == _read(call_type=call_type).operation


SAME_ENDPOINT = {
    "completion": "/chat/completions",
    "text_completion": "/completions",
    "responses": "/responses",
    "anthropic_messages": "/messages",
    "embedding": "/embeddings",
    "image_generation": "/images",
    "rerank": "/rerank",
    "transcription": "/audio/transcriptions",
    "speech": "/audio/speech",
}


@pytest.mark.parametrize(("call_type", "path"), SAME_ENDPOINT.items())
def test_an_endpoint_has_one_operation_whoever_called_it(call_type: str, path: str) -> None:
    """As an exchange with it has it."""
    document = {"request": {"model": "a/b"}, "started_at": "2026-11-23T10:00:00Z", "path": path}
    (exchanged,) = read_exchange(document).generations

    assert exchanged.operation == _read(call_type=call_type).operation


def test_what_is_unknown_is_kept() -> None:
    """But for copies and the price list."""
    details = {**PAYLOAD["response"]["usage"]["prompt_tokens_details"], "new_tokens": 1, "text_tokens": None}
    response = _usage(prompt_tokens_details=details, cache_read_input_tokens=4)
    metadata = {"team_id": "t", "spend_logs_metadata": None}

    extra = _read(brand_new={"a": 1}, metadata=metadata, response=response).extra

    assert {
        "brand_new": {"a": 1},
        "custom_llm_provider": "openrouter",
        "litellm_call_id": CALL,
        "metadata": {"team_id": "t"},
        "model_group": "fast",
        "trace_id": CALL,
        "usage": {"prompt_tokens_details": {"new_tokens": 1}},
    } == extra


def test_what_is_unknown_of_a_response_and_its_usage_is_kept_where_it_stood() -> None:
    """What is empty says nothing."""
    response = _usage(
        completion_tokens_details={"reasoning_tokens": 1, "brand_new": 1},
        cost_details={"upstream_inference_cost": 0.01, "tax": 0.1},
        cache_creation_input_tokens=2,
        speed=3,
    )
    extra = _read(response={**response, "brand_new": 2, "empty": ""}, empty="", none=[]).extra

    assert ({"brand_new": 2}, set()) == (extra["response"], {"empty", "none"} & extra.keys())
    assert {
        "completion_tokens_details": {"brand_new": 1},
        "cost_details": {"tax": 0.1},
        "speed": 3,
    } == extra["usage"]


def test_what_the_metadata_repeats_of_the_usage_is_left_out() -> None:
    """It is in the response."""
    assert "metadata" not in _read(metadata={"usage_object": {"prompt_tokens": 12}}).extra


@pytest.mark.parametrize("asked", ["hi", {"text": "hi"}], ids=["text", "object"])
def test_what_was_asked_without_messages_is_an_input(asked: Any) -> None:
    """As for an embedding."""
    assert {"input": asked} == _read(messages=asked).content.input


def test_how_an_answer_was_sent_is_no_part_of_the_request() -> None:
    """Nor is what was not asked for."""
    asked = {"stream": True, "stream_options": {"include_usage": True}, "tools": None}

    assert _read(model_parameters=asked).content.request is None
    assert {"tools": [1]} == _read(model_parameters={**asked, "tools": [1]}).content.request


def test_the_provider_is_in_the_hidden_parameters_or_in_the_response() -> None:
    """The first counts."""
    response = _response(provider="Mistral")

    assert ("Azure", "Mistral") == (
        _read(response=response).provider,
        _read(response=response, hidden_params={}).provider,
    )


MOVED: dict[str, tuple[dict[str, Any], str]] = {
    "a session": (
        {"metadata": {"requester_metadata": {"session_id": ["s"]}}},
        "$.metadata.requester_metadata.session_id",
    ),
    "a key": ({"metadata": {"user_api_key_alias": ["k"]}}, "$.metadata.user_api_key_alias"),
    "an id in a header": (
        {"id": "", "hidden_params": {"additional_headers": {"x-generation-id": ["i"]}}},
        "$.hidden_params.additional_headers.x-generation-id",
    ),
    "a cache read": ({"response": _usage(is_byok="perhaps")}, "$.response.usage.is_byok"),
    "the class of an error": (
        {**FAILED, "error_information": {"error_class": ["c"]}},
        "$.error_information.error_class",
    ),
    "the code of an error": (
        {**FAILED, "error_str": 'OpenrouterException - {"error": {"code": [5]}}', "error_information": {}},
        "$.error_information.error_message.code",
    ),
    "a trace id": ({"trace_id": "a\x00b"}, "$.trace_id"),
}


@pytest.mark.parametrize(("changes", "path"), MOVED.values(), ids=MOVED)
def test_what_is_not_as_it_should_be_is_noted_at_its_place(changes: dict[str, Any], path: str) -> None:
    """And kept."""
    assert path in [note.path for note in _outcome(**changes).diagnostics]


REJECTED: dict[str, tuple[dict[str, Any], str | None, list[str]]] = {
    "a cost": (
        {"response": _usage(cost="NaN")},
        ID,
        ["expected a finite number, got NaN @ $.response.usage.cost"],
    ),
    "a count of the details": (
        {"response": _usage(prompt_tokens_details={"cached_tokens": -1})},
        ID,
        ["expected at least 0, got -1 @ $.response.usage.prompt_tokens_details.cached_tokens"],
    ),
    "a start before 1970": ({"startTime": -1}, ID, ["expected seconds since 1970, got -1.0 @ $.startTime"]),
    "an end beyond every clock": (
        {"endTime": 1e10},
        ID,
        ["expected seconds since 1970, got 10000000000.0 @ $.endTime"],
    ),
    "an end that a record does not take": (
        {"endTime": 9_223_372_036},
        ID,
        ["expected a time between 1970 and 2262, got 2262-04-11T23:47:16+00:00 @ $.endTime"],
    ),
    "everything at once": (
        {
            "id": None,
            "litellm_call_id": None,
            "hidden_params": {},
            "startTime": None,
            "prompt_tokens": "many",
        },
        None,
        [
            "missing: the record needs the time of the request @ $.startTime",
            "missing: the generation needs its id @ $.id",
            "expected a number, got text @ $.prompt_tokens",
        ],
    ),
}


@pytest.mark.parametrize(("changes", "generation_id", "expected"), REJECTED.values(), ids=REJECTED)
def test_bad_input_is_rejected_in_words(
    changes: dict[str, Any], generation_id: str | None, expected: list[str]
) -> None:
    """Every reason at once, each with its path, and the id where there is one."""
    (outcome,) = read({**deepcopy(PAYLOAD), **changes}).rejected

    assert (generation_id, expected) == (outcome.id, [str(problem) for problem in outcome.problems])


def test_an_array_is_read_one_by_one() -> None:
    """As LiteLLM posts them; one that is wrong harms no other."""
    reading = read([PAYLOAD, 1, {**PAYLOAD, "startTime": None}, {**PAYLOAD, "prompt_tokens": "many"}])

    assert [ID] == [found.id for found in reading.generations]
    assert [
        "expected an object, a standard logging payload @ $[1]",
        "missing: the record needs the time of the request @ $[2].startTime",
        "expected a number, got text @ $[3].prompt_tokens",
    ] == [str(problem) for one in reading.rejected for problem in one.problems]


def test_a_payload_of_a_program_may_hold_objects() -> None:
    """What is no JSON becomes the nearest that is, and the payload is left as it was."""
    payload = {**deepcopy(PAYLOAD), "messages": ({"role": "user", "content": "hi"},), "brand_new": {1, 2}}
    before = dict(payload)

    (found,) = from_payload(payload).generations

    assert {"messages": MESSAGES} == found.content.input
    assert before == payload
