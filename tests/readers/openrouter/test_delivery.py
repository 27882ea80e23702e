"""Broadcast deliveries: what every example holds, test deliveries, and bad input."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from broadcast_core.jsontext import loads
from broadcast_core.readers import Ignored, Read, read_text
from broadcast_core.readers.openrouter.delivery import read as read_delivery
from broadcast_core.record.generation import Generation, Identity, Timing, TraceContext
from tests.readers.deliveries import (
    END,
    END_TIME,
    ID,
    NAMES,
    NO_ID,
    PATH,
    ROOT,
    SECOND,
    SPAN_PATH,
    START,
    START_TIME,
    attempt,
    child,
    completion,
    delivery,
    example,
    generation,
    of,
    problems,
    read_one,
    root,
)

# The examples ----------------------------------------------------------------------------------------


def _as_a_collector_writes_it(document: Any) -> bytes:
    """Return a delivery as a line of a collector's file exporter: long numbers as texts, and empties."""
    document = json.loads(json.dumps(document), object_hook=_with_texts)
    for group in document.get("resourceSpans", []):
        group["schemaUrl"] = ""
        for span in (span for scope in group["scopeSpans"] for span in scope["spans"]):
            span |= {"parentSpanId": "", "status": {}, "traceState": "", **span}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _with_texts(found: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) if key == "intValue" else value for key, value in found.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_line_that_a_collector_wrote_is_read_as_what_it_took(name: str) -> None:
    """Nothing more is told of it."""
    document = example(name)

    assert read_delivery(document) == read_text(_as_a_collector_writes_it(document))


GENERATIONS = [name for name in NAMES if name not in ("25-connection-test", "26-sample-trace")]

FACTS: dict[str, tuple[str, str, int | None, int | None, str | None, bool | None]] = {
    "01-plain": ("ok", "Mistral", 40, 33, "0.0000096", None),
    "02-streamed": ("ok", "Amazon Bedrock", 47, 62, "0.000357", True),
    "03-tool-calls": ("ok", "Anthropic", 531, 86, "0.000961", True),
    "04-tool-result": ("ok", "Anthropic", 649, 43, "0.000864", True),
    "05-reasoning": ("ok", "Azure", 131, 355, "0.00074275", True),
    "06-cached-prompt": ("ok", "Anthropic", 4954, 14, "0.01556505", True),
    "07-image": ("ok", "Google AI Studio", 275, 9, "0.000105", None),
    "08-error": ("error", "none", None, None, None, None),
    "09-cancelled": ("cancelled", "none", None, None, None, True),
    "10-fallback": ("ok", "DeepInfra", 22, 21, "0.00001126", True),
    "11-trace-step-1": ("ok", "OpenAI", 53, 13, "0.000042", None),
    "12-trace-step-2": ("ok", "Amazon Bedrock", 52, 58, "0.001026", True),
    "13-session-turn-1": ("ok", "OpenAI", 37, 33, "0.0000676", True),
    "14-session-turn-2": ("ok", "OpenAI", 84, 26, "0.0000752", True),
    "15-session-turn-3": ("ok", "OpenAI", 125, 33, "0.0001028", True),
    "16-session-turn-4": ("ok", "OpenAI", 171, 41, "0.000134", True),
    "17-custom-metadata": ("ok", "Anthropic", 35, 18, "0.000125", None),
    "18-unicode": ("ok", "Google Vertex", 107, 30, "0.0001071", True),
    "19-all-string-numbers": ("ok", "Mistral", 16, 6, "0.0000024", True),
    "20-opt-in-groups": ("ok", "OpenAI", 2918, 233, "0.0208787", True),
    "21-byok": ("ok", "Azure", 37, 14, "0.00000186", None),
    "22-truncated": ("ok", "OpenAI", 1_012_430, 24, "0.4050104", True),
    "23-responses-length": ("ok", "Google AI Studio", 21, 61, "0.0001588", True),
    "24-embeddings": ("ok", "OpenAI", 23, 0, "4.6E-7", None),
}


