"""Tokens, money and durations: every spelling, exact, and what is wrong in them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.readers.deliveries import (
    ID,
    delivery,
    generation,
    of,
    pairs,
    root,
)

TOKENS: dict[str, Any] = {
    "int": {"intValue": 47},
    "int as text": {"intValue": "47"},
    "double": {"doubleValue": 47},
    "double as text": {"doubleValue": "47"},
    "text": {"stringValue": "47"},
    "text of a double": {"stringValue": "47.0"},
}

COSTS: dict[str, Any] = {
    "double": {"doubleValue": 0.000357},
    "double as text": {"doubleValue": "0.000357"},
    "text": {"stringValue": "0.000357"},
    "text with an exponent": {"stringValue": "3.57e-4"},
}


@pytest.mark.parametrize("spelled", TOKENS.values(), ids=TOKENS)
def test_tokens_are_read_in_every_spelling(spelled: Any) -> None:
    """As senders and collectors write them."""
    pair = {"key": "gen_ai.usage.input_tokens", "value": spelled}
    document = delivery(root(attributes=[*pairs({"gen_ai.response.id": ID}), pair]))

    assert 47 == generation(document).usage.input_tokens


@pytest.mark.parametrize("spelled", COSTS.values(), ids=COSTS)
def test_money_is_exact_in_every_spelling(spelled: Any) -> None:
    """To the last digit."""
    pair = {"key": "gen_ai.usage.total_cost", "value": spelled}
    document = delivery(root(attributes=[*pairs({"gen_ai.response.id": ID}), pair]))

    assert Decimal("0.000357") == generation(document).cost.total


OLDER: dict[str, tuple[dict[str, Any], str, Any]] = {
    "prompt tokens": ({"gen_ai.usage.prompt_tokens": 5}, "usage.input_tokens", 5),
    "completion tokens": ({"gen_ai.usage.completion_tokens": 5}, "usage.output_tokens", 5),
    "cost": ({"gen_ai.usage.cost": 0.5}, "cost.total", Decimal("0.5")),
    "cache creation": (
        {"gen_ai.usage.input_tokens.cache_creation": 5},
        "usage.cache_write_tokens",
        5,
    ),
    "system": ({"gen_ai.system": "mistralai"}, "author", "mistralai"),
    "provider slug": ({"openrouter.provider_slug": "azure/eu"}, "provider_slug", "azure/eu"),
    "finish reasons only": ({"gen_ai.response.finish_reasons": '["stop"]'}, "finish_reason", "stop"),
    "finish reasons as an array": ({"gen_ai.response.finish_reasons": ["stop"]}, "finish_reason", "stop"),
    "finish reasons as a word": ({"gen_ai.response.finish_reasons": "stop"}, "finish_reason", "stop"),
    "streamed as text": (
        {"trace.metadata.openrouter_generation.streamed": "true"},
        "streamed",
        True,
    ),
    "cancelled as text": ({"trace.metadata.openrouter_generation.cancelled": "true"}, "status", "cancelled"),
}


@pytest.mark.parametrize(("attributes", "path", "expected"), OLDER.values(), ids=OLDER)
def test_older_and_imitated_spellings_are_read(attributes: dict[str, Any], path: str, expected: Any) -> None:
    """Documentation, old payloads and imitators differ from what is sent today."""
    found: Any = of(attributes)
    for name in path.split("."):
        found = getattr(found, name)

    assert expected == found


def test_a_newer_name_wins_over_an_older_one_that_differs() -> None:
    """The other is kept."""
    found = of({"gen_ai.usage.input_tokens": 5, "gen_ai.usage.prompt_tokens": 6})

    assert (5, {"gen_ai.usage.prompt_tokens": 6}) == (found.usage.input_tokens, found.extra)


def test_durations_may_be_spelled_in_any_way_and_may_be_wrong() -> None:
    """The record can do without them."""
    system = "trace.metadata.openrouter."
    found = of({system + "first_token_ms": "1102", system + "router_latency_ms": "fast"})

    assert (1102.0, None, {system + "router_latency_ms": "fast"}) == (
        found.timing.first_token_ms,
        found.timing.router_latency_ms,
        found.extra,
    )


KEYS: dict[str, tuple[list[dict[str, Any]], bool | None]] = {
    "one that worked": ([{"status": 200, "is_byok": True}], True),
    "the last that worked": ([{"status": 200, "is_byok": False}, {"status": 200, "is_byok": True}], True),
    "one that failed": ([{"status": 500, "is_byok": True}], None),
    "one that says nothing": ([{"status": 200}], None),
    "one before one that says nothing": ([{"status": 200, "is_byok": True}, {"status": 200}], True),
}


@pytest.mark.parametrize(("listed", "expected"), KEYS.values(), ids=KEYS)
def test_an_attempt_that_worked_tells_whose_key_paid(
    listed: list[dict[str, Any]], expected: bool | None
) -> None:
    """Of several the last."""
    assert expected is of({"trace.metadata.provider_responses": json.dumps(listed)}).cost.is_byok


@pytest.mark.parametrize(
    ("stated", "source"), [({"gen_ai.usage.total_cost": 0}, "billed"), ({}, "unknown")], ids=repr
)
def test_a_cost_that_is_stated_was_billed(stated: dict[str, Any], source: str) -> None:
    """Also where it is nothing."""
    assert source == of(stated).cost.source
