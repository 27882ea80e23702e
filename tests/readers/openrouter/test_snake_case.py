"""Deliveries in snake_case are read as those in OTLP's own JSON."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from broadcast_core.readers import read
from broadcast_core.readers.openrouter.snake_case import in_camel_case
from tests.readers.deliveries import NAMES, example

IDS = ("traceId", "spanId", "parentSpanId")


def _base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()


def _snake(value: Any, *, in_base64: bool) -> Any:
    """Return OTLP as protobuf's JSON has it with the names of its fields."""
    if isinstance(value, list):
        return [_snake(item, in_base64=in_base64) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), key): base64.b64encode(
            bytes.fromhex(item)
        ).decode()
        if in_base64 and key in IDS and item
        else _snake(item, in_base64=in_base64)
        for key, item in value.items()
    }


@pytest.mark.parametrize("in_base64", [True, False], ids=["base64", "hexadecimal"])
@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_read_alike(name: str, in_base64: bool) -> None:
    """With its ids in base64, or as they are."""
    document = example(name)
    snake = _snake(document, in_base64=in_base64)

    assert document == {} or "resource_spans" in snake
    assert read(document).generations == read(snake).generations
    assert len(read(document).outcomes) == len(read(snake).outcomes)


def test_what_stands_there_in_both_spellings_is_not_lost() -> None:
    """And an id that is no base64 of its size stays."""
    span = {"trace_id": "not base64!", "traceId": "a" * 32, "span_id": "b" * 16, "parent_span_id": "QUI="}

    assert {
        "trace_id": "not base64!", "traceId": "a" * 32, "spanId": "b" * 16, "parentSpanId": "QUI=",
    } == in_camel_case(span)  # fmt: skip


IDENTIFIERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "base64": (
        {"trace_id": _base64("0a" * 16), "span_id": _base64("0b" * 8), "parent_span_id": _base64("0c" * 8)},
        {"traceId": "0a" * 16, "spanId": "0b" * 8, "parentSpanId": "0c" * 8},
    ),
    "hexadecimal": ({"trace_id": "0a" * 16, "span_id": "0b" * 8}, {"traceId": "0a" * 16, "spanId": "0b" * 8}),
    "base64 with another sign": ({"span_id": "AAAA!AAAAAAA="}, {"spanId": "AAAA!AAAAAAA="}),
    "no text": ({"trace_id": 5, "span_id": ["a"]}, {"traceId": 5, "spanId": ["a"]}),
    "empty": ({"parent_span_id": ""}, {"parentSpanId": ""}),
}


@pytest.mark.parametrize(("snake", "camel"), IDENTIFIERS.values(), ids=IDENTIFIERS)
def test_an_id_becomes_hexadecimal(snake: dict[str, Any], camel: dict[str, Any]) -> None:
    """Where it is the base64 of so many bytes."""
    assert camel == in_camel_case(snake)