def test_every_example_has_its_facts() -> None:
    """A new example comes with a line above."""
    assert GENERATIONS == list(FACTS)


@pytest.mark.parametrize("name", GENERATIONS)
def test_an_example_reads_to_its_facts(name: str) -> None:
    """Status, provider, tokens, exact cost, streamed."""
    found = generation(example(name))

    assert FACTS[name] == (
        found.status,
        found.provider or "none",
        found.usage.input_tokens,
        found.usage.output_tokens,
        None if found.cost.total is None else str(found.cost.total),
        found.streamed,
    )


@pytest.mark.parametrize("name", [name for name in GENERATIONS if name != "22-truncated"])
def test_an_example_is_read_without_rest(name: str) -> None:
    """Every attribute that Broadcast sends has its place, and nothing has to be said."""
    outcome = read_one(example(name))

    assert ((), {}) == (outcome.diagnostics, outcome.generation.extra)


ATTEMPTS = {
    "02-streamed": [(0, "Amazon Bedrock", 200)],
    "08-error": [(0, "DeepInfra", 502), (1, "Novita", 502)],
    "09-cancelled": [],
    "10-fallback": [(0, "Groq", 429), (1, "DeepInfra", 200)],
}


@pytest.mark.parametrize(("name", "expected"), ATTEMPTS.items(), ids=ATTEMPTS)
def test_an_example_has_its_attempts(name: str, expected: list[Any]) -> None:
    """In order, with provider and status."""
    found = generation(example(name)).attempts

    assert expected == [(one.index, one.provider, one.status_code) for one in found]


TRACES: dict[str, TraceContext] = {
    "01-plain": TraceContext(),
    "09-cancelled": TraceContext(trace_name="Meeting notes", metadata={"device_id": "tablet-7"}),
    "11-trace-step-1": TraceContext(
        trace_id="support-ticket-4711",
        trace_name="Support ticket 4711",
        span_name="Draft answer",
        generation_name="Sort the mail",
        metadata={"channel": "email", "queue": "billing", "step": 1},
    ),
    "12-trace-step-2": TraceContext(
        trace_id="support-ticket-4711",
        trace_name="Support ticket 4711",
        span_name="Draft answer",
        generation_name="Write the reply",
        metadata={"channel": "email", "queue": "billing", "step": 2},
    ),
    "13-session-turn-1": TraceContext(trace_name="Garden chat"),
    "17-custom-metadata": TraceContext(
        trace_name="Shorten a notice",
        tags=("notices", "holiday", "print"),
        metadata={
            "environment": "production",
            "release": "2026.47.2",
            "experiment": {"name": "short-notices", "arm": "b", "weights": [0.5, 0.5]},
            "customer": {"plan": "team", "region": "eu", "seats": 14},
            "attempt_no": 3,
            "quality_goal": 0.85,
            "reviewed": False,
        },
    ),
    "18-unicode": TraceContext(
        trace_name="Übersetzung ✨ ترجمة 翻訳",
        generation_name="Übersetze → kl",
        metadata={"größe": "mittel", "地域": "日本"},
    ),
    "19-all-string-numbers": TraceContext(metadata={"round": 4, "retry": True, "weight": 0.25}),
}


@pytest.mark.parametrize(("name", "expected"), TRACES.items(), ids=TRACES)
def test_an_example_has_its_trace(name: str, expected: TraceContext) -> None:
    """Names, tags, and the caller's own keys with their JSON types."""
    found = generation(example(name)).trace

    assert expected == found
    assert json.dumps(expected.metadata, sort_keys=True) == json.dumps(found.metadata, sort_keys=True)


PARAMETERS: dict[str, dict[str, Any]] = {
    "01-plain": {},
    "03-tool-calls": {"stream": True, "tool_choice": "auto"},
    "05-reasoning": {"stream": True, "reasoning": {"effort": "medium", "summary": "auto"}},
    "17-custom-metadata": {"temperature": 0.2, "max_tokens": 200},
    "19-all-string-numbers": {"stream": True, "temperature": 0.7, "max_tokens": 150},
    "23-responses-length": {"stream": True, "max_output_tokens": 64, "max_tokens": 64},
    "24-embeddings": {"encoding_format": "float"},
}


