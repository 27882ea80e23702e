"""No stage costs more than it did: a regression is found by counting, so that no busy machine hides it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("bench.corpus", reason="the corpus is in the repository alone")
pytest.importorskip("orjson")
if sys.version_info[:2] != (3, 11):
    pytest.skip(
        "each version of Python has counts of its own; the budgets are of 3.11", allow_module_level=True
    )

from tests.speed.counting import Cost, Staged, cost, slower, stages

BUDGETS = Path(__file__).with_name("budgets.json")
ROOM = 1.05
"""How much more than its budget a stage may cost; less than the smallest slowdown that must be found."""
PLANTED = 0.15


@pytest.fixture(scope="module")
def staged() -> dict[str, Staged]:
    """Build the corpus once."""
    return stages()


def _budgets() -> dict[str, dict[str, Cost]]:
    found = json.loads(BUDGETS.read_text("utf-8"))
    return {name: {size: Cost(*one) for size, one in sizes.items()} for name, sizes in found.items()}


def _is_over(found: Cost, budget: Cost) -> bool:
    return found.calls > budget.calls * ROOM or found.json_bytes > budget.json_bytes * ROOM


NAMES = sorted(_budgets())


def test_every_stage_has_a_budget(staged: dict[str, Staged]) -> None:
    """For each size of records."""
    assert {name: sorted(one.inputs) for name, one in staged.items()} == {
        name: sorted(sizes) for name, sizes in _budgets().items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_no_stage_costs_more_than_its_budget(name: str, staged: dict[str, Staged]) -> None:
    """One that became cheaper gets a smaller budget: `make budgets` writes it."""
    stage, budget = staged[name], _budgets()[name]
    found = {size: cost(stage.work, inputs) for size, inputs in stage.inputs.items()}

    assert {} == {size: one for size, one in found.items() if _is_over(one, budget[size])}
    assert {} == {size: one for size, one in found.items() if _is_over(budget[size], one)}


@pytest.mark.parametrize("name", NAMES)
def test_a_slowdown_is_found_in_every_stage(name: str, staged: dict[str, Staged]) -> None:
    """Of fifteen percent, in every size."""
    stage, budget = staged[name], _budgets()[name]
    for size, inputs in stage.inputs.items():
        some = [inputs[n % len(inputs)] for n in range(40)]  # so that also of few a share is done twice
        assert _is_over(cost(slower(stage.work, PLANTED), some), budget[size]), size


def test_counts_are_the_same_in_every_run(staged: dict[str, Staged]) -> None:
    """Ten times, so that nothing that has not changed is refused."""
    stage = staged["plan a record"]
    found = [cost(stage.work, stage.inputs["small"]) for _ in range(10)]

    assert 1 == len(set(found))
