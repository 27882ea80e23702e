"""What no field takes: kept, or left out where it says nothing new."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from broadcast_core.readers.exchange import read
from broadcast_core.record.generation import Attempt, Generation

MESSAGE = {"id": "gen-1", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "hi"}]}
START = datetime(2026, 11, 23, 10, tzinfo=UTC)
SECONDS = int(START.timestamp())


def _read(response: dict[str, Any], **request: Any) -> Generation:
    document = {"request": {"model": "a/b", **request}, "response": response, "started_at": START.isoformat()}
    (found,) = read(document).generations
    return found


USUAL: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a message": ({}, {}),
    "a message of another role": ({"role": "system"}, {"role": "system"}),
    "a second that it began in": ({"created": 5, "created_at": 5}, {}),
    "a time that it began at": (
        {"created": "soon", "created_at": 5.5},
        {"created": "soon", "created_at": 5.5},
    ),
    "an unusual object": ({"object": "message.new"}, {"object": "message.new"}),
}


@pytest.mark.parametrize(("response", "kept"), USUAL.values(), ids=USUAL)
def test_only_usual_words_are_left_out(response: dict[str, Any], kept: dict[str, Any]) -> None:
    """All else is kept."""
    assert ({"response": kept} if kept else {}) == _read({**MESSAGE, **response}).extra


def test_a_response_that_repeats_what_was_asked_is_not_kept_twice() -> None:
    """What it tells otherwise is."""
    response = {"id": "gen-1", "object": "response", "output": [], "temperature": 1, "seed": 2}

    assert {"response": {"seed": 2}} == _read(response, input="hi", temperature=1, seed=1).extra


COMPLETED: dict[str, tuple[Any, int | None]] = {
    "after the start": (SECONDS + 3, SECONDS + 3),
    "with it": (SECONDS, SECONDS),
    "before it": (SECONDS - 1, None),
    "the last that a record takes": (9_223_372_035, 9_223_372_035),
    "one more": (9_223_372_036, None),
    "beyond any calendar": (253_402_300_800, None),
    "below zero": (-1, None),
    "a word": ("soon", None),
}


@pytest.mark.parametrize(("completed", "end"), COMPLETED.values(), ids=COMPLETED)
def test_the_gateway_tells_the_end_where_nobody_else_saw_it(completed: Any, end: int | None) -> None:
    """A second that cannot be it is kept."""
    found = _read({"id": "gen-1", "output": [], "completed_at": completed})
    seen = found.timing.end and int(found.timing.end.timestamp())

    assert (end, {} if end else {"response": {"completed_at": completed}}) == (seen, found.extra)


ATTEMPTS: dict[str, tuple[list[Any], bool]] = {
    "whole": ([{"provider": "A", "model": "a/b", "status": 503}, {"provider": "B", "status": None}], True),
    "a status that is none": ([{"provider": "A", "status": -1}], False),
    "a provider that is none": ([{"provider": ["A"], "status": 503}], False),
    "another key": ([{"provider": "A", "latency": 5}], False),
    "one that is no object": ([{"provider": "A"}, "B"], False),
    "none": ([], False),
}


def test_an_attempt_has_its_provider_its_status_its_model_and_its_words() -> None:
    """Each where it is one."""
    tried = {"provider": "A", "model": "a/b", "status": 503, "message": "busy"}
    found = _read({**MESSAGE, "openrouter_metadata": {"attempts": [tried, {"model": [5], "message": ""}]}})

    assert (
        Attempt(index=0, provider="A", model="a/b", status_code=503, message="busy"),
        Attempt(index=1),
    ) == found.attempts


@pytest.mark.parametrize(("stated", "expected"), [(True, True), (False, False), ("yes", None), (1, None)])
def test_only_true_and_false_say_whose_key_paid(stated: Any, expected: bool | None) -> None:
    """Of what the router tells."""
    assert expected is _read({**MESSAGE, "openrouter_metadata": {"is_byok": stated}}).cost.is_byok


@pytest.mark.parametrize(("attempts", "is_taken"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_attempts_are_taken_when_nothing_of_them_is_lost(attempts: list[Any], is_taken: bool) -> None:
    """Else they are read, and stay as well."""
    found = _read({**MESSAGE, "openrouter_metadata": {"attempts": attempts, "region": "r"}})
    kept: Any = found.extra["response"]

    assert {"region": "r", **({} if is_taken else {"attempts": attempts})} == kept["openrouter_metadata"]
    assert sum(isinstance(one, dict) for one in attempts) == len(found.attempts)
