"""A chat completion as its caller sees it: request, response or chunks, and the caller's clock."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from broadcast_core.readers import Read, exchange
from broadcast_core.record.generation import Content, Cost, Failure, Generation, Identity, TraceContext, Usage
from tests.readers.deliveries import example, generation

ID = "gen-1795255200-Fir"
STARTED = "2026-11-23T10:00:00Z"
START = datetime(2026, 11, 23, 10, tzinfo=UTC)
ASKED = {"model": "a/b", "messages": [{"role": "user", "content": "hello"}]}
CHOICE = {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}


def _exchange(
    request: dict[str, Any] | None = None, response: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    return {
        "request": {**ASKED, **(request or {})},
        "response": {"id": ID, **(response or {})},
        "started_at": STARTED,
        **changes,
    }


def _outcome(document: Any) -> Read:
    (outcome,) = exchange.read(document).outcomes
    assert isinstance(outcome, Read), outcome
    return outcome


def _read(
    request: dict[str, Any] | None = None, response: dict[str, Any] | None = None, **changes: Any
) -> Generation:
    return _outcome(_exchange(request, response, **changes)).generation


def _problems(document: Any) -> list[str]:
    (outcome,) = exchange.read(document).rejected
    return [str(problem) for problem in outcome.problems]


def test_a_completion_reads_to_its_facts() -> None:
    """Tokens, exact cost, times of the caller's clock."""
    found = _outcome(example("completion", "exchange")).generation

    assert (
        Usage(
            input_tokens=40,
            output_tokens=33,
            total_tokens=73,
            cache_read_tokens=0,
            cache_write_tokens=0,
            reasoning_tokens=0,
            input_audio_tokens=0,
            input_video_tokens=0,
            output_audio_tokens=0,
        )
        == found.usage
    )
    assert (
        Cost(
            total=Decimal("0.0000096"),
            upstream_input=Decimal("0.000003"),
            upstream_output=Decimal("0.0000066"),
            source="billed",
            is_byok=False,
        )
        == found.cost
    )
    assert ("ok", "Mistral", "stop", "stop", False, timedelta(milliseconds=1302), {}) == (
        found.status,
        found.provider,
        found.finish_reason,
        found.native_finish_reason,
        found.streamed,
        (found.timing.end or found.timing.start) - found.timing.start,
        found.extra,
    )


def test_a_completion_and_its_delivery_are_one_generation() -> None:
    """The same id, model, provider, tokens, charge and words."""
    seen, sent = _outcome(example("completion", "exchange")).generation, generation(example("01-plain"))

    for name in (
        "id",
        "status",
        "operation",
        "model",
        "served_model",
        "provider",
        "finish_reason",
        "parameters",
    ):
        assert getattr(sent, name) == getattr(seen, name)
    assert (sent.usage.total_tokens, sent.cost.total) == (seen.usage.total_tokens, seen.cost.total)
    assert sent.content.input == seen.content.input
    assert _plain_content(sent.content) == _plain_content(seen.content)


def _plain_content(content: Content) -> Any:
    return content.output["choices"][0]["message"]["content"]


def test_an_error_response_is_a_generation_that_failed() -> None:
    """With what the gateway said, and no output."""
    outcome = _outcome(example("error", "exchange"))
    found = outcome.generation

    assert ("error", Content(input=found.content.input), Cost(), Usage()) == (
        found.status,
        found.content,
        found.cost,
        found.usage,
    )
    assert found.failure is not None
    assert ("429", "Provider returned error", "Mistral") == (
        found.failure.code,
        found.failure.message,
        found.failure.raw["metadata"]["provider_name"],
    )
    assert (
        TraceContext(trace_name="Town news", generation_name="Announcement", metadata={"edition": "evening"})
        == found.trace
    )
    assert ("user_2Zt0eRWysEXpdUhjoKCMDGh45ub", {}) == (found.identity.gateway_user_id, found.extra)
    assert [
        "coerced $.response.id: no id in the response: one was derived from the request and its start"
    ] == [str(diagnostic) for diagnostic in outcome.diagnostics]


