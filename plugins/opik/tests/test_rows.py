"""The rows of single generations and traces, key by key."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

import attrs
import pytest

from broadcast_core import (
    Attempt,
    Content,
    Cost,
    Failure,
    Generation,
    Identity,
    Plan,
    Route,
    Timing,
    TraceContext,
    Usage,
    plan,
)
from broadcast_opik import destination
from broadcast_opik.config import LOCAL

START = datetime(2026, 11, 23, 10, 0, 0, 123_456, tzinfo=UTC)
END = START + timedelta(seconds=2)
OWN_TRACE = "019aafe2-2b7b-7000-8000-000000000001"
OWN_SPAN = "019aafe2-2b7b-7000-8000-000000000002"


def _generation(number: int = 1, **fields: Any) -> Generation:
    return Generation(**{"id": f"gen-{number}", "timing": Timing(start=START, end=END), **fields})


def _plan(*generations: Generation, **options: Any) -> Plan:
    return plan(generations, Route.to(destination, {"base_url": LOCAL, **options}))


def _rows(*generations: Generation, **options: Any) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {"traces": [], "spans": []}
    for request in _plan(*generations, **options).requests:
        for name, some in json.loads(request.body).items():
            rows[name] += some
    return rows


def _trace(*generations: Generation, **options: Any) -> dict[str, Any]:
    (row,) = _rows(*generations, **options)["traces"]
    return row


def _span(generation: Generation, **options: Any) -> dict[str, Any]:
    (row,) = _rows(generation, **options)["spans"]
    return row


def _notes(generation: Generation, **options: Any) -> list[str]:
    return [str(note) for note in _plan(generation, **options).outcomes[0].diagnostics]


def test_a_bare_generation_is_a_trace_and_a_span() -> None:
    """With every required field, and nothing that is unknown."""
    rows = _rows(_generation())
    (trace,), (span,) = rows["traces"], rows["spans"]

    assert {
        "id", "name", "start_time", "end_time", "last_updated_at", "source", "metadata",
    } == trace.keys()  # fmt: skip
    assert {
        "id", "trace_id", "name", "type", "start_time", "end_time", "last_updated_at", "source", "metadata",
    } == span.keys()  # fmt: skip
    assert ("OpenRouter Request", "LLM Generation", "llm") == (trace["name"], span["name"], span["type"])
    assert trace["id"] == span["trace_id"]
    assert (
        "gen-1" == trace["metadata"]["openrouter_trace_id"] == span["metadata"]["openrouter_observation_id"]
    )


def test_times_are_the_records_never_now() -> None:
    """The version of a row comes from the end of its generation."""
    row = _trace(_generation())

    assert "2026-11-23T10:00:00.123456Z" == row["start_time"]
    assert "2026-11-23T10:00:02.123456Z" == row["end_time"]
    assert "2026-11-23T10:00:02.123457Z" == row["last_updated_at"]


def test_a_generation_without_an_end_has_none() -> None:
    """Unknown is absent."""
    rows = _rows(_generation(timing=Timing(start=START)))

    assert "end_time" not in rows["traces"][0]
    assert "end_time" not in rows["spans"][0]


def test_names_of_trace_span_and_generation() -> None:
    """The named span stands between, and its children find it."""
    trace = TraceContext(trace_id="t", trace_name="Ticket", span_name="Draft", generation_name="Write")
    rows = _rows(_generation(1, trace=trace), _generation(2, trace=trace))
    named = [span for span in rows["spans"] if span["type"] == "general"]

    assert ["Ticket"] == [row["name"] for row in rows["traces"]]
    assert ["Draft"] == [row["name"] for row in named]
    assert [("Write", named[0]["id"])] * 2 == [
        (row["name"], row["parent_span_id"]) for row in rows["spans"] if row["type"] == "llm"
    ]


def test_custom_keys_are_in_trace_and_span_with_their_json_types() -> None:
    """As the Opik page of OpenRouter promises."""
    custom = {"eval": "v2", "n": 3, "x": 0.5, "ok": False, "nil": None, "deep": {"a": [1, {"b": None}]}}
    rows = _rows(_generation(trace=TraceContext(metadata=custom)))

    for row in (rows["traces"][0], rows["spans"][0]):
        assert custom == {key: value for key, value in row["metadata"].items() if key in custom}


def test_a_clash_keeps_both_and_says_where() -> None:
    """Ours never overwrite the user's silently."""
    custom = {"openrouter_trace_id": "mine", "provider": "x", "custom": 1}
    generation = _generation(trace=TraceContext(metadata=custom))
    metadata = _span(generation)["metadata"]

    assert "gen-1" == metadata["openrouter_trace_id"]
    assert 1 == metadata["custom"]
    assert {"openrouter_trace_id": "mine", "provider": "x"} == metadata["custom_"]
    assert "provider" not in metadata
    assert (
        "moved $.trace.metadata.provider: the name is taken in Opik; "
        "your value is in the metadata under custom_.provider"
    ) in _notes(generation)


