"""Provider attempts: from their spans and from the list of responses, and within their generation."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.readers.deliveries import (
    END,
    END_TIME,
    SECOND,
    SPAN_PATH,
    START,
    START_TIME,
    attempt,
    child,
    delivery,
    diagnostics,
    generation,
    of,
    pairs,
    read_one,
    root,
)


def test_an_attempt_that_outlasts_its_generation_is_clamped() -> None:
    """And it is said."""
    document = delivery(
        root(), attempt(startTimeUnixNano=str(START - SECOND), endTimeUnixNano=str(END + SECOND))
    )
    (one,) = generation(document).attempts

    span = "$.resourceSpans[1].scopeSpans[0].spans[0]"
    what = "lies outside the generation; moved to its nearest time"
    assert (START_TIME, END_TIME) == (one.start, one.end)
    assert [
        f"coerced {span}.startTimeUnixNano: 2026-11-21T09:59:59+00:00 {what}",
        f"coerced {span}.endTimeUnixNano: 2026-11-21T10:00:03+00:00 {what}",
    ] == diagnostics(document)


def test_an_attempt_of_a_generation_without_an_end_has_its_own() -> None:
    """It may be as late as it says."""
    late = attempt(endTimeUnixNano=str(END + SECOND))
    (one,) = generation(delivery(root(endTimeUnixNano=None), late)).attempts

    assert END_TIME + timedelta(seconds=1) == one.end


def test_an_attempt_may_end_when_it_started() -> None:
    """Nothing is said of it."""
    document = delivery(root(), attempt(endTimeUnixNano=str(START)))
    (one,) = generation(document).attempts

    assert (START_TIME, START_TIME, []) == (one.start, one.end, diagnostics(document))


def test_an_attempt_that_ends_before_it_starts_ends_with_its_start() -> None:
    """And it is said."""
    document = delivery(root(), attempt(startTimeUnixNano=str(START + SECOND), endTimeUnixNano=str(START)))
    (one,) = generation(document).attempts

    assert (START_TIME + timedelta(seconds=1),) * 2 == (one.start, one.end)
    span = "$.resourceSpans[1].scopeSpans[0].spans[0]"
    assert [f"coerced {span}.endTimeUnixNano: moved to the start of the attempt"] == diagnostics(document)


def test_attempts_are_in_their_order_whatever_the_order_of_the_spans() -> None:
    """By their number, which the name has too."""
    spans = [attempt(2, "C"), child("provider attempt 2: B"), attempt(0, "A"), root()]

    assert [(0, "A"), (1, "B"), (2, "C")] == [
        (one.index, one.provider) for one in generation(delivery(*spans)).attempts
    ]


NAMES: dict[str, tuple[str, int, str | None]] = {
    "a number and a provider": ("3: Azure", 2, "Azure"),
    "a provider with a colon": ("3: Azure: East", 2, "Azure: East"),
    "a number alone": ("3", 2, None),
    "a blank provider": ("3: ", 2, None),
    "zero": ("0: Azure", 0, "Azure"),
    "five digits": ("99999: Azure", 99_998, "Azure"),
    "six digits": ("100000: Azure", 0, "Azure"),
    "digits of another script": ("\u0663: Azure", 0, "Azure"),
    "a word": ("last: Azure", 0, "Azure"),
}


@pytest.mark.parametrize(("name", "index", "provider"), NAMES.values(), ids=NAMES)
def test_the_name_of_an_attempt_tells_its_number_and_its_provider(
    name: str, index: int, provider: str | None
) -> None:
    """Where no attribute does; it counts from 1."""
    (one,) = generation(delivery(root(), child(f"provider attempt {name}"))).attempts

    assert (index, provider) == (one.index, one.provider)


def _responses(*items: dict[str, Any]) -> dict[str, str]:
    return {
        "trace.metadata.provider_responses": json.dumps(items),
        "span.metadata.provider_responses": json.dumps(items),
    }


def test_the_list_of_responses_completes_the_attempts() -> None:
    """What the span does not say is taken from it."""
    listed = _responses({"provider_name": "Mistral", "status": 200, "latency": 854, "id": "r-1"})
    (one,) = generation(delivery(root(listed), attempt())).attempts

    assert (854.0, "r-1", 200, "Mistral") == (one.latency_ms, one.id, one.status_code, one.provider)


def test_a_response_without_its_span_is_an_attempt() -> None:
    """A collector may have lost the span."""
    listed = _responses(
        {"provider_name": "Mistral", "status": 429}, {"provider_name": "Azure", "status": 200}
    )

    found = generation(delivery(root(listed), attempt(1, "Azure"))).attempts

    assert [(0, "Mistral", 429), (1, "Azure", 200)] == [
        (one.index, one.provider, one.status_code) for one in found
    ]


def test_a_response_that_contradicts_its_span_is_kept() -> None:
    """The span counts."""
    found = generation(delivery(root(_responses({"status": 502, "region": "eu"})), attempt()))

    assert (200, {"provider_responses": [{"index": 0, "status": 502, "region": "eu"}]}) == (
        found.attempts[0].status_code,
        found.extra,
    )


def test_a_response_of_another_provider_completes_nothing() -> None:
    """It is another try."""
    listed = {"provider_name": "Azure", "latency": 5.0, "status": 200}
    found = generation(delivery(root(_responses(listed)), attempt()))

    assert (
        [("Mistral", None)],
        {"provider_responses": [{"index": 0, "provider_name": "Azure", "latency": 5.0}]},
    ) == (
        [(one.provider, one.latency_ms) for one in found.attempts],
        found.extra,
    )


ODD_LISTS: dict[str, Any] = {
    "text": "many",
    "an object": '{"a": 1}',
    "numbers": "[1]",
    "cut": '[{"id": "a[truncated]',
}


@pytest.mark.parametrize("odd", ODD_LISTS.values(), ids=ODD_LISTS)
def test_a_list_of_responses_that_is_none_is_kept(odd: str) -> None:
    """As it came."""
    key = "trace.metadata.provider_responses"

    assert {key: odd} == of({key: odd}).extra


LISTED = 'attributes["trace.metadata.provider_responses"]'
MOVED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a response": ([root({"trace.metadata.provider_responses": '[{"status": "x"}]'})], f"{LISTED}[0].status"),
    "half a character": (
        [root({"trace.metadata.provider_responses": '[{"provider_name": "\\ud83d"}]'})],
        LISTED,
    ),
    "an attribute": (
        [child("provider attempt 1", {"span.metadata.status_code": "x"}), root()],
        'attributes["span.metadata.status_code"]',
    ),
    "a time": ([child("provider attempt 1", startTimeUnixNano="x"), root()], "startTimeUnixNano"),
}


@pytest.mark.parametrize(("spans", "place"), MOVED.values(), ids=MOVED)
def test_what_cannot_be_read_of_an_attempt_is_noted_at_its_place(
    spans: list[dict[str, Any]], place: str
) -> None:
    """Of the list, and of its span."""
    assert [f"{SPAN_PATH}.{place}"] == [note.path for note in read_one(delivery(*spans)).diagnostics]


CONTRADICTIONS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "two messages": (
        {"span.status_message": "Overloaded"},
        {"status": {"code": 1, "message": "Try later"}},
        {"span.status_message": "Overloaded"},
    ),
    "two providers": (
        {"trace.metadata.openrouter.provider_name": "Azure"},
        {},
        {"span.name": "provider attempt 1: Mistral"},
    ),
    "two numbers": (
        {"span.metadata.attempt_index": 3},
        {},
        {"span.name": "provider attempt 1: Mistral"},
    ),
    "an error without its code": ({}, {"status": {"code": 2}}, {"status": 2}),
    "an error with a code that says well": (
        {"span.metadata.status_code": 200},
        {"status": {"code": "Error"}},
        {"status": "Error"},
    ),
    "an error by its level alone": ({"span.level": "ERROR"}, {}, {"status": "ERROR"}),
    "an error with the first code of one": (
        {"span.metadata.status_code": 400},
        {"status": {"code": 2}},
        {},
    ),
    "an error with its code": ({"span.metadata.status_code": 502}, {"status": {"code": 2}}, {}),
    "the same message twice": (
        {"span.status_message": "Try later"},
        {"status": {"code": 1, "message": "Try later"}},
        {},
    ),
}


@pytest.mark.parametrize(("stated", "changes", "expected"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_what_an_attempt_says_otherwise_is_kept(
    stated: dict[str, Any], changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    """One of the two is read."""
    span = child("provider attempt 1: Mistral", stated, **changes)
    told_apart = [{"name": "provider attempt 1: Mistral", "attributes": expected}]

    assert ({"child spans": told_apart} if expected else {}) == generation(delivery(root(), span)).extra


def test_what_an_attempt_says_beyond_the_record_is_kept() -> None:
    """Unknown attributes, events, and values of the wrong type."""
    span = child(
        "provider attempt 1: Mistral",
        {"span.metadata.region": "eu", "span.metadata.status_code": "teapot"},
        endTimeUnixNano="soon",
        events=[{"name": "retry", "attributes": pairs({"after": 2})}],
    )
    found = read_one(delivery(root(), span))

    assert {
        "child spans": [
            {
                "name": "provider attempt 1: Mistral",
                "attributes": {
                    "span.metadata.region": "eu",
                    "span.metadata.status_code": "teapot",
                    "endTimeUnixNano": "soon",
                },
                "events": [{"name": "retry", "attributes": {"after": 2}}],
            }
        ]
    } == found.generation.extra
    assert ["moved", "moved"] == [diagnostic.kind for diagnostic in found.diagnostics]