@pytest.mark.parametrize(("name", "expected"), PARAMETERS.items(), ids=PARAMETERS)
def test_an_example_has_its_parameters(name: str, expected: dict[str, Any]) -> None:
    """Out of the attributes and the echo of the request."""
    assert expected == generation(example(name)).parameters


def test_a_cached_prompt_counts_reads_and_writes() -> None:
    """The input includes both; the writes are split by their time to live."""
    usage = generation(example("06-cached-prompt")).usage

    assert (4954, 1926, 3001, 1471, 1530, "inclusive") == (
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.cache_write_5m_tokens,
        usage.cache_write_1h_tokens,
        usage.cache_basis,
    )


def test_reasoning_is_in_the_answer_and_in_the_count() -> None:
    """320 of 355 tokens."""
    found = generation(example("05-reasoning"))

    assert (320, 355) == (found.usage.reasoning_tokens, found.usage.output_tokens)
    assert found.content.output["choices"][0]["message"]["reasoning"].startswith("**Adding the drain**")


def test_tool_calls_are_in_the_shape_of_a_chat_response() -> None:
    """With the names that chat APIs use."""
    message = generation(example("03-tool-calls")).content.output["choices"][0]["message"]

    assert ["stock_level", "next_delivery"] == [call["function"]["name"] for call in message["tool_calls"]]
    assert "I will check the stock and the next delivery." == message["content"]


def test_a_caller_who_pays_the_provider_is_told_from_the_attempt() -> None:
    """The charge is the fee alone; the upstream cost is opt-in metadata, and stays in its group."""
    found = generation(example("21-byok"))
    cost = found.cost

    assert (Decimal("0.00000186"), None, True) == (cost.total, cost.upstream, cost.is_byok)
    assert 0.0000372 == found.generation_cost["byok_usage_inference"]


def test_opt_in_metadata_is_sorted_into_its_groups() -> None:
    """Read once, though it comes twice."""
    found = generation(example("20-opt-in-groups"))

    assert (0.02, 0, 1408) == (
        found.generation_cost["usage_web"],
        found.generation_cost["native_server_tool_use.web_search_requests"],
        found.generation_cost["upstream_raw_response_usage"]["input_tokens_details"]["cached_tokens"],
    )
    assert "Market notes" == found.generation_identity["app.title"]
    assert {
        "streamed": True,
        "cancelled": False,
        "model": "openai/gpt-5-mini",
        "web_search_engine": "exa",
        "num_search_results": 5,
    } == found.generation_request_context


def test_shortened_values_are_named() -> None:
    """By the marks beside them, and the event; the rest of the event is kept."""
    found = generation(example("22-truncated"))

    assert (
        "gen_ai.completion",
        "gen_ai.prompt",
        "span.input",
        "span.metadata.raw_log",
        "span.output",
        "trace.input",
        "trace.metadata.raw_log",
        "trace.output",
    ) == found.truncated
    assert [("events", ["openrouter.trace_truncated"])] == [
        (key, [event["name"] for event in events]) for key, events in found.extra.items()
    ]
    assert {"openrouter_truncated": {"omitted_items": 611}} == found.content.input["messages"][-1]


def test_a_request_of_the_responses_shape_keeps_its_own_body() -> None:
    """Beside the messages that Broadcast made of it."""
    found = generation(example("23-responses-length"))

    assert ("length", "MAX_TOKENS", "responses") == (
        found.finish_reason,
        found.native_finish_reason,
        found.content.request["_skin"],
    )


def test_embeddings_have_no_output() -> None:
    """None is invented."""
    found = generation(example("24-embeddings"))

    assert ("embeddings", None, None) == (found.operation, found.content.output, found.finish_reason)


def test_a_suffix_of_the_model_stays_in_the_request() -> None:
    """The attribute is without it."""
    found = generation(example("02-streamed"))

    assert ("anthropic/claude-haiku-4.5", {"model": "anthropic/claude-haiku-4.5:nitro"}) == (
        found.model,
        found.content.request,
    )