def test_user_and_session() -> None:
    """The user in trace metadata, the session as the thread."""
    row = _trace(_generation(identity=Identity(user_id="u", session_id="s")))

    assert ("s", "s", "u") == (row["thread_id"], row["metadata"]["session_id"], row["metadata"]["user_id"])


def test_usage_in_openai_names_as_whole_numbers() -> None:
    """Details under original_usage, unknown left out, zero kept."""
    usage = Usage(input_tokens=10, output_tokens=5, total_tokens=15, cache_read_tokens=0, reasoning_tokens=2)

    assert {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "total_tokens": 15,
        "original_usage.prompt_tokens": 10,
        "original_usage.completion_tokens": 5,
        "original_usage.prompt_tokens_details.cached_tokens": 0,
        "original_usage.completion_tokens_details.reasoning_tokens": 2,
    } == _span(_generation(usage=usage))["usage"]


def test_an_exclusive_count_with_an_unknown_part_is_unknown() -> None:
    """Unknown is no zero; what is known stands under its own name."""
    usage = Usage(input_tokens=10, cache_read_tokens=3, output_tokens=2, cache_basis="exclusive")

    assert {
        "completion_tokens": 2,
        "original_usage.prompt_tokens": 10,
        "original_usage.completion_tokens": 2,
        "original_usage.prompt_tokens_details.cached_tokens": 3,
    } == _span(_generation(usage=usage))["usage"]


def test_an_exclusive_count_is_given_as_openai_counts() -> None:
    """Anthropic's own counts leave the cache out."""
    usage = Usage(input_tokens=10, cache_read_tokens=3, cache_write_tokens=4, cache_basis="exclusive")

    assert 17 == _span(_generation(usage=usage))["usage"]["prompt_tokens"]


def test_a_count_beyond_opiks_integers_is_dropped_and_said() -> None:
    """One such value would lose the whole batch."""
    generation = _generation(usage=Usage(input_tokens=2**31))

    assert "usage" not in _span(generation)
    assert any(note.startswith("dropped $.usage: prompt_tokens = 2147483648") for note in _notes(generation))


COSTS = [
    (Cost(total=Decimal("0.06507625")), "0.06507625"),
    (Cost(total=Decimal(0)), "0"),
    (Cost(total=Decimal("1E-7")), "0.0000001"),
    (Cost(total=Decimal("0.1234567890125")), "0.123456789012"),
    (Cost(total=Decimal("0.001"), upstream=Decimal("0.02"), is_byok=True), "0.021"),
    (Cost(total=Decimal("0.001"), upstream=Decimal("0.02"), is_byok=False), "0.001"),
    (Cost(upstream=Decimal("0.02"), is_byok=True), "0.02"),
    (
        Cost(
            total=Decimal("0.001"),
            upstream_input=Decimal("0.02"),
            upstream_output=Decimal("0.3"),
            is_byok=True,
        ),
        "0.321",
    ),
    (Cost(total=Decimal("0.001"), upstream_input=Decimal("0.02"), is_byok=True), "0.001"),
    (Cost(total=Decimal("0.001"), upstream_output=Decimal("0.3"), is_byok=True), "0.001"),
    (Cost(total=Decimal("-0.0"), is_byok=True), "0"),
    (Cost(total=Decimal("12345678901234567890.123456789012")), "12345678901234567890.123456789012"),
    (Cost(total=Decimal("12345678901234567.0000000000001")), "12345678901234567.000000000000"),
    (Cost(total=Decimal("1.123456789"), upstream=Decimal("2.98765432"), is_byok=True), "4.111111109"),
]


