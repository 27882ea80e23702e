"""What is stored of an outcome is all of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from broadcast_core import Policy, Route, plan
from broadcast_core.delivery.stored.outcomes import outcome_rows, outcomes_of_rows
from broadcast_core.errors import StoredFormError
from broadcast_core.plugins import destination
from broadcast_core.testing.strategies import batches, generations


@given(batches(generations()))
def test_outcomes_come_back(batch: list[Any]) -> None:
    """Planned, skipped and rejected ones, with their diagnostics."""
    routes = [
        Route.to(destination("opik"), {"base_url": "http://localhost:5173/api"}),
        Route.to(destination("ndjson"), {"url": "http://localhost/"}, policy=Policy(enabled=False)),
    ]
    outcomes = plan(batch, routes).outcomes

    assert outcomes == tuple(outcomes_of_rows(outcome_rows(outcomes)))


@pytest.mark.parametrize("row", [b"", b"{", b"[]", b'{"route":"a"}', b'{"diagnostics":[1]}', b"7"])
def test_what_is_no_outcome_is_refused(row: bytes) -> None:
    """Nothing of it is quoted."""
    with pytest.raises(StoredFormError, match="no stored outcome"):
        list(outcomes_of_rows([row]))