# Test deliveries -------------------------------------------------------------------------------------

IGNORED: dict[str, tuple[Any, str]] = {
    "the connection test": (example("25-connection-test"), "connection_test"),
    "its ids under another name": (
        delivery(root(id=None, name="x", traceId="0" * 31 + "1", spanId="0" * 15 + "1")),
        "connection_test",
    ),
    "the sample trace": (example("26-sample-trace"), "sample_trace"),
    "the older sample trace": (
        delivery(root({"source": "observability-test-button"}, name="generation")),
        "sample_trace",
    ),
    "a sample trace by the caller's key": (
        delivery(root({"trace.metadata.source": "observability-test-button"})),
        "sample_trace",
    ),
    "a sample trace by its name": (
        delivery(root({"trace.name": "Test Trace - OpenRouter Observability"})),
        "sample_trace",
    ),
    "no object's keys": ({}, "empty_delivery"),
    "no groups": ({"resourceSpans": []}, "empty_delivery"),
    "no scopes": ({"resourceSpans": [{}]}, "empty_delivery"),
    "no spans": ({"resourceSpans": [{"scopeSpans": [{"spans": []}]}]}, "empty_delivery"),
}


@pytest.mark.parametrize(("document", "kind"), IGNORED.values(), ids=IGNORED)
def test_a_test_delivery_is_no_generation(document: Any, kind: str) -> None:
    """It is told apart, and nothing is wrong with it."""
    (outcome,) = read_delivery(document).outcomes

    assert isinstance(outcome, Ignored)
    assert kind == outcome.kind


TESTED: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "a connection": (root(id=None, name="openrouter-connection-test"), "OpenRouter's Test Connection", ROOT),
    "a connection without an id": (
        root(id=None, name="openrouter-connection-test", spanId=""),
        "OpenRouter's Test Connection",
        None,
    ),
    "a sample": (root({"source": "observability-test-button"}), "OpenRouter's Send Trace sample", ID),
    "a sample without an id": (
        root({"source": "observability-test-button"}, id=None),
        "OpenRouter's Send Trace sample",
        None,
    ),
}


@pytest.mark.parametrize(("span", "what", "id_"), TESTED.values(), ids=TESTED)
def test_a_test_delivery_says_what_it_was(span: dict[str, Any], what: str, id_: str | None) -> None:
    """With its id."""
    (outcome,) = read_delivery(delivery(span)).ignored

    assert (what, id_) == (outcome.what, outcome.id)


def test_an_empty_delivery_says_what_it_was() -> None:
    """It has no id."""
    (outcome,) = read_delivery({}).ignored

    assert ("a delivery without spans: a connection test", None) == (outcome.what, outcome.id)


def test_a_test_span_between_others_is_ignored_alone() -> None:
    """A collector may put it into one delivery with requests."""
    reading = read_delivery(delivery(root(id=None, name="openrouter-connection-test"), root()))

    assert (["connection_test"], [ID]) == (
        [one.kind for one in reading.ignored],
        [one.id for one in reading.generations],
    )


def _as_text(value: dict[str, Any]) -> dict[str, Any]:
    ((_, plain),) = value.items()
    return {"stringValue": plain if isinstance(plain, str) else json.dumps(plain)}


@pytest.mark.parametrize("name", GENERATIONS)
def test_a_delivery_whose_values_are_all_text_reads_alike(name: str) -> None:
    """Numbers and booleans too, as in the captured sample trace."""
    document = example(name)
    for group in document["resourceSpans"]:
        for pair in group["scopeSpans"][0]["spans"][0]["attributes"]:
            pair["value"] = _as_text(pair["value"])

    assert _without_groups(generation(example(name))) == _without_groups(generation(document))


def _without_groups(found: Generation) -> list[Any]:
    """Return what has types of its own: the opt-in groups keep the JSON that came."""
    return [
        *(found.id, found.timing, found.usage, found.cost, found.attempts, found.parameters, found.status),
        *(found.content, found.trace, found.streamed, found.truncated),
    ]