@pytest.mark.parametrize(("cost", "expected"), COSTS, ids=[expected for _, expected in COSTS])
def test_the_cost_is_exact(cost: Cost, expected: str) -> None:
    """To Opik's twelve decimals; BYOK adds what the caller's own key paid."""
    with localcontext(prec=5):  # the host's own setting must not leak in
        (_, request) = _plan(_generation(cost=cost)).requests

    assert b'"total_estimated_cost":' + expected.encode() + b"," in request.body


@pytest.mark.parametrize("cost", [Cost(), Cost(input=Decimal(1)), Cost(total=Decimal(-1))], ids=str)
def test_an_unknown_cost_is_absent(cost: Cost) -> None:
    """Never 0; a negative one, which Opik refuses, is in the metadata alone."""
    assert "total_estimated_cost" not in _span(_generation(cost=cost))


def test_cost_is_in_the_metadata_of_the_span() -> None:
    """Input, output and total, as the Opik page of OpenRouter promises."""
    cost = Cost(total=Decimal("0.3"), input=Decimal("0.1"), output=Decimal("0.2"), source="billed")

    assert {"input": 0.1, "output": 0.2, "total": 0.3, "source": "billed", "currency": "USD"} == (
        _span(_generation(cost=cost))["metadata"]["cost"]
    )


@pytest.mark.parametrize(
    ("amount", "expected"), [("0.1", 0.1), ("0.12345678901234567891", "0.12345678901234567891"), ("0", 0)]
)
def test_an_amount_that_no_number_holds_is_text(amount: str, expected: Any) -> None:
    """So that the exact cost is never lost."""
    metadata = _span(_generation(cost=Cost(total=Decimal(amount))))["metadata"]

    assert expected == metadata["cost"]["total"]


