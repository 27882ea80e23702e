"""Whole records as items: read back by the reader of records, also where they were shortened."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.destinations import (
    Attempt,
    Content,
    Cost,
    Failure,
    Generation,
    Identity,
    Item,
    Timing,
    TraceContext,
    Unmapped,
    Usage,
    record_item,
)
from broadcast_core.record.codec import decode_line
from broadcast_core.testing.strategies import EPOCH, generations

MAX = 20_000
PLAIN = Generation(
    id="gen-1", timing=Timing(start=EPOCH, end=EPOCH), model="a/b", usage=Usage(input_tokens=1)
)


def _item(generation: Generation, max_bytes: int = MAX) -> Item:
    item = record_item("lines", generation, max_bytes, "a line")
    assert isinstance(item, Item)
    return item


def _read(generation: Generation, max_bytes: int = MAX) -> Generation:
    body = _item(generation, max_bytes).body
    assert len(body) <= max_bytes
    return decode_line(body)


@given(generations(), st.sampled_from([1_000, 2_000, 4_000, 1_000_000]))
def test_a_record_of_any_size_is_read_back_or_unmapped(generation: Generation, max_bytes: int) -> None:
    """With its own id, times and numbers; nothing is longer than it may be."""
    item = record_item("lines", generation, max_bytes, "a line")

    if isinstance(item, Unmapped):
        assert max_bytes < 1_000_000
        return
    read = decode_line(item.body)
    assert len(item.body) <= max_bytes
    assert (generation.timing, generation.usage) == (read.timing, read.usage)
    assert len(generation.attempts) == len(read.attempts)
    assert read.id == generation.id or len(generation.id) > 64


LARGE = "x" * 30_000
LONG: dict[str, Generation] = {
    "tags": evolve(PLAIN, trace=TraceContext(tags=tuple(f"tag{n}" for n in range(9_000)))),
    "a tag": evolve(PLAIN, trace=TraceContext(tags=("x" * 30_000, "y"))),
    "metadata": evolve(PLAIN, trace=TraceContext(metadata={f"key{n}": n for n in range(9_000)})),
    "a key": evolve(PLAIN, trace=TraceContext(metadata={"x" * 30_000: 1})),
    "content": evolve(PLAIN, content=Content(input={"messages": [{"role": "user", "content": LARGE}]})),
    "an answer": evolve(PLAIN, content=Content(output=["x" * 9_000, 1] * 9_000)),
    "model": evolve(PLAIN, model="m" * 30_000),
    "failure": evolve(PLAIN, status="error", failure=Failure(type="t" * 30_000, message="m" * 30_000)),
    "attempts": evolve(PLAIN, attempts=tuple(Attempt(index=n, message="x" * 900) for n in range(50))),
    "parameters": evolve(PLAIN, parameters={"stop": ["x" * 30_000]}),
    "extra": evolve(PLAIN, extra={"x": {"y": ["z"] * 30_000}}),
    "truncated": evolve(PLAIN, truncated=tuple(f"$.path{n}" for n in range(9_000))),
}


@pytest.mark.parametrize("generation", LONG.values(), ids=LONG)
def test_what_is_long_is_cut_and_the_rest_is_whole(generation: Generation) -> None:
    """It is told once; there is little room that is left."""
    item = _item(generation)
    read = decode_line(item.body)

    assert ["truncated"] == [one.kind for one in item.diagnostics]
    assert (PLAIN.id, PLAIN.timing, PLAIN.usage, len(generation.attempts)) == (
        read.id, read.timing, read.usage, len(read.attempts)
    )  # fmt: skip
    assert MAX // 2 < len(item.body) <= MAX or "x" * 30_000 in generation.trace.metadata


def test_what_cannot_be_cut_is_unmapped() -> None:
    """With its size, and what there is too much of."""
    many = evolve(PLAIN, attempts=tuple(Attempt(index=n, message="short") for n in range(2_000)))
    item = record_item("lines", many, MAX, "a line")

    assert isinstance(item, Unmapped)
    assert "gen-1" == item.generation
    assert item.reason.startswith("without all that can be cut it has ")
    assert item.reason.endswith(" bytes, and a line takes 20000: it has too many attempts, or parts")


def _with_id(name: str, text: str) -> Generation:
    return {
        "id": evolve(PLAIN, id=text),
        "trace_id": evolve(PLAIN, trace=TraceContext(trace_id=text)),
        "parent_span_id": evolve(PLAIN, trace=TraceContext(parent_span_id=text)),
        "user_id": evolve(PLAIN, identity=Identity(user_id=text)),
        "session_id": evolve(PLAIN, identity=Identity(session_id=text)),
        "api_key_hash": evolve(PLAIN, identity=Identity(api_key_hash=text)),
    }[name]


IDS = ["id", "trace_id", "parent_span_id", "user_id", "session_id", "api_key_hash"]


@pytest.mark.parametrize("name", IDS)
def test_two_ids_that_are_too_long_stay_two(name: str) -> None:
    """Whatever stands beside them; one of usual length is whole."""
    first, second = (_with_id(name, "x" * 30_000 + end) for end in ("a", "b"))
    beside = evolve(first, content=Content(input="y" * 30_000))
    ids = [_value(_read(one), name) for one in (first, second, beside)]

    assert 2 == len(set(ids))
    assert ids[0] == ids[2]
    assert "x" * 100 == _value(_read(_with_id(name, "x" * 100)), name)
    assert [f"$.{_where(name)}{name}"] == [one.path for one in _item(first).diagnostics]


def _where(name: str) -> str:
    return {"id": "", "trace_id": "trace.", "parent_span_id": "trace."}.get(name, "identity.")


def _value(read: Generation, name: str) -> Any:
    return next(getattr(one, name) for one in (read, read.trace, read.identity) if hasattr(one, name))


COSTS = [
    ("0.0125", "0.0125", 0),
    ("1E-7", "1E-7", 0),
    ("1e-1100000", "0E-999", 1),
    ("0E-1100000", "0E-999", 0),
]
COSTS += [("0." + "1" * 30_000, "0." + "1" * 200, 1), ("1E+300", "1E+300", 0)]


@pytest.mark.parametrize(("total", "expected", "diagnostics"), COSTS, ids=[total[:12] for total, *_ in COSTS])
def test_an_amount_of_any_size_is_read_back(total: str, expected: str, diagnostics: int) -> None:
    """Rounded where it has no end, which is told."""
    generation = evolve(PLAIN, cost=Cost(total=Decimal(total)))

    assert expected == str(_read(generation).cost.total)
    assert ["$.cost.total"] * diagnostics == [one.path for one in _item(generation).diagnostics]


def test_an_id_is_whole_where_longer_texts_are_cut() -> None:
    """Though it is longer than what is left of them."""
    some = tuple(Attempt(index=n, message="x" * 5_000) for n in range(300))
    read = _read(evolve(PLAIN, attempts=some, identity=Identity(user_id="u" * 4_900)), 1_000_000)

    assert "u" * 4_900 == read.identity.user_id
    assert {True} == {len(one.message or "") < 4_900 for one in read.attempts}


def test_a_record_is_cut_to_the_byte_or_unmapped() -> None:
    """Where there is room for a little of what is long, for nothing of it, or for less."""
    long = evolve(PLAIN, model="m" * 1_000)
    least = len(_item(PLAIN).body)
    items = [record_item("lines", long, least + more, "a line") for more in range(-80, 200)]

    assert all(len(one.body) <= least + n - 80 for n, one in enumerate(items) if isinstance(one, Item))
    assert {Item, Unmapped} == {type(one) for one in items}