TIMES: dict[str, Any] = {
    "text": str(START),
    "number": START,
    "double": float(START),
}


@pytest.mark.parametrize("start", TIMES.values(), ids=TIMES)
def test_times_are_read_in_every_spelling(start: Any) -> None:
    """Nanoseconds as text or number."""
    found = generation(delivery(root(startTimeUnixNano=start)))

    assert (START_TIME, END_TIME) == (found.timing.start, found.timing.end)


def test_a_request_may_end_when_it_began() -> None:
    """By a coarse clock."""
    assert START_TIME == generation(delivery(root(endTimeUnixNano=str(START)))).timing.end


@pytest.mark.parametrize(
    ("flag", "expected"), [(True, True), (False, False), ("yes", None), (1, None)], ids=repr
)
def test_only_true_and_false_ask_for_a_stream(flag: Any, expected: bool | None) -> None:
    """In the request that came back."""
    assert expected is of(completion(stream=flag)).streamed


def test_the_gateway_names_whom_a_request_is_of() -> None:
    """Each by its own name."""
    names = ("api_key_name", "api_key_hash", "entity_id", "creator_user_id", "user_id")
    found = of({f"trace.metadata.openrouter.{name}": name for name in names})

    assert (
        Identity(
            api_key_name="api_key_name",
            api_key_hash="api_key_hash",
            entity_id="entity_id",
            creator_user_id="creator_user_id",
            gateway_user_id="user_id",
        )
        == found.identity
    )
    assert {} == found.extra


def test_what_the_resource_says_takes_no_child_away() -> None:
    """The session stands there alone."""
    spans = delivery(root(), attempt(), resource={"session.id": "s"})
    found = generation(spans)

    assert ("s", 1) == (found.identity.session_id, len(found.attempts))


def test_a_request_that_names_no_operation_is_a_chat() -> None:
    """As most are."""
    assert ("chat", "embeddings") == (of({}).operation, of({"gen_ai.operation.name": "embeddings"}).operation)


@pytest.mark.parametrize("prefix", ["openrouter.", "trace.metadata.openrouter."])
def test_the_provider_is_named_in_either_spelling(prefix: str) -> None:
    """With its short name."""
    found = of({f"{prefix}provider_name": "Mistral", f"{prefix}provider_slug": "mistral"})

    assert ("Mistral", "mistral", {}) == (found.provider, found.provider_slug, found.extra)


# Ids, names, times -----------------------------------------------------------------------------------


def test_an_id_may_stand_in_the_resource_alone() -> None:
    """Imitators send no `gen_ai.response.id`."""
    found = generation(delivery(root(id=None), resource={"openrouter.trace.id": ID}))

    assert (ID, None, {}) == (found.id, found.trace.trace_id, found.extra)


def test_a_trace_id_that_is_no_id_is_no_generation_id() -> None:
    """What the caller chose names the trace only."""
    document = delivery(root(id=None), resource={"openrouter.trace.id": "ticket-1"})

    assert [NO_ID] == problems(document)


def test_an_end_that_is_not_known_is_absent() -> None:
    """Zero is how OTLP spells that."""
    assert Timing(start=START_TIME) == generation(delivery(root(endTimeUnixNano="0"))).timing


def test_the_child_of_a_stream_may_outlast_the_root() -> None:
    """As it does in every capture; the times of the root count."""
    found = generation(delivery(root(), child("generation", endTimeUnixNano=str(END + SECOND))))

    assert (True, END_TIME, {}) == (found.streamed, found.timing.end, found.extra)


# Bad input -------------------------------------------------------------------------------------------

LAST = "9223372036854775807"