def test_what_was_asked_and_answered_is_shown_as_a_chat() -> None:
    """Each in its own shape, in trace and span."""
    rows = _rows(_generation(content=Content(input="hi", output="hi")))

    for row in (rows["traces"][0], rows["spans"][0]):
        assert {"messages": [{"role": "user", "content": "hi"}]} == row["input"]
        assert {"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]} == row["output"]


@pytest.mark.parametrize(
    ("wait", "expected"), [(-1, (None, -1)), (0, (0, None)), (0.5, (0.5, None))], ids=str
)
def test_a_first_token_before_the_request_is_in_the_metadata_alone(
    wait: float, expected: tuple[float | None, float | None]
) -> None:
    """Opik takes no such time."""
    row = _span(_generation(timing=Timing(start=START, end=END, first_token_ms=wait)))

    assert expected == (row.get("ttft"), row["metadata"].get("first_token_ms"))


@pytest.mark.parametrize(
    ("generation_id", "trace_id", "linked"),
    [
        ("gen-1", OWN_TRACE, True),
        ("gen-1", OWN_TRACE.upper(), False),
        ("gen-1", None, False),
        ("gen-1", "of-this-program", False),
        (OWN_SPAN, OWN_TRACE, False),
    ],
    ids=["own trace", "own trace in capitals", "no trace", "another trace", "itself"],
)
def test_a_parent_is_linked_in_a_trace_of_the_callers_own(
    generation_id: str, trace_id: str | None, linked: bool
) -> None:
    """Elsewhere Opik would hide the span, so there it is in the metadata."""
    trace = TraceContext(trace_id=trace_id, parent_span_id=OWN_SPAN)
    row = _span(_generation(id=generation_id, trace=trace))

    assert (OWN_SPAN if linked else None) == row.get("parent_span_id")
    assert (None if linked else OWN_SPAN) == row["metadata"].get("parent_span_id")


@pytest.mark.parametrize(
    "failure",
    [Failure(message="x" * 20_000), Failure(message="x" * 20_000, stacktrace="x" * 20_000)],
    ids=["message", "stack"],
)
def test_a_long_failure_is_whole(failure: Failure) -> None:
    """Stacks are long."""
    info = _span(_generation(failure=failure))["error_info"]

    assert ("x" * 20_000, "x" * 20_000) == (info["message"], info["traceback"])


def test_a_long_message_of_an_attempt_is_whole() -> None:
    """As long as that of a failure."""
    attempt = Attempt(index=0, status_code=500, message="x" * 20_000)
    _, row = _rows(_generation(attempts=(attempt,)), attempts=True)["spans"]

    assert "x" * 20_000 == row["error_info"]["message"]


def test_a_failure_is_error_info_and_no_invented_output() -> None:
    """On span and trace; type and traceback are never blank."""
    generation = _generation(
        status="error", failure=Failure(type=" ", message="Provider returned error", code="502")
    )
    rows = _rows(generation)

    for row in (rows["traces"][0], rows["spans"][0]):
        assert {
            "exception_type": "Error 502",
            "message": "Provider returned error",
            "traceback": "Provider returned error",
        } == row["error_info"]
        assert "output" not in row
    assert "502" == rows["spans"][0]["metadata"]["failure_code"]


def test_time_to_first_token() -> None:
    """In milliseconds, on trace and span."""
    rows = _rows(_generation(timing=Timing(start=START, end=END, first_token_ms=812.5)))

    assert (812.5, 812.5) == (rows["traces"][0]["ttft"], rows["spans"][0]["ttft"])


PROVIDERS = [
    ("Amazon Bedrock", "bedrock"),
    ("Google AI Studio", "google_ai"),
    ("DeepInfra", "deepinfra"),
    (" ", None),
]


@pytest.mark.parametrize(("name", "expected"), PROVIDERS)
def test_the_provider_in_opiks_spelling(name: str, expected: str | None) -> None:
    """Where it has one; the original is in the metadata."""
    row = _span(_generation(provider=name, model="a/b", served_model="a/c"))

    assert (expected, "a/c") == (row.get("provider"), row["model"])
    assert name == row["metadata"]["provider_name"]


ENVIRONMENTS = [("production", "production"), ("my prod/eu", "my-prod-eu"), ("  ", None), (3, None)]


@pytest.mark.parametrize(("value", "expected"), ENVIRONMENTS)
def test_the_environment_is_sanitised(value: Any, expected: str | None) -> None:
    """And stays in the metadata as it was."""
    row = _trace(_generation(trace=TraceContext(metadata={"environment": value})))

    assert expected == row.get("environment")
    assert value == row["metadata"]["environment"]


def test_tags_keep_within_opiks_limits() -> None:
    """All of them are in the metadata."""
    tags = (*(f"{n:03}" for n in range(60)), "x" * 120)
    row = _trace(_generation(trace=TraceContext(tags=tags)))

    assert (50, 61) == (len(row["tags"]), len(row["metadata"]["tags"]))


def test_nul_and_lone_surrogates_are_taken_out_of_names() -> None:
    """Opik's columns do not hold them; blank becomes the default."""
    trace = TraceContext(trace_name="a\x00b\ud800", generation_name="\x00")
    rows = _rows(_generation(trace=trace))

    assert ("ab\ufffd", "LLM Generation") == (rows["traces"][0]["name"], rows["spans"][0]["name"])


def test_a_field_too_large_is_cut_and_marked() -> None:
    """Valid JSON that still renders as a chat, and a diagnostic."""
    messages = [{"role": "user", "content": "x" * 15_000_001}, {"role": "user", "content": "and?"}]
    generation = _generation(content=Content(input={"messages": messages}))
    first, last = _span(generation)["input"]["messages"]

    assert first["content"].endswith("xxx[truncated]")
    assert messages[1] == last
    assert any(note.startswith("truncated $.content.input: ") for note in _notes(generation))


def test_metadata_too_large_keeps_what_is_ours() -> None:
    """The echo of the request may hold images; ids, cost and tokens are found all the same."""
    generation = _generation(
        content=Content(request={"tools": "x" * 16_000_000}),
        cost=Cost(total=Decimal("0.25"), source="billed"),
    )
    metadata = _span(generation)["metadata"]

    assert "gen-1" == metadata["openrouter_observation_id"]
    assert {"total": 0.25, "source": "billed", "currency": "USD"} == metadata["cost"]
    assert metadata["request"]["tools"].endswith("x[truncated]")


def test_a_huge_key_of_the_metadata_costs_no_other() -> None:
    """What is long gives way to what is short, keys too."""
    custom = {"a": 1, "K" * 16_000_000: 1, "z": 2}
    metadata = _span(_generation(trace=TraceContext(metadata=custom)))["metadata"]

    assert (1, 2, {"omitted_keys": 1}) == (metadata["a"], metadata["z"], metadata["openrouter_truncated"])
    assert "gen-1" == metadata["openrouter_observation_id"]


def test_a_key_of_the_metadata_that_is_no_text_is_made_one() -> None:
    """In trace and span, and told."""
    generation = _generation(trace=TraceContext(metadata={1: "a", "b": 2, "1": "c", None: 3}))
    rows = _rows(generation)

    for row in (rows["traces"][0], rows["spans"][0]):
        assert {"a", "c"} == {row["metadata"]["1"], row["metadata"]["1_"]}
        assert (2, 3) == (row["metadata"]["b"], row["metadata"]["null"])
    assert {"coerced $.trace.metadata.1", "coerced $.metadata.null"} <= {
        note.partition(":")[0] for note in _notes(generation)
    }


def test_a_text_too_long_is_cut_and_costs_no_other_generation() -> None:
    """A name of 50 MB would fit no request with the row of its trace."""
    trace = TraceContext(trace_id="t")
    long = attrs.evolve(trace, trace_name="x" * 50_000_000)
    failure = Failure(message="y" * 50_000_000)
    result = _plan(_generation(1, trace=long, failure=failure), _generation(2, trace=trace))

    assert ["planned", "planned"] == [outcome.status for outcome in result.outcomes]
    assert 40_000_000 > sum(len(request.body) for request in result.requests)
    assert {"$.trace.trace_name", "$.failure.message"} <= {
        note.path for note in result.outcomes[0].diagnostics
    }


@pytest.mark.parametrize("length", [500_000, 500_001])
def test_the_message_of_an_attempt_is_cut_to_its_room(length: int) -> None:
    """And marked once it is."""
    tried = Attempt(index=0, status_code=500, message="y" * length)
    message = _rows(_generation(attempts=(tried,)), attempts=True)["spans"][-1]["error_info"]["message"]

    assert 500_000 == len(message)
    assert (length > 500_000) == message.endswith("[truncated]")


def test_a_failure_is_cleaned_and_told() -> None:
    """No text column of Opik takes a NUL."""
    generation = _generation(failure=Failure(type="a\x00b", message="c\ud800d"))

    assert {"exception_type": "ab", "message": "c\ufffdd", "traceback": "c\ufffdd"} == _span(generation)[
        "error_info"
    ]
    assert {"$.failure.type", "$.failure.message"} <= {
        note.split(" ")[1].rstrip(":") for note in _notes(generation)
    }


def test_the_callers_own_trace_gets_spans_only() -> None:
    """A row of ours would replace the caller's."""
    rows = _rows(_generation(trace=TraceContext(trace_id=OWN_TRACE, parent_span_id=OWN_SPAN)))

    assert [] == rows["traces"]
    assert [(OWN_TRACE, OWN_SPAN)] == [(span["trace_id"], span["parent_span_id"]) for span in rows["spans"]]


def test_a_uuid7_trace_id_alone_is_ours_unless_the_route_attaches() -> None:
    """The option `attach`."""
    generation = _generation(trace=TraceContext(trace_id=OWN_TRACE))

    assert [OWN_TRACE] == [row["id"] for row in _rows(generation)["traces"]]
    assert [] == _rows(generation, attach=True)["traces"]


def test_a_parent_that_opik_cannot_link_is_kept_in_metadata() -> None:
    """An OpenTelemetry span id, for example."""
    generation = _generation(trace=TraceContext(parent_span_id="00f067aa0ba902b7"))
    row = _span(generation)

    assert "parent_span_id" not in row
    assert "00f067aa0ba902b7" == row["metadata"]["parent_span_id"]
    assert any(note.startswith("moved $.trace.parent_span_id") for note in _notes(generation))


TO_COME = "ac24539c-f05d-752a-80af-01098edfc521"


def test_a_uuid7_of_a_time_to_come_is_not_taken_for_one() -> None:
    """Opik would refuse it, and with it every other row of the batch."""
    trace = TraceContext(trace_id=TO_COME, parent_span_id=TO_COME, span_name="Draft")
    rows = _rows(_generation(trace=trace), _generation(2, trace=TraceContext(parent_span_id=TO_COME)))

    for row in (*rows["traces"], *rows["spans"]):
        assert TO_COME not in (row["id"], row.get("trace_id"), row.get("parent_span_id"))
    assert {TO_COME, "gen-2"} == {row["metadata"]["openrouter_trace_id"] for row in rows["traces"]}
    assert [TO_COME] * 3 == [row["metadata"]["parent_span_id"] for row in rows["spans"]]
    assert {"moved $.trace.trace_id", "moved $.trace.parent_span_id"} <= {
        note.partition(":")[0] for note in _notes(_generation(trace=trace))
    }


def test_provider_attempts_are_child_spans_when_the_route_wants_them() -> None:
    """In the metadata always; a failed one carries its error."""
    attempts = (
        Attempt(index=0, provider="A", status_code=429),
        Attempt(index=1, provider="B", status_code=200),
    )
    generation = _generation(attempts=attempts)
    llm, first, second = _rows(generation, attempts=True)["spans"]

    assert ["A", "B"] == [one["provider_name"] for one in _span(generation)["metadata"]["provider_attempts"]]
    assert ["provider attempt 1: A", "provider attempt 2: B"] == [first["name"], second["name"]]
    assert {llm["id"]} == {first["parent_span_id"], second["parent_span_id"]}
    assert "HTTP 429" == first["error_info"]["exception_type"]
    assert "error_info" not in second


def test_traces_are_sent_before_spans_to_the_configured_server() -> None:
    """Project in the rows, workspace in a header, no secret anywhere."""
    requests = _plan(
        _generation(), base_url="http://localhost:5173/api/", workspace="team", project_name="demo"
    ).requests

    assert [
        "http://localhost:5173/api/v1/private/traces/batch",
        "http://localhost:5173/api/v1/private/spans/batch",
    ] == [request.url for request in requests]
    assert {"Content-Type": "application/json", "Comet-Workspace": "team"} == requests[0].headers
    assert "demo" == json.loads(requests[0].body)["traces"][0]["project_name"]


def test_a_trace_id_equal_to_a_generation_id_is_another_trace() -> None:
    """In one call or two, in any order."""
    first = _generation(1, id="gen-1795428000-abc")
    follow = _generation(2, trace=TraceContext(trace_id="gen-1795428000-abc"))
    apart = {row["id"] for one in (first, follow) for row in _rows(one)["traces"]}

    assert 2 == len(apart)
    assert apart == {row["id"] for row in _rows(first, follow)["traces"]}
    assert apart == {row["id"] for row in _rows(follow, first)["traces"]}


def test_an_own_uuid7_of_another_day_is_told() -> None:
    """Opik's cloud refuses its row; the others of its batch would go with it."""
    generation = _generation(trace=TraceContext(trace_id="017f22e2-79b0-7cc3-98c4-dc0c0c07398f"))

    assert any(note.startswith("late $.trace.trace_id") for note in _notes(generation))


def test_a_large_first_token_time_is_a_number_all_the_same() -> None:
    """Durations are floats, however they were given."""
    row = _span(_generation(timing=Timing(start=START, end=END, first_token_ms=10**20)))

    assert 1e20 == row["ttft"]
