"""The record: frozen, picklable, checked, and classified field by field."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given

from broadcast_core import Attempt, Content, Cost, Failure, Generation, Identity, Timing, TraceContext, Usage
from broadcast_core.testing.strategies import generations

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
CLASSES = (Generation, Content, Usage, Cost, Timing, TraceContext, Identity, Attempt, Failure)

CONTENT = {
    "Generation": {"content", "extra"},
    "Content": {"input", "output", "request"},
    "Attempt": {"message"},
    "Failure": {"message", "stacktrace", "raw"},
}
IDENTITY = {
    "Generation": {"trace", "identity", "generation_identity", "generation_request_context"},
    "TraceContext": {
        "trace_id", "trace_name", "span_name", "generation_name", "parent_span_id", "tags", "metadata",
    },
    "Identity": {
        "user_id", "session_id", "api_key_name", "api_key_hash", "entity_id", "creator_user_id",
        "gateway_user_id",
    },
}  # fmt: skip


def _classified(cls: type, privacy: str) -> set[str]:
    fields: Any = attrs.fields(cls)
    return {field.name for field in fields if field.metadata.get("privacy") == privacy}


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_field_has_a_privacy_class(cls: type) -> None:
    """A new field fails here until somebody decides what it is."""
    names = {field.name for field in attrs.fields(cls)}
    known = _classified(cls, "content") | _classified(cls, "identity") | _classified(cls, "operational")

    assert names == known


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_the_classification_is_the_one_that_was_decided(cls: type) -> None:
    """A field that changes its class is a decision, not an accident."""
    assert CONTENT.get(cls.__name__, set()) == _classified(cls, "content")
    assert IDENTITY.get(cls.__name__, set()) == _classified(cls, "identity")


@given(generations())
def test_records_survive_pickle_and_copy(generation: Generation) -> None:
    """They travel between processes and through caches."""
    assert generation == pickle.loads(pickle.dumps(generation))
    assert generation == copy.deepcopy(generation) == copy.copy(generation)


def test_records_survive_a_multiprocessing_queue() -> None:
    """A real queue with its real feeder thread."""
    generation = Generation(
        id="gen-1",
        timing=Timing(start=START),
        content=Content(input={"messages": []}),
        cost=Cost(total=Decimal("0.1")),
    )
    queue: Any = multiprocessing.get_context("spawn").Queue()
    queue.put(generation)
    received = queue.get(timeout=30)
    queue.close()
    queue.join_thread()

    assert generation == received


def test_a_record_cannot_be_changed() -> None:
    """Frozen, all the way of its own fields."""
    generation = Generation(id="gen-1", timing=Timing(start=START))

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        generation.id = "other"  # type: ignore[misc]


def test_records_with_json_in_them_are_honestly_not_hashable() -> None:
    """Their JSON is mutable; plain parts hash."""
    with pytest.raises(TypeError, match="unhashable type: 'Generation'"):
        hash(Generation(id="gen-1", timing=Timing(start=START)))
    assert hash(Usage(input_tokens=1)) == hash(Usage(input_tokens=1))


def test_unknown_is_not_zero() -> None:
    """A missing cost or count is None."""
    assert (Usage().input_tokens, Cost().total, Timing(start=START).end) == (None, None, None)


def test_times_are_kept_in_utc() -> None:
    """Arithmetic in a zone with summer time is off by an hour twice a year."""
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 10, 25, 2, 50, tzinfo=berlin, fold=0)
    timing = Timing(start=start, end=datetime(2026, 10, 25, 2, 5, tzinfo=berlin, fold=1))

    assert datetime(2026, 10, 25, 0, 50, tzinfo=UTC) == timing.start
    assert (UTC, UTC) == (timing.start.tzinfo, timing.end.tzinfo if timing.end else None)
    with pytest.raises(ValueError, match="lies before the start"):
        Timing(start=start.replace(minute=10, fold=1), end=start.replace(minute=30, fold=0))


WRONG = [
    (lambda: Usage(input_tokens=10**5000), "input_tokens: expected a count of at most 64 bits"),
    (lambda: Timing(start=START, first_token_ms="5"), "first_token_ms: expected a number, got str '5'"),
    (lambda: Timing(start=START, first_token_ms="my prompt"), "first_token_ms: expected a number, got str"),
    (
        lambda: Timing(start=START, first_token_ms=10**400),
        "first_token_ms: expected a number that a double can hold",
    ),
    (lambda: Cost(total=10**400), "total: expected a number that a double can hold"),
    (
        lambda: Timing(start=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
        "start: expected a time between 1970 and 2262",
    ),
    (
        lambda: Timing(start=START, end=datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-9)))),
        "end: expected a time between 1970 and 2262",
    ),
    (lambda: Usage(input_tokens=-1), "input_tokens: expected at least 0, got -1"),
    (lambda: Usage(input_tokens=True), "input_tokens: expected a whole number, got bool True"),
    (lambda: Usage(output_tokens=False), "output_tokens: expected a whole number, got bool False"),
    (lambda: Timing(start=START, first_token_ms=True), "first_token_ms: expected a number, got bool True"),
    (lambda: Timing(start=START, generation_ms=False), "generation_ms: expected a number, got bool False"),
    (lambda: Cost(total=True), "total: expected a number, got bool True"),
    (lambda: Timing(start=True), "start: expected a datetime, got bool True"),
    (lambda: Timing(start=START, end=True), "end: expected a datetime, got bool True"),
    (lambda: Generation(id=True, timing=Timing(start=START)), "id: expected text, got bool True"),
    (lambda: Attempt(index=True), "index: expected a whole number, got bool True"),
    (lambda: Cost(total=Decimal("NaN")), "total: expected a finite number, got NaN"),
    (lambda: Timing(start=datetime(2026, 1, 1)), "start: expected a time with a time zone"),
    (lambda: Timing(start=datetime(1960, 1, 1, tzinfo=UTC)), "start: expected a time between 1970 and 2262"),
    (
        lambda: Timing(start=START, end=START.replace(hour=9)),
        "end: 2026-11-23T09:00:00+00:00 lies before the start",
    ),
    (lambda: Generation(id=" ", timing=Timing(start=START)), "id: expected an id, got blank text"),
    (
        lambda: Generation(id="a\x00", timing=Timing(start=START)),
        "id: expected an id without control characters",
    ),
]


@pytest.mark.parametrize(("build", "expected"), WRONG, ids=[expected[:40] for _, expected in WRONG])
def test_a_wrong_value_is_refused_in_words(build: Any, expected: str) -> None:
    """At the place where it is made, not when it is mapped."""
    with pytest.raises(ValueError, match=re.escape(expected)):
        build()


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(), None),
        (Usage(total_tokens=9, input_tokens=1, output_tokens=2), 9),
        (Usage(input_tokens=1, output_tokens=2), 3),
        (Usage(input_tokens=1), None),
        (Usage(input_tokens=1, output_tokens=2, cache_basis="exclusive"), None),
        (Usage(input_tokens=1, cache_read_tokens=3, output_tokens=2, cache_basis="exclusive"), None),
        (
            Usage(
                input_tokens=1,
                cache_read_tokens=3,
                cache_write_tokens=4,
                output_tokens=2,
                cache_basis="exclusive",
            ),
            10,
        ),
    ],
)
def test_total_tokens_are_stated_or_sure(usage: Usage, expected: int | None) -> None:
    """Nothing is guessed."""
    assert expected == usage.known_total


@pytest.mark.parametrize("number", [-0.0, -0, 0])
def test_a_duration_of_zero_has_no_sign(number: float) -> None:
    """Whoever writes it, by whatever means."""
    timing = Timing(start=datetime(2026, 11, 23, tzinfo=UTC), first_token_ms=number)

    assert "0.0" == repr(timing.first_token_ms)
