"""The cost of a row: every digit of it, as a JSON number."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from broadcast_core import Cost, Generation, Route, Timing, plan
from broadcast_core.testing.strategies import EPOCH
from broadcast_opik import destination

ROUTE = Route.to(destination, {"base_url": "http://localhost:5173/api"})


@pytest.mark.parametrize(
    ("total", "text"),
    [
        ("0", "0"), ("0.000", "0"), ("0.000004", "0.000004"), ("0.00001", "0.00001"),
        ("0.000058", "0.000058"), ("0.10", "0.10"), ("12", "12"), ("12.0", "12.0"), ("12.5", "12.5"),
        ("100.25", "100.25"), ("0.123456789012", "0.123456789012"), ("1E-7", "0.0000001"), ("1E+3", "1000"),
        ("0.1234567890125", "0.123456789012"), ("1234567890.12", "1234567890.12"),
        ("12345678901234567.5", "12345678901234567.5"),
    ],
)  # fmt: skip
def test_a_cost_is_spelled_like_its_decimal(total: str, text: str) -> None:
    """Whether a double is written, or the digits themselves."""
    generation = Generation(id="gen-1", timing=Timing(start=EPOCH), cost=Cost(total=Decimal(total)))
    (_, spans) = plan([generation], ROUTE).requests

    assert f'"total_estimated_cost":{text},'.encode() in spans.body
    row: dict[str, Any] = json.loads(spans.body, parse_float=Decimal)["spans"][0]
    assert abs(Decimal(row["total_estimated_cost"]) - Decimal(total)) < Decimal("1E-12")