REJECTED: dict[str, tuple[Any, list[str]]] = {
    "no id": (
        delivery(root(id=None)),
        [NO_ID],
    ),
    "a blank id": (
        delivery(root(id=" ")),
        [NO_ID],
    ),
    "an id that is an object": (
        delivery(root({"gen_ai.response.id": {"a": 1}})),
        [f'expected text @ {PATH}["gen_ai.response.id"]'],
    ),
    "an id with NUL": (
        delivery(root(id="gen-\x00")),
        [f'expected an id without control characters @ {PATH}["gen_ai.response.id"]'],
    ),
    "attributes that are an object": (
        delivery(root(attributes={"gen_ai.response.id": ID})),
        [NO_ID],
    ),
    "no start": (
        delivery(root(startTimeUnixNano=None)),
        [f"missing: the span needs its start, nanoseconds since 1970 @ {SPAN_PATH}.startTimeUnixNano"],
    ),
    "a start of zero": (
        delivery(root(startTimeUnixNano="0")),
        [f"missing: the span needs its start, nanoseconds since 1970 @ {SPAN_PATH}.startTimeUnixNano"],
    ),
    "a start that is NaN": (
        delivery(root(startTimeUnixNano="NaN")),
        [f"expected a finite number, got nan @ {SPAN_PATH}.startTimeUnixNano"],
    ),
    "a negative start": (
        delivery(root(startTimeUnixNano=-5)),
        [f"expected at least 0, got -5 @ {SPAN_PATH}.startTimeUnixNano"],
    ),
    "a start that is an object": (
        delivery(root(startTimeUnixNano={})),
        [f"expected a number, got an object @ {SPAN_PATH}.startTimeUnixNano"],
    ),
    "a start beyond every clock": (
        delivery(root(startTimeUnixNano=LAST)),
        [
            "expected a time between 1970 and 2262, got 2262-04-11T23:47:16.854775+00:00 "
            f"@ {SPAN_PATH}.startTimeUnixNano"
        ],
    ),
    "an end before the start": (
        delivery(root(endTimeUnixNano=str(START - SECOND))),
        [
            "the end 2026-11-21T09:59:59+00:00 lies before the start 2026-11-21T10:00:00+00:00 "
            f"@ {SPAN_PATH}.endTimeUnixNano"
        ],
    ),
    "an end in words": (
        delivery(root(endTimeUnixNano="soon")),
        [f"expected a number, got text @ {SPAN_PATH}.endTimeUnixNano"],
    ),
    "negative tokens": (
        delivery(root({"gen_ai.usage.output_tokens": -1})),
        [f'expected at least 0, got -1 @ {PATH}["gen_ai.usage.output_tokens"]'],
    ),
    "half a token": (
        delivery(root({"gen_ai.usage.output_tokens": 0.5})),
        [f'expected a whole number, got 0.5 @ {PATH}["gen_ai.usage.output_tokens"]'],
    ),
    "tokens in words": (
        delivery(root({"gen_ai.usage.output_tokens": "abc"})),
        [f'expected a number, got text @ {PATH}["gen_ai.usage.output_tokens"]'],
    ),
    "tokens beyond 64 bits": (
        delivery(root({"gen_ai.usage.output_tokens": 10**30})),
        [f'expected a count of at most 64 bits @ {PATH}["gen_ai.usage.output_tokens"]'],
    ),
    "tokens that are a boolean": (
        delivery(root({"gen_ai.usage.output_tokens": True})),
        [f'expected a number, got true @ {PATH}["gen_ai.usage.output_tokens"]'],
    ),
    "a cost that is NaN": (
        delivery(root({"gen_ai.usage.total_cost": "NaN"})),
        [f'expected a finite number, got NaN @ {PATH}["gen_ai.usage.total_cost"]'],
    ),
    "a cost that is a float NaN": (
        delivery(root({"gen_ai.usage.total_cost": float("nan")})),
        [f'expected a finite number, got NaN @ {PATH}["gen_ai.usage.total_cost"]'],
    ),
    "a cost in words": (
        delivery(root({"gen_ai.usage.input_cost": "free"})),
        [f'expected a number, got text @ {PATH}["gen_ai.usage.input_cost"]'],
    ),
    "everything at once": (
        delivery(
            root(
                {"gen_ai.usage.input_tokens": -1, "gen_ai.usage.total_cost": []},
                id=None,
                startTimeUnixNano=None,
            )
        ),
        [
            NO_ID,
            f"missing: the span needs its start, nanoseconds since 1970 @ {SPAN_PATH}.startTimeUnixNano",
            f'expected at least 0, got -1 @ {PATH}["gen_ai.usage.input_tokens"]',
            f'expected a number, got an array @ {PATH}["gen_ai.usage.total_cost"]',
        ],
    ),
    "no object": ([], ["expected an object with resourceSpans @ $"]),
    "text": ("{}", ["expected an object with resourceSpans @ $"]),
    "null": (None, ["expected an object with resourceSpans @ $"]),
}


