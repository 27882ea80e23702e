"""What is told about a row, word by word and item by item, and the rows that it is told about."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from broadcast_core import (
    Attempt,
    Content,
    Cost,
    Failure,
    Generation,
    Identity,
    Item,
    Policy,
    Route,
    Timing,
    TraceContext,
    Usage,
    plan,
)
from broadcast_core.jsontext import MAX_DEPTH
from broadcast_core.pipeline.route import configure
from broadcast_core.traces.tree import tree_of
from broadcast_opik import destination, opik_id
from broadcast_opik.config import LOCAL

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
OWN = "019aafe2-2b7b-7000-8000-000000000002"
TAKEN_OUT = "NUL was taken out, and lone surrogates became U+FFFD"


def _items(generation: Generation, **options: Any) -> list[Item]:
    items = destination.items(tree_of(generation), configure(destination, {"base_url": LOCAL, **options}))
    return [item for item in items if isinstance(item, Item)]


def _diagnostics(item: Item) -> list[str]:
    return [str(note) for note in item.diagnostics]


DIRTY = Generation(
    id="gen-1",
    timing=Timing(start=START),
    model="m\x00",
    provider="P\x00",
    trace=TraceContext(
        trace_id="t",
        trace_name="T\x00",
        span_name="S\x00",
        generation_name="G\x00",
        parent_span_id="p",
        tags=("x" * 101,),
        metadata={"environment": "my prod", "odd": 1j},
    ),
    identity=Identity(session_id="s\x00"),
    failure=Failure(type="\x00", code="c\x00", message="M\x00", stacktrace="a\x00"),
    content=Content(input={"asked": 1j}, output={"answered": 2j}),
    attempts=(Attempt(index=0, provider="A\x00", status_code=500, message="slow\ud800"),),
)
SHARED = [
    f"coerced $.failure.type: {TAKEN_OUT}",
    f"coerced $.failure.code: {TAKEN_OUT}",
    f"coerced $.failure.message: {TAKEN_OUT}",
    f"coerced $.failure.stacktrace: {TAKEN_OUT}",
]
ENVIRONMENT = (
    "coerced $.trace.metadata.environment: Opik's environments take letters, digits, _ and -: 'my-prod'"
)
TAGS = "truncated $.trace.tags: Opik keeps 50 tags of 100 characters; all of them are in the metadata"
PARENT = (
    "moved $.trace.parent_span_id: no UUIDv7 of the past: not linked, kept in the metadata as parent_span_id"
)
ELSEWHERE = (
    "moved $.trace.parent_span_id: a span of another trace, of a time to come or in capitals; Opik would "
    "hide its children: not linked, kept in the metadata as parent_span_id"
)
OF_TWO = "not known, or kept back by the policy: with a key of your own"
ODD = "JSON cannot carry the value as it is"
TOO_MANY = "is more than Opik's integers hold"
CONTENT = [f"coerced $.content.input: {ODD}", f"coerced $.content.output: {ODD}"]


def test_keys_that_are_in_no_list_are_not_named() -> None:
    """Of parameters and the opt-in groups; known ones are."""
    odd = float("nan")
    fields = ("parameters", "generation_cost", "generation_identity", "generation_request_context")
    known = ("temperature", "usage", "app.title", "latency")
    groups: Any = {name: {"my own words": odd, key: odd} for name, key in zip(fields, known, strict=True)}
    policy = Policy(**{f"broadcast_{name}": True for name in fields[1:]})
    route = Route.to(destination, {"base_url": LOCAL}, policy=policy)
    (outcome,) = plan([Generation(id="a", timing=Timing(start=START), **groups)], route).outcomes
    paths = [note.path for note in outcome.diagnostics]

    assert "my own words" not in repr(outcome)
    assert {"$.metadata.model_parameters.temperature", "$.metadata.generation_cost.usage"} <= set(paths)
    assert {"$.metadata.model_parameters", "$.metadata.generation_request_context"} <= set(paths)


def test_whatever_is_changed_is_told_with_its_place() -> None:
    """On the item of the row in which it was changed."""
    trace, named, span, attempt = _items(DIRTY, attempts=True)

    assert [
        *SHARED,
        f"coerced $.trace.trace_name: {TAKEN_OUT}",
        f"coerced $.identity.session_id: {TAKEN_OUT}",
        TAGS,
        ENVIRONMENT,
        f"coerced $.trace.metadata.odd: {ODD}",
        *CONTENT,
    ] == _diagnostics(trace)
    assert [
        PARENT,
        *SHARED,
        f"coerced $.trace.span_name: {TAKEN_OUT}",
        f"coerced $.trace.metadata.odd: {ODD}",
        *CONTENT,
    ] == _diagnostics(named)
    assert [
        PARENT,
        f"coerced $.trace.generation_name: {TAKEN_OUT}",
        f"coerced $.model: {TAKEN_OUT}",
        f"coerced $.provider: {TAKEN_OUT}",
        TAGS,
        ENVIRONMENT,
        *SHARED,
        f"coerced $.metadata.provider_attempts[0].message: {ODD}",
        f"coerced $.metadata.odd: {ODD}",
        *CONTENT,
    ] == _diagnostics(span)
    assert [
        f"coerced $.attempts: {TAKEN_OUT}",
        f"coerced $.attempts: {TAKEN_OUT}",
        f"coerced $.attempts.message: {ODD}",
    ] == _diagnostics(attempt)


def test_an_item_speaks_of_the_generations_of_its_row() -> None:
    """On its endpoint; the named span of those under it."""
    other = Generation(id="gen-2", timing=Timing(start=START), trace=TraceContext(trace_id="t"))
    items = list(
        destination.items(tree_of(DIRTY).merge(tree_of(other)), configure(destination, {"base_url": LOCAL}))
    )

    assert [
        ("traces", ("gen-1", "gen-2")),
        ("spans", ("gen-1",)),
        ("spans", ("gen-1",)),
        ("spans", ("gen-2",)),
    ] == [(item.endpoint, item.generations) for item in items if isinstance(item, Item)]


def test_the_row_of_an_attempt() -> None:
    """With its own times where they are known, and the version of its generation."""
    attempts = (
        Attempt(index=0, provider="A", status_code=500, message="slow"),
        Attempt(index=1, start=START + timedelta(seconds=1), end=START + timedelta(seconds=2)),
        Attempt(index=2, status_code=404),
    )
    generation = Generation(id="gen-1", timing=Timing(start=START), attempts=attempts)
    _, span, *rows = (
        json.loads(item.body) for item in _items(generation, attempts=True, project_name="demo")
    )
    ids = {"openrouter_trace_id": "gen-1", "openrouter_observation_id": "gen-1"}
    same = {
        "trace_id": span["trace_id"],
        "parent_span_id": span["id"],
        "project_name": "demo",
        "type": "general",
        "start_time": "2026-11-23T10:00:00Z",
        "last_updated_at": "2026-11-23T10:00:00.000001Z",
        "source": "sdk",
    }

    assert [
        {
            **same,
            "id": opik_id("attempt", "gen-1:attempt-0", START),
            "name": "provider attempt 1: A",
            "error_info": {"exception_type": "HTTP 500", "message": "slow", "traceback": "slow"},
            "metadata": {**ids, "index": 0, "provider_name": "A", "status_code": 500, "message": "slow"},
        },
        {
            **same,
            "id": opik_id("attempt", "gen-1:attempt-1", START),
            "name": "provider attempt 2",
            "start_time": "2026-11-23T10:00:01Z",
            "end_time": "2026-11-23T10:00:02Z",
            "metadata": {**ids, "index": 1, "start": "2026-11-23T10:00:01Z", "end": "2026-11-23T10:00:02Z"},
        },
        {
            **same,
            "id": opik_id("attempt", "gen-1:attempt-2", START),
            "name": "provider attempt 3",
            "error_info": {"exception_type": "HTTP 404", "traceback": "HTTP 404"},
            "metadata": {**ids, "index": 2, "status_code": 404},
        },
    ] == rows


@pytest.mark.parametrize(
    ("trace_id", "parent", "linked", "kept"),
    [(OWN, OWN, OWN, None), ("t", OWN, None, OWN), ("t", "p", None, "p")],
    ids=["own", "elsewhere", "p"],
)
def test_the_row_of_a_named_span(trace_id: str, parent: str, linked: str | None, kept: str | None) -> None:
    """Under the caller's own span when Opik can link it; else that is in the metadata."""
    trace = TraceContext(trace_id=trace_id, span_name="\x00", parent_span_id=parent)
    generation = Generation(id="gen-1", timing=Timing(start=START), trace=trace)
    row, span = (json.loads(item.body) for item in _items(generation) if item.endpoint == "spans")

    assert (linked, kept) == (row.get("parent_span_id"), row["metadata"].get("parent_span_id"))
    assert ("Span", "general", row["id"]) == (row["name"], row["type"], span["parent_span_id"])