def test_a_stream_reads_to_its_facts() -> None:
    """Put together from its chunks, usage and cost at the end."""
    found = _outcome(example("stream", "exchange")).generation
    message = found.content.output["choices"][0]["message"]

    assert (True, 654, 147, 31, "0.001389", "tool_calls", "tool_use") == (
        found.streamed,
        found.usage.input_tokens,
        found.usage.output_tokens,
        found.usage.reasoning_tokens,
        str(found.cost.total),
        found.finish_reason,
        found.native_finish_reason,
    )
    assert [
        ("tide", '{"harbour": "Norrhaven", "day": "2026-11-24"}'),
        ("tide", '{"harbour": "Ostrand", "day": "2026-11-24"}'),
    ] == [(call["function"]["name"], call["function"]["arguments"]) for call in message["tool_calls"]]
    assert {"stream": True, "reasoning": {"max_tokens": 1024}} == found.parameters
    assert {"boat": "two-master", "draught_m": 1.9} == found.trace.metadata


# Ids -------------------------------------------------------------------------------------------------

IDS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "of the response": ({"response": {"id": "gen-1"}}, "gen-1", {}),
    "of the document": ({"response": {}, "id": "gen-2"}, "gen-2", {}),
    "of both": ({"response": {"id": "gen-1"}, "id": "gen-1"}, "gen-1", {}),
    "of both, and they differ": (
        {"response": {"id": "gen-1"}, "id": "gen-2"},
        "gen-2",
        {"response": {"id": "gen-1"}},
    ),
}


@pytest.mark.parametrize(("changes", "expected", "extra"), IDS.values(), ids=IDS)
def test_the_id_is_the_gateways(changes: dict[str, Any], expected: str, extra: dict[str, Any]) -> None:
    """The document's own wins, and the other is kept."""
    found = _outcome({**_exchange(), **changes}).generation

    assert (expected, extra) == (found.id, found.extra)


def test_a_derived_id_is_the_same_for_the_same_request_and_moment() -> None:
    """Whatever zone the moment is told in, and whatever came back."""
    here = _read(response={"id": None, "error": {"message": "No"}})
    there = _read(response={"id": None}, started_at="2026-11-23T12:00:00+02:00")

    assert here.id == there.id
    assert here.id.startswith("derived-")