@pytest.mark.parametrize(("document", "expected"), REJECTED.values(), ids=REJECTED)
def test_bad_input_is_rejected_in_words(document: Any, expected: list[str]) -> None:
    """Every reason at once, each with its path."""
    assert expected == problems(document)


KEPT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "attributes that are text, with the id in the resource": (
        {"attributes": "none"},
        {"not key-value pairs": ["none"]},
    ),
    "a pair that is a number": ({"attributes": [5]}, {"not key-value pairs": [5]}),
    "a status that is a number": ({"status": 3}, {"span": {"status": 3}}),
    "events that are an object": ({"events": {"name": "a"}}, {"span": {"events": {"name": "a"}}}),
    "a name that is a number": ({"name": 5}, {"span": {"name": 5}}),
    "ids that are numbers": ({"traceId": 5, "spanId": 6}, {"span": {"traceId": 5, "spanId": 6}}),
}


@pytest.mark.parametrize(("changes", "extra"), KEPT.values(), ids=KEPT)
def test_bad_input_that_the_record_can_do_without_is_kept(
    changes: dict[str, Any], extra: dict[str, Any]
) -> None:
    """The generation is there all the same."""
    document = delivery(root(**{"id": None, **changes}), resource={"openrouter.trace.id": ID})

    assert (ID, extra) == (generation(document).id, generation(document).extra)


def test_nul_in_a_text_is_text() -> None:
    """Platforms that do not take it deal with it themselves."""
    found = of({"user.id": "a\x00b", "gen_ai.prompt": '"\\u0000"'})

    assert ("a\x00b", "\x00") == (found.identity.user_id, found.content.input)


def test_a_number_beyond_64_bits_that_nobody_counts_is_a_double() -> None:
    """By the rule for every JSON text."""
    document = loads(json.dumps(delivery(root({"odd": 10**30}))))

    assert {"odd": 1e30} == generation(document).extra


def test_what_was_read_of_a_rejected_generation_names_it() -> None:
    """For the person who looks for it."""
    (outcome,) = read_delivery(delivery(root({"gen_ai.usage.total_tokens": "abc"}))).rejected

    assert ID == outcome.id


def test_one_outcome_for_every_generation() -> None:
    """Nothing is both."""
    reading = read_delivery(delivery(root(), root(id=None, spanId="c" * 16), 7))

    assert [Read, "Rejected", "Rejected"] == [
        Read if isinstance(one, Read) else type(one).__name__ for one in reading.outcomes
    ]


ON_RESOURCE = {"session.id": "s-1", "user.id": "u-1", "trace.name": "Harbour"}


def test_session_user_and_trace_name_may_stand_on_the_resource() -> None:
    """As collectors that group spans put them; what the span itself says counts."""
    attempt = {**root({"span.metadata.attempt_index": 0}, id=None), "name": "provider attempt 1: A"}
    child = {**attempt, "spanId": "c" * 16, "parentSpanId": "b" * 16}
    usual = {"service.name": "openrouter", "service.version": "1.0.0"}
    found = read_one(delivery(root(), child, resource={**usual, **ON_RESOURCE})).generation
    own = read_one(delivery(root({"user.id": "u-2"}), resource={**usual, **ON_RESOURCE})).generation

    assert ("s-1", "u-1", "Harbour") == (
        found.identity.session_id,
        found.identity.user_id,
        found.trace.trace_name,
    )
    assert {} == found.extra
    assert ("s-1", "u-2") == (own.identity.session_id, own.identity.user_id)
    assert {"resource": {"user.id": "u-1"}} == own.extra