def test_content_that_policy_took_out_is_told_in_the_trace() -> None:
    """And nothing is said where none was."""
    timing = Timing(start=START)
    rows = [
        json.loads(_items(Generation(id="gen-1", timing=timing, content=content))[0].body)
        for content in (Content(withheld="policy"), Content())
    ]

    assert [True, None] == [row["metadata"].get("content_withheld") for row in rows]


def _nest(depth: int) -> Any:
    nest: Any = []
    for _ in range(depth - 1):
        nest = [nest]
    return nest


NOTES: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"usage": Usage(input_tokens=2**31 - 1, output_tokens=2**31)},
        [
            f"dropped $.usage: completion_tokens = 2147483648 {TOO_MANY}",
            f"dropped $.usage: total_tokens = 4294967295 {TOO_MANY}",
            f"dropped $.usage: original_usage.completion_tokens = 2147483648 {TOO_MANY}",
        ],
    ),
    (
        {"cost": Cost(total=Decimal(-1))},
        ["dropped $.cost.total: Opik takes no such cost; it is in the metadata"],
    ),
    (
        {"cost": Cost(total=Decimal("1E21"))},
        ["dropped $.cost.total: Opik takes no such cost; it is in the metadata"],
    ),
    ({"cost": Cost(total=Decimal("1E20"))}, []),
    ({"cost": Cost(total=Decimal("0E30"))}, []),
    (
        {"cost": Cost(total=Decimal(1), is_byok=True)},
        [f"coerced $.cost.upstream: {OF_TWO}, cost.total alone is the cost"],
    ),
    (
        {"cost": Cost(upstream=Decimal(1), is_byok=True)},
        [f"coerced $.cost.total: {OF_TWO}, cost.upstream alone is the cost"],
    ),
    ({"cost": Cost(is_byok=True)}, []),
    (
        {"failure": Failure(message="no", raw={"metadata": {"raw": "a\x00"}})},
        [f"coerced $.failure.raw: {TAKEN_OUT}"],
    ),
    (
        {"failure": Failure(message="x" * 400_000, raw={"metadata": {"raw": "y" * 400_000}})},
        ["truncated $.failure: cut to 500000 of 800016 bytes"],
    ),
    ({"extra": {"x" * 64: 1j}}, [f"coerced $.metadata.extra: {ODD}"]),
    ({"parameters": {"x": 1j}}, [f"coerced $.metadata.model_parameters: {ODD}"]),
    ({"parameters": {"seed": 1j}}, [f"coerced $.metadata.model_parameters.seed: {ODD}"]),
    (
        {"trace": TraceContext(metadata={"x" * 64: 1j})},
        [f"coerced $.metadata.{'x' * 64}: {ODD}"],
    ),
    ({"trace": TraceContext(metadata={"x" * 65: 1j})}, [f"coerced $.metadata: {ODD}"]),
    ({"trace": TraceContext(tags=("\uffff" * 100,))}, []),
    ({"cost": Cost(total=Decimal("1E-12"))}, []),
    (
        {"cost": Cost(total=Decimal("1E-13"))},
        ["coerced $.cost.total: Opik keeps 12 decimals; the exact cost is in the metadata"],
    ),
    (
        {"failure": Failure(code="c\x00")},
        [f"coerced $.failure.code: {TAKEN_OUT}"],
    ),
    (
        {"failure": Failure(type="x" * 10_001, message="m")},
        ["truncated $.failure.type: cut to 10000 of 10001 bytes"],
    ),
    ({"trace": TraceContext(metadata={"environment": ""})}, []),
    ({"served_model": "m\x00"}, [f"coerced $.served_model: {TAKEN_OUT}"]),
    (
        {"failure": Failure(), "attempts": (Attempt(index=0, status_code=500, message="a\x00"),)},
        [f"coerced $.attempts: {TAKEN_OUT}"],
    ),
    ({"trace": TraceContext(parent_span_id=OWN, trace_id=OWN)}, []),
    ({"trace": TraceContext(parent_span_id=OWN)}, [ELSEWHERE]),
    ({"trace": TraceContext(tags=tuple(f"{n:0100}" for n in range(50)))}, []),
    ({"trace": TraceContext(metadata={"environment": "e" * 150})}, []),
    (
        {"trace": TraceContext(metadata={"environment": " -XaX-"})},
        ["coerced $.trace.metadata.environment: Opik's environments take letters, digits, _ and -: 'XaX'"],
    ),
    (
        {"trace": TraceContext(metadata={"environment": "e" * 151})},
        [
            "coerced $.trace.metadata.environment: Opik's environments take letters, digits, _ and -: "
            f"{'e' * 150!r}"
        ],
    ),
    (
        {"trace": TraceContext(metadata={"environment": "-"})},
        ["coerced $.trace.metadata.environment: Opik's environments take letters, digits, _ and -: ''"],
    ),
    (
        {"content": Content(input=[1j] * 30)},
        [
            *(f"coerced $.content.input[{n}]: {ODD}" for n in range(20)),
            "coerced $.content.input: JSON cannot carry 10 more values as they are",
        ],
    ),
    (
        {"content": Content(input=_nest(MAX_DEPTH))},
        ["truncated $.content.input: nested too deep to be shown as a chat: the innermost was cut"],
    ),
    (
        {"content": Content(input={"score": float("nan"), "known": None})},
        [f"coerced $.content.input: {ODD}"],
    ),
    (
        {"trace": TraceContext(metadata={"score": float("inf")})},
        [f"coerced $.metadata.score: {ODD}"],
    ),
]


