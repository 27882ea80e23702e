"""Metadata: reserved keys and the caller's own, both kept when they clash."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.destinations import (
    Cost,
    Diagnostic,
    Generation,
    all_metadata,
    combine,
    cost_metadata,
    dumps,
    fit_cost,
    fit_money,
    total_cost,
)
from broadcast_core.testing.lineage import Filler

KEYS = st.sampled_from(["a", "b", "cost", "custom", "custom_", "custom__"])
OBJECTS = st.dictionaries(KEYS, st.one_of(st.none(), st.integers(), st.just({}), st.just([])))


def test_a_key_that_is_taken_moves_and_is_told() -> None:
    """By us, or by what the platform means by it."""
    fitted = combine({"a": 1, "cost": 2, "mine": 3}, {"a": 9, "empty": {}}, {"cost"}, "Demo")

    assert {"a": 9, "mine": 3, "custom": {"a": 1, "cost": 2}} == fitted.value
    assert [
        Diagnostic(
            "moved",
            f"$.trace.metadata.{key}",
            f"the name is taken in Demo; your value is in the metadata under custom.{key}",
        )
        for key in ("a", "cost")
    ] == list(fitted.diagnostics)


@given(OBJECTS, OBJECTS)
def test_nothing_is_lost_of_either(custom: dict[str, Any], reserved: dict[str, Any]) -> None:
    """Reserved keys stand as they are; each of the caller's is there, or among those that moved."""
    result = combine(custom, reserved, {"cost"}, "Demo").value
    present = {key: value for key, value in reserved.items() if value not in (None, {}, [])}
    clashing = {key: value for key, value in custom.items() if key in present or key == "cost"}
    free = {key: value for key, value in custom.items() if key not in clashing}
    moved = [value for key, value in result.items() if key not in present and key not in free]

    assert result.items() >= present.items()
    assert result.items() >= free.items()
    assert moved == ([clashing] if clashing else [])


def test_costs_are_numbers_where_a_double_holds_them() -> None:
    """Else text; nothing is said of what is not known."""
    exact = Decimal("0.1234567890123456789")

    assert {} == cost_metadata(Cost())
    assert {"input": 0.5, "total": str(exact), "currency": "USD"} == cost_metadata(
        Cost(input=Decimal("0.5"), total=exact)
    )


def test_the_cost_in_all_is_the_charge_and_with_byok_the_price() -> None:
    """Of a sum with one part unknown the other, told."""
    both = Cost(total=Decimal("0.1"), upstream=Decimal("0.2"), is_byok=True)
    parts = Cost(total=Decimal(1), upstream_input=Decimal(2), upstream_output=Decimal(3), is_byok=True)
    half = total_cost(Cost(upstream=Decimal("0.2"), is_byok=True))

    assert (Decimal("0.3"), Decimal(6)) == (total_cost(both).value, total_cost(parts).value)
    assert Decimal("0.1") == total_cost(Cost(total=Decimal("0.1"), upstream=Decimal("0.2"))).value
    assert (Decimal("0.2"), ["$.cost.total"]) == (half.value, [one.path for one in half.diagnostics])
    assert total_cost(Cost(is_byok=True)).value is None


def test_money_is_rounded_to_even_and_told() -> None:
    """Only where the platform keeps fewer decimals."""
    kept, cut = (fit_money(Decimal(text), 2, "$.cost.total", "Demo") for text in ("0.25", "0.125"))

    assert (Decimal("0.25"), ()) == (kept.value, kept.diagnostics)
    assert (Decimal("0.12"), "Demo keeps 2 decimals; the exact cost is in the metadata") == (
        cut.value,
        cut.diagnostics[0].what,
    )


HUGE = "1" * 300 + "." + "1" * 2_000_000
COSTS: list[tuple[str, Any, int]] = [
    ("0.0125", 0.0125, 0),
    ("0", 0.0, 0),
    ("-0.0", 0.0, 0),
    ("-0E+5", 0.0, 0),
    ("1e300", 1e300, 0),
    ("0.123456789012", 0.123456789012, 0),
    ("0.12345678901234567", 0.123456789012, 1),
    ("123456789.123456789012", "123456789.123456789012", 0),
    ("1e-1100000", 0.0, 1),
    (HUGE, "1" * 300 + "." + "1" * 12, 1),
]


@pytest.mark.parametrize(("total", "expected", "diagnostics"), COSTS, ids=[total[:30] for total, *_ in COSTS])
def test_a_cost_of_any_size_is_a_short_number_or_text(total: str, expected: object, diagnostics: int) -> None:
    """A number where a double holds it; what is rounded is told."""
    fitted = fit_cost(Cost(total=Decimal(total)), 12, "Demo")

    assert (expected, diagnostics) == (fitted.value, len(fitted.diagnostics))
    assert b"-" not in dumps(fitted.value)


def test_a_cost_that_is_not_known_is_no_number() -> None:
    """And what is told of a part stays told."""
    half = fit_cost(Cost(upstream=Decimal("0.2"), is_byok=True), 12, "Demo")

    assert (None, ()) == fit_cost(Cost(), 12, "Demo")
    assert (0.2, ["$.cost.total"]) == (half.value, [one.path for one in half.diagnostics])


BESIDE = {"$.content.input", "$.content.output"}


def test_all_that_is_known_leaves_a_trace() -> None:
    """Each field of the record, beside content and the caller's own metadata."""
    filler = Filler()
    whole = all_metadata(filler.record(Generation))
    lost = {path for path in filler.markers if all_metadata(Filler(path).record(Generation)) == whole}

    assert BESIDE == {path for path in lost if not path.startswith("$.trace.metadata")}
