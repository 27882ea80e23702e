"""The opt-in groups: each field in the right one, unknown fields in the most private."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers.fields import Fields
from broadcast_core.readers.openrouter.opt_in import collect, sort_into_groups
from broadcast_core.record.opt_in_groups import COST, REQUEST_CONTEXT

GROUPS: dict[str, str] = {
    "usage": "cost",
    "usage_cache": "cost",
    "byok_usage_inference": "cost",
    "credit_pool_expires_at": "cost",
    "usage_is_estimated": "cost",
    "upstream_raw_response_usage": "cost",
    "native_server_tool_use.web_search_requests": "cost",
    "native_server_tool_use": "cost",
    "cache_creation.ephemeral_5m_input_tokens": "cost",
    "native_tokens_prompt": "cost",
    "streamed": "context",
    "cancelled": "context",
    "model": "context",
    "web_search_engine": "context",
    "num_search_results": "context",
    "data_region": "context",
    "app.title": "identity",
    "external_user": "identity",
    "request_id": "identity",
    "user_agent": "identity",
    "a_field_of_next_year": "identity",
    "usage.of.another.kind": "identity",
}


@pytest.mark.parametrize(("key", "group"), GROUPS.items(), ids=GROUPS)
def test_a_field_belongs_to_its_group(key: str, group: str) -> None:
    """What no list knows counts as identity."""
    groups = dict(zip(("cost", "identity", "context"), sort_into_groups({key: 1}), strict=True))

    assert {group: {key: 1}} == {name: values for name, values in groups.items() if values}


def test_no_field_is_in_two_groups() -> None:
    """A route switches each on by itself."""
    assert frozenset() == COST & REQUEST_CONTEXT


def _collected(trace: dict[str, Any], span: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    attributes = {f"trace.metadata.openrouter_generation.{key}": value for key, value in trace.items()}
    attributes |= {f"span.metadata.openrouter_generation.{key}": value for key, value in span.items()}
    fields = Fields(attributes, "$")
    return collect(fields), fields.left


Values = dict[str, Any]
COPIES: dict[str, tuple[Values, Values, Values]] = {
    "both copies": ({"usage": 0.02}, {"usage": 0.02}, {"usage": 0.02}),
    "only the trace's": ({"usage": 0.02}, {}, {"usage": 0.02}),
    "only the span's": ({}, {"usage": 0.02}, {"usage": 0.02}),
    "each its own": ({"usage": 1}, {"model": "m"}, {"usage": 1, "model": "m"}),
    "JSON text": ({"upstream_raw_response_usage": '{"a": 1}'}, {}, {"upstream_raw_response_usage": {"a": 1}}),
    "JSON text in both": ({"a": "[1]"}, {"a": "[1]"}, {"a": [1]}),
    "JSON text and the value": ({"a": "[1]"}, {"a": [1]}, {"a": [1]}),
    "a title in quotes": ({"app.title": '"Best"'}, {}, {"app.title": '"Best"'}),
    "null": ({"upstream_raw_response_usage": None}, {}, {"upstream_raw_response_usage": None}),
}


@pytest.mark.parametrize(("trace", "span", "expected"), COPIES.values(), ids=COPIES)
def test_two_copies_are_read_once(trace: Values, span: Values, expected: Values) -> None:
    """Under the trace and under the span."""
    assert (expected, {}) == _collected(trace, span)


def test_a_copy_that_differs_stays() -> None:
    """For the unknown keys."""
    assert ({"usage": 1}, {"span.metadata.openrouter_generation.usage": 2}) == _collected(
        {"usage": 1}, {"usage": 2}
    )