@pytest.mark.parametrize(("fields", "expected"), NOTES, ids=[str(fields)[:60] for fields, _ in NOTES])
def test_what_is_told_of_a_generation(fields: dict[str, Any], expected: list[str]) -> None:
    """And nothing of what Opik takes as it is."""
    *_, span = _items(Generation(id="gen-1", timing=Timing(start=START), **fields))

    assert expected == _diagnostics(span)


UNNAMED: list[tuple[dict[str, Any], str]] = [
    ({"content": Content(output={"SECRET PATIENT": "\ud800"})}, "$.content.output"),
    (
        {"content": Content(input={"messages": [{"content": {"SECRET": 1j}}]})},
        "$.content.input.messages[0].content",
    ),
    (
        {"content": Content(request={"tools": [{"function": {"SECRET": 1j}}]})},
        "$.metadata.request.tools[0].function",
    ),
    ({"extra": {"SECRET": 1j}}, "$.metadata.extra"),
    ({"failure": Failure(raw={"metadata": {"SECRET": 1j}})}, "$.metadata.failure_details.metadata"),
    ({"trace": TraceContext(metadata={"SECRET" * 11: 1j})}, "$.metadata"),
    ({"trace": TraceContext(metadata={"mine": {"also mine": 1j}})}, "$.metadata.mine.also mine"),
    ({"parameters": {"top_k": 1j}}, "$.metadata.model_parameters.top_k"),
]


@pytest.mark.parametrize(("fields", "expected"), UNNAMED, ids=[expected for _, expected in UNNAMED])
def test_a_key_that_may_be_content_is_not_told(fields: dict[str, Any], expected: str) -> None:
    """The path of what is told ends before it; the caller's own metadata is named, but for very long keys."""
    *_, span = _items(Generation(id="gen-1", timing=Timing(start=START), **fields))

    assert [f"coerced {expected}: {ODD}"] == _diagnostics(span)
    assert "SECRET" not in "".join(_diagnostics(span))


def test_what_is_told_alike_is_counted() -> None:
    """Places that end before the same key, and those beyond the first twenty."""
    content = Content(input={"SECRET": [1j] * 30, "messages": [1j] * 25})
    *_, span = _items(Generation(id="gen-1", timing=Timing(start=START), content=content))

    assert [
        "coerced $.content.input: JSON cannot carry 30 of its values as they are",
        *(f"coerced $.content.input.messages[{n}]: {ODD}" for n in range(19)),
        "coerced $.content.input: JSON cannot carry 6 more values as they are",
    ] == _diagnostics(span)
