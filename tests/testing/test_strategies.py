"""The strategies reach what they promise: a law that is never put to a field holds for it by chance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from broadcast_core import Generation
from broadcast_core.record.leaves import classes, leaves
from broadcast_core.testing.strategies import batches, generations

DRAWS = 300

_plain = settings(
    max_examples=DRAWS,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _drawn(some: st.SearchStrategy[list[Generation]]) -> list[list[Generation]]:
    drawn: list[list[Generation]] = []

    @_plain
    @given(some)
    def draw(one: list[Generation]) -> None:
        drawn.append(one)

    draw()
    return drawn


def _field(path: str) -> str:
    """Return the field of the record that a path lies in."""
    plain = re.sub(r"\[\d+\]", "[]", path)
    return next(field for field in FIELDS if plain == field or plain.startswith(f"{field}."))


FIELDS = [path.removesuffix("[]") for path, _ in classes()]


@pytest.fixture(scope="module")
def drawn() -> list[list[Generation]]:
    """Draw many batches, once for all tests and only where they run."""
    return _drawn(batches(generations(trace_ids=st.sampled_from([None, "a"])), max_size=4))


@pytest.fixture(scope="module")
def known(drawn: list[list[Generation]]) -> Counter[str]:
    """Return in how many generations each field is known."""
    return Counter(field for one in drawn for g in one for field in {_field(leaf.path) for leaf in leaves(g)})


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_reached(field: str, drawn: list[list[Generation]], known: Counter[str]) -> None:
    """At least in one of a hundred generations."""
    assert known[field] > sum(map(len, drawn)) / 100


MEETINGS: dict[str, Callable[[list[Generation]], bool]] = {
    "two in a trace": lambda some: sum(one.trace.trace_id == "a" for one in some) > 1,
    "two in a named span": lambda some: max(
        Counter(one.trace.span_name for one in some if one.trace.trace_id and one.trace.span_name).values(),
        default=0,
    ) > 1,
    "two in a session": lambda some: max(
        Counter(one.identity.session_id for one in some if one.identity.session_id).values(), default=0
    ) > 1,
    "two costs of one trace": lambda some: sum(
        one.cost.total is not None for one in some if one.trace.trace_id
    ) > 1,
    "two counts of one trace": lambda some: sum(
        one.usage.output_tokens is not None for one in some if one.trace.trace_id
    ) > 1,
    "a price of the provider's with BYOK": lambda some: any(
        one.cost.is_byok and one.cost.upstream is not None for one in some
    ),
    "attempts of several indices": lambda some: any(
        len({attempt.index for attempt in one.attempts}) > 1 for one in some
    ),
    "one that failed": lambda some: any(one.status == "error" for one in some),
    "a count without its cache": lambda some: any(one.usage.cache_basis != "inclusive" for one in some),
    "a cost below zero": lambda some: any((one.cost.total or 0) < 0 for one in some),
}  # fmt: skip


@pytest.mark.parametrize("meeting", MEETINGS.values(), ids=MEETINGS)
def test_generations_meet(meeting: Callable[[list[Generation]], bool], drawn: list[list[Generation]]) -> None:
    """Laws of merging say something only where they do."""
    assert sum(map(meeting, drawn)) >= 3