def test_a_derived_id_is_the_same_wherever_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The zone of the reader is none of its own."""
    expected = _read(response={"id": None}).id
    try:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "XYZ-9")
            time.tzset()
            assert expected == _read(response={"id": None}).id
    finally:
        time.tzset()


@pytest.mark.parametrize(
    "changes", [{"request": {**ASKED, "seed": 2}}, {"started_at": "2026-11-23T10:00:00.001Z"}], ids=str
)
def test_a_derived_id_differs_with_the_request_and_with_the_moment(changes: dict[str, Any]) -> None:
    """Two requests are two generations."""
    document = _exchange(response={"id": None})

    assert _outcome(document).generation.id != _outcome({**document, **changes}).generation.id


def test_an_id_that_the_record_does_not_take_is_kept() -> None:
    """And another is derived."""
    outcome = _outcome(_exchange(response={"id": "a\x00b"}))

    assert re.fullmatch(r"derived-[0-9a-f]{32}", outcome.generation.id)
    assert {"response": {"id": "a\x00b"}} == outcome.generation.extra
    what = "an id with control characters: one was derived from the request and its start"
    assert [f"coerced $.response.id: {what}"] == [str(diagnostic) for diagnostic in outcome.diagnostics]


# Requests --------------------------------------------------------------------------------------------

INPUTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "messages": ({"messages": ["m"]}, {}, "chat"),
    "prompt": ({"prompt": "p"}, {}, "completions"),
    "input": ({"input": "i"}, {"object": "response"}, "responses"),
    "embeddings": ({"input": ["i"]}, {"object": "list"}, "embeddings"),
    "embeddings without their list": ({"input": ["i"]}, {"data": [{"object": "embedding"}]}, "embeddings"),
    "nothing": ({}, {}, "chat"),
}


@pytest.mark.parametrize(("request_", "response", "operation"), INPUTS.values(), ids=INPUTS)
def test_what_was_asked_tells_the_kind_of_request(
    request_: dict[str, Any], response: dict[str, Any], operation: str
) -> None:
    """And is the input."""
    document = _exchange(response=response, request={"model": "a/b", **request_})
    document["request"] = {"model": "a/b", **request_}
    found = _outcome(document).generation

    assert (operation, request_ or None, {}) == (found.operation, found.content.input, found.extra)


def test_a_request_is_sorted_into_its_places() -> None:
    """Parameters, identity, trace, and the rest with the content."""
    found = _read(
        {
            "user": "u-1",
            "session_id": "s-1",
            "temperature": 0.5,
            "stop": ["x"],
            "trace": {"trace_id": "t-1", "span_name": "Draft", "tags": ["a"], "step": 1},
        }
    )

    assert Identity(user_id="u-1", session_id="s-1") == found.identity
    assert {"temperature": 0.5} == found.parameters
    assert {"stop": ["x"]} == found.content.request
    assert TraceContext(trace_id="t-1", span_name="Draft", tags=("a",), metadata={"step": 1}) == found.trace


ODD_REQUESTS: dict[str, dict[str, Any]] = {
    "a trace that is text": {"trace": "t"},
    "a user that is an object": {"user": {"a": 1}},
    "a model that is a list": {"model": ["a"]},
}


@pytest.mark.parametrize("odd", ODD_REQUESTS.values(), ids=ODD_REQUESTS)
def test_what_cannot_be_read_of_a_request_stays_in_it(odd: dict[str, Any]) -> None:
    """And it is said."""
    outcome = _outcome(_exchange(odd))

    (key,) = odd

    assert odd == outcome.generation.content.request
    assert [("moved", f"$.request.{key}")] == [(note.kind, note.path) for note in outcome.diagnostics]


ODD_TRACES: dict[str, tuple[dict[str, Any], TraceContext]] = {
    "a trace id that is a list": ({"trace_id": ["t"]}, TraceContext(metadata={"trace_id": ["t"]})),
    "a trace id with NUL": ({"trace_id": "a\x00b"}, TraceContext(trace_id="ab")),
    "a trace id that is blank without it": ({"trace_id": "\x00 "}, TraceContext()),
    "tags that are numbers": ({"tags": [1]}, TraceContext(metadata={"tags": [1]})),
    "no tags": ({"tags": []}, TraceContext()),
}


@pytest.mark.parametrize(("trace", "expected"), ODD_TRACES.values(), ids=ODD_TRACES)
def test_an_odd_trace_is_read_as_far_as_it_can_be(trace: dict[str, Any], expected: TraceContext) -> None:
    """The rest is metadata."""
    assert expected == _read({"trace": trace}).trace


@pytest.mark.parametrize("key", ["trace_id", "parent_span_id"])
def test_control_characters_in_an_id_of_a_trace_are_noted(key: str) -> None:
    """At its place."""
    outcome = _outcome(_exchange({"trace": {key: "a\x00b"}}))

    assert [f"coerced $.request.trace.{key}: control characters were taken out"] == [
        str(note) for note in outcome.diagnostics
    ]


@pytest.mark.parametrize(
    ("body", "header", "session"), [("s", "h", "s"), (None, "h", "h"), ("s", None, "s"), (None, None, None)]
)
def test_the_session_of_the_body_counts_before_that_of_a_header(
    body: str | None, header: str | None, session: str | None
) -> None:
    """Either may be there alone."""
    found = _read({"session_id": body}, request_headers={"X-Session-Id": header})

    assert (session, {}) == (found.identity.session_id, found.generation_identity)


def test_only_an_error_names_the_account() -> None:
    """What else calls a user so is kept."""
    failed = _read(response={"error": {"message": "no"}, "user_id": "a"})
    served = _read(response={"choices": [CHOICE], "user_id": "a"})

    assert ("a", {}) == (failed.identity.gateway_user_id, failed.extra)
    assert (None, {"response": {"user_id": "a"}}) == (served.identity.gateway_user_id, served.extra)


def test_an_answer_of_a_cache_names_the_one_it_was() -> None:
    """In a header."""
    found = _read(response={"choices": [CHOICE]}, headers={"X-OpenRouter-Cache-Source-Id": "gen-0"})

    assert {"response_cache_source_id": "gen-0"} == found.generation_request_context


def test_what_was_asked_is_looked_for_under_other_names_where_its_own_is_not_there() -> None:
    """The first of them is the input."""
    document = _exchange(path="/rerank")
    document["request"] = {"model": "a/b", "prompt": "p", "input": "i"}
    found = _outcome(document).generation

    assert ({"prompt": "p"}, {"input": "i"}) == (found.content.input, found.content.request)


def test_what_is_no_text_of_a_trace_is_noted_at_its_place() -> None:
    """And is metadata."""
    outcome = _outcome(_exchange({"trace": {"trace_name": ["x"]}}))

    assert TraceContext(metadata={"trace_name": ["x"]}) == outcome.generation.trace
    assert ["$.request.trace.trace_name"] == [note.path for note in outcome.diagnostics]


@pytest.mark.parametrize(("stated", "expected"), [("u", "u"), (5, None), (" ", None), (None, None)], ids=repr)
def test_the_user_may_stand_in_the_metadata(stated: Any, expected: str | None) -> None:
    """As the Messages API has it."""
    assert expected == _read({"metadata": {"user_id": stated}}).identity.user_id


# Responses -------------------------------------------------------------------------------------------


def test_a_response_of_the_newer_shape_is_the_output() -> None:
    """The Responses API counts under other names."""
    output = [{"type": "message", "content": [{"type": "output_text", "text": "hi"}]}]
    found = _read(
        response={"output": output, "usage": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}}
    )

    assert ({"output": output}, 5, 2) == (
        found.content.output,
        found.usage.input_tokens,
        found.usage.output_tokens,
    )


OUTPUT: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "images": ({"data": [{"b64_json": "AA"}]}, {"data": [{"b64_json": "AA"}]}),
    "vectors": ({"embeddings": [[0.5]]}, {"embeddings": [[0.5]]}),
    "a transcript": ({"text": "hi"}, {"text": "hi"}),
    "a format that was asked for": ({"text": {"format": {"type": "text"}}}, None),
    "a ranking": ({"results": [{"index": 0, "document": {"text": "sent"}}]}, None),
    "items with documents": ({"output": [{"document": "d"}]}, {"output": [{"document": "d"}]}),
    "a ranking of another name": ({"data": [{"index": 0, "document": "sent"}]}, None),
    "an unknown shape": ({"response": "hi", "content": "hi", "message": {"content": "hi"}}, None),
}


@pytest.mark.parametrize(("response", "output"), OUTPUT.values(), ids=OUTPUT)
def test_only_what_is_surely_the_models_own_is_the_output(
    response: dict[str, Any], output: dict[str, Any] | None
) -> None:
    """All else may repeat what was sent, and is kept apart."""
    found = _read(response=response)

    assert (output, {} if output else {"response": response}) == (found.content.output, found.extra)


FALLBACKS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "an answer at its place": ("/chat/completions", {"choices": [CHOICE], "text": "x"}, ("choices",)),
    "an answer at another place": ("/chat/completions", {"choices": [], "text": "x"}, ("choices", "text")),
    "an empty answer": ("/audio/transcriptions", {"text": "", "output": [1]}, ("text", "output")),
}


@pytest.mark.parametrize(("path", "response", "output"), FALLBACKS.values(), ids=FALLBACKS)
def test_an_answer_is_looked_for_at_other_places_where_its_own_is_empty(
    path: str, response: dict[str, Any], output: tuple[str, ...]
) -> None:
    """Where it is not, they are kept apart."""
    found = _read(response=response, path=path)
    rest = {key: value for key, value in response.items() if key not in output}

    assert {key: response[key] for key in output} == found.content.output
    assert ({"response": rest} if rest else {}) == found.extra


COUNTS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "a cache that is counted twice": (
        {"prompt_tokens_details": {"cached_tokens": 4}, "cache_read_input_tokens": 4},
        {"cache_read_tokens": 4},
        {},
    ),
    "a cache that is counted otherwise": (
        {"prompt_tokens_details": {"cached_tokens": 4}, "cache_read_input_tokens": 5},
        {"cache_read_tokens": 4},
        {"cache_read_input_tokens": 5},
    ),
    "what was written": (
        {"cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1d_input_tokens": 2}},
        {"cache_write_5m_tokens": 1},
        {"cache_creation": {"ephemeral_1d_input_tokens": 2}},
    ),
    "all together": ({"total_tokens": 5}, {"total_tokens": 5, "input_tokens": None}, {}),
    "a tier": ({"service_tier": "flex"}, {}, {"service_tier": "flex"}),
}


@pytest.mark.parametrize(("usage", "counts", "kept"), COUNTS.values(), ids=COUNTS)
def test_tokens_are_counted_once(usage: dict[str, Any], counts: dict[str, Any], kept: dict[str, Any]) -> None:
    """And what is not known of the usage stays in it."""
    found = _read(response={"choices": [CHOICE], "usage": usage})

    assert counts == {name: getattr(found.usage, name) for name in counts}
    assert ({"response": {"usage": kept}} if kept else {}) == found.extra


@pytest.mark.parametrize(
    ("usage", "expected"),
    [({"total_tokens": 5}, 5), ({"input_tokens": 3, "total_tokens": 5}, 3), ({"output_tokens": 5}, None)],
)
def test_all_tokens_of_a_ranking_are_input(usage: dict[str, Any], expected: int | None) -> None:
    """Where it tells nothing else."""
    found = _read({"query": "q", "documents": []}, {"results": [], "usage": usage}, path="/rerank")

    assert expected == found.usage.input_tokens


def test_the_use_of_server_tools_is_charged_for() -> None:
    """By the first of its names; what the other says is kept."""
    usage = {"server_tool_use_details": {"web_search_requests": 2}, "server_tool_use": {"x": 1}}
    found = _read(response={"choices": [CHOICE], "usage": usage})

    assert {"native_server_tool_use": {"web_search_requests": 2}} == found.generation_cost
    assert {"response": {"usage": {"server_tool_use": {"x": 1}}}} == found.extra


def test_unknown_parts_of_the_usage_are_kept_where_they_were() -> None:
    """At every level."""
    usage = {
        "prompt_tokens": 1,
        "prompt_tokens_details": {"cached_tokens": 1, "smell_tokens": 2},
        "cost_details": {"upstream_inference_cost": None, "tax": 0.1},
        "speed": 3,
    }

    assert {
        "response": {
            "usage": {
                "speed": 3,
                "prompt_tokens_details": {"smell_tokens": 2},
                "cost_details": {"tax": 0.1},
            }
        }
    } == _read(response={"usage": usage}).extra


ODD_USAGE: dict[str, dict[str, Any]] = {
    "usage that is a number": {"usage": 5},
    "details that are a list": {"usage": {"prompt_tokens_details": [1]}},
    "a flag that is a word": {"usage": {"is_byok": "maybe"}},
}


@pytest.mark.parametrize("odd", ODD_USAGE.values(), ids=ODD_USAGE)
def test_usage_that_cannot_be_read_is_kept(odd: dict[str, Any]) -> None:
    """And it is said."""
    outcome = _outcome(_exchange(response=odd))

    assert {"response": odd} == outcome.generation.extra
    assert ["moved"] == [diagnostic.kind for diagnostic in outcome.diagnostics]


ERRORS: dict[str, tuple[Any, Failure | None]] = {
    "an object": (
        {"code": 502, "message": "No", "type": "server_error"},
        Failure(type="server_error", code="502", message="No"),
    ),
    "a type of its own": (
        {"message": "No", "metadata": {"error_type": "timeout", "raw": "x"}},
        Failure(type="timeout", message="No", raw={"metadata": {"error_type": "timeout", "raw": "x"}}),
    ),
    "a type of its own beside the metadata": (
        {"message": "No", "error_type": "timeout"},
        Failure(type="timeout", message="No"),
    ),
    "a type of its own that is blank": (
        {"message": "No", "error_type": " "},
        Failure(message="No", raw={"error_type": " "}),
    ),
    "two types": (
        {"type": "a", "metadata": {"error_type": "b"}},
        Failure(type="b", raw={"type": "a", "metadata": {"error_type": "b"}}),
    ),
    "a text": ("No", Failure(message="No")),
    "an empty object": ({}, None),
    "nothing but nulls": ({"code": None, "message": None, "metadata": {}}, None),
    "a code alone": ({"code": 502, "message": None}, Failure(code="502", raw=None)),
    "a list": (["No"], Failure(raw=["No"])),
    "a code that is an object": ({"code": {"a": 1}}, Failure(raw={"code": {"a": 1}})),
    "null": (None, None),
    "an empty text": ("", None),
    "false": (False, None),
}


@pytest.mark.parametrize(("error", "expected"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_read_in_every_shape(error: Any, expected: Failure | None) -> None:
    """Whatever it says is kept."""
    found = _read(response={"error": error, "choices": [CHOICE]})

    assert ("error" if expected else "ok", expected) == (found.status, found.failure)


@pytest.mark.parametrize(("beside", "kept"), [("timeout", {}), ("x", {"response": {"error_type": "x"}})])
def test_the_type_of_an_error_may_stand_beside_it_too(beside: str, kept: dict[str, Any]) -> None:
    """The same twice is there once."""
    found = _read(response={"error": {"message": "No", "error_type": "timeout"}, "error_type": beside})

    assert (Failure(type="timeout", message="No"), kept) == (found.failure, found.extra)


def test_unknown_keys_are_kept_apart() -> None:
    """Those of the document, and those of the response."""
    found = _read(
        response={
            "object": "something.new",
            "created": 1_795_255_200,
            "citations": ["x"],
            "choices": [CHOICE],
        },
        note="n",
    )

    assert {
        "note": "n",
        "response": {"object": "something.new", "citations": ["x"]},
    } == found.extra


def test_chunks_win_over_a_response_which_is_kept() -> None:
    """A caller may log both."""
    document = _exchange(chunks=[{"id": ID, "choices": [CHOICE]}], response={"note": "n"})
    found = _outcome(document).generation

    assert ({"choices": [CHOICE]}, True, {"response": {"id": ID, "note": "n"}}) == (
        found.content.output,
        found.streamed,
        found.extra,
    )


STREAMED: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "asked for": ({"stream": True}, {}, True),
    "asked not to": ({"stream": False}, {"chunks": []}, False),
    "not asked, and chunks": ({}, {"chunks": [{"id": ID}]}, True),
    "not asked, and a response": ({}, {}, False),
    "not asked, and a response beside no chunk": ({}, {"chunks": []}, False),
    "asked in words": ({"stream": "yes"}, {"chunks": [{"id": ID}]}, True),
}


@pytest.mark.parametrize(("request_", "changes", "expected"), STREAMED.values(), ids=STREAMED)
def test_streamed_is_what_was_asked_else_what_came(
    request_: dict[str, Any], changes: dict[str, Any], expected: bool
) -> None:
    """Never unknown: the caller has seen it."""
    assert expected == _read(request_, **changes).streamed


def test_an_exchange_without_a_response_has_no_output() -> None:
    """None is invented."""
    found = _outcome({"request": ASKED, "started_at": STARTED, "id": ID}).generation

    assert (ID, None, {}) == (found.id, found.content.output, found.extra)


# Times -----------------------------------------------------------------------------------------------


def test_the_first_token_is_counted_from_the_start() -> None:
    """In milliseconds."""
    found = _read(ended_at="2026-11-23T10:00:01Z", first_token_at="2026-11-23T10:00:00.250Z")

    assert (START + timedelta(seconds=1), 250.0) == (found.timing.end, found.timing.first_token_ms)


def test_a_first_token_may_come_with_the_start() -> None:
    """As by a clock of whole seconds."""
    assert 0.0 == _read(first_token_at=STARTED).timing.first_token_ms


def test_a_first_token_before_the_start_is_noted_with_both() -> None:
    """As ISO 8601."""
    (note,) = _outcome(_exchange(first_token_at="2026-11-23T09:59:59Z")).diagnostics
    what = "2026-11-23T09:59:59+00:00 lies before the start 2026-11-23T10:00:00+00:00"

    assert f"moved $.first_token_at: {what}; kept with the unknown keys" == str(note)


@pytest.mark.parametrize("moment", ["2026-11-23T09:59:59Z", "early", 5], ids=repr)
def test_a_first_token_that_cannot_be_is_kept(moment: Any) -> None:
    """The record can do without it."""
    outcome = _outcome(_exchange(first_token_at=moment))

    assert (None, {"first_token_at": moment}) == (
        outcome.generation.timing.first_token_ms,
        outcome.generation.extra,
    )
    assert ["moved"] == [diagnostic.kind for diagnostic in outcome.diagnostics]


def test_a_program_hands_over_its_own_exchange() -> None:
    """Times as datetimes of any zone, the response as it came."""
    start = START.astimezone(timezone(timedelta(hours=2)))
    reading = exchange.from_exchange(
        ASKED,
        {"choices": [CHOICE]},
        started_at=start,
        ended_at=start + timedelta(seconds=1),
        first_token_at=start + timedelta(milliseconds=100),
        generation_id=ID,
    )
    (found,) = reading.generations

    assert (ID, START, 100.0, "stop") == (
        found.id,
        found.timing.start,
        found.timing.first_token_ms,
        found.finish_reason,
    )


def test_a_program_hands_over_its_chunks() -> None:
    """They are put together."""
    (found,) = exchange.from_exchange(
        ASKED, started_at=START, chunks=[{"id": ID, "choices": [CHOICE]}]
    ).generations

    assert (ID, {"choices": [CHOICE]}) == (found.id, found.content.output)


# Bad input -------------------------------------------------------------------------------------------

REJECTED: dict[str, tuple[Any, list[str]]] = {
    "no object": ([1], ["expected an object with request and response @ $"]),
    "null": (None, ["expected an object with request and response @ $"]),
    "nothing": ({}, ["missing: the record needs the time of the request @ $.started_at"]),
    "no request": ({"started_at": STARTED}, ["missing: the body that was sent @ $.request"]),
    "everything of the wrong type": (
        {"request": 1, "response": [], "started_at": {}},
        [
            "expected an object, got 1 @ $.request",
            "expected an object, got an array; the chunks of a stream belong under `chunks` @ $.response",
            "expected a time such as 2026-11-23T10:00:00.000Z, got an object @ $.started_at",
        ],
    ),
    "a response that is text": (
        _exchange() | {"response": "boom"},
        ["expected an object, got text; why a call failed without one belongs under `error` @ $.response"],
    ),
    "chunks that are an object": (
        _exchange(chunks={}),
        ["expected an array, got an object @ $.chunks"],
    ),
    "a start without a zone": (
        _exchange(started_at="2026-11-23T10:00:00"),
        ["expected a time with a time zone, for example 2026-11-23T10:00:00Z @ $.started_at"],
    ),
    "an end that is a word": (
        _exchange(ended_at="late"),
        ["expected a time such as 2026-11-23T10:00:00.000Z, got text @ $.ended_at"],
    ),
    "an end before the start": (
        _exchange(ended_at="2026-11-23T09:00:00Z"),
        ["the end 2026-11-23T09:00:00+00:00 lies before the start 2026-11-23T10:00:00+00:00 @ $.ended_at"],
    ),
    "tokens and cost": (
        _exchange(
            response={
                "usage": {
                    "prompt_tokens": -1,
                    "completion_tokens": 10**30,
                    "cost": "NaN",
                    "prompt_tokens_details": {"cached_tokens": "abc"},
                }
            }
        ),
        [
            "expected at least 0, got -1 @ $.response.usage.prompt_tokens",
            "expected a count of at most 64 bits @ $.response.usage.completion_tokens",
            "expected a finite number, got NaN @ $.response.usage.cost",
            "expected a number, got text @ $.response.usage.prompt_tokens_details.cached_tokens",
        ],
    ),
}


@pytest.mark.parametrize(("document", "expected"), REJECTED.values(), ids=REJECTED)
def test_bad_input_is_rejected_in_words(document: Any, expected: list[str]) -> None:
    """Every reason at once, each with its path."""
    assert sorted(expected) == sorted(_problems(document))


def test_what_was_read_of_a_rejected_exchange_names_it() -> None:
    """For the person who looks for it."""
    (by_response,) = exchange.read(_exchange(response={"usage": {"cost": []}})).rejected
    (by_document,) = exchange.read({"id": "gen-2", "request": 5}).rejected

    assert (ID, "gen-2") == (by_response.id, by_document.id)
