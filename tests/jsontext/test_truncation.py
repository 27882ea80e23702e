"""Shortened JSON is within its size, valid, and says what is missing."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from broadcast_core.jsontext import Json, JsonError, dumps
from broadcast_core.jsontext.truncation import LEAST, MARKER, truncate
from broadcast_core.testing.strategies import json_values

LONG = st.one_of(st.text(max_size=300), st.just(MARKER))
VALUES = st.one_of(
    json_values(20),
    st.recursive(LONG, lambda inner: st.one_of(st.lists(inner), st.dictionaries(LONG, inner)), max_leaves=20),
)


@given(VALUES, st.integers(LEAST, 600))
def test_a_shortened_value_has_at_most_the_bytes_that_were_given(value: Json, max_bytes: int) -> None:
    """What fits already stays as it is."""
    try:
        whole = dumps(value)
    except JsonError:
        assume(False)

    result = truncate(value, max_bytes)

    assert len(dumps(result)) <= max_bytes
    assert (len(whole) <= max_bytes) == (dumps(result) == whole)


def test_the_long_gives_way_to_the_short() -> None:
    """One image among messages is cut; the messages stay."""
    value = {"id": "gen-1", "messages": ["hello", "x" * 1000, {"image": "y" * 1000}, "bye"]}

    result = truncate(value, 400)

    assert ("gen-1", "hello", "bye") == (result["id"], result["messages"][0], result["messages"][-1])
    assert result["messages"][1].endswith("x[truncated]")
    assert result["messages"][2]["image"].endswith("y[truncated]")
    assert 300 < len(dumps(result)) <= 400


def test_too_many_parts_are_counted() -> None:
    """The first stay, and a marker says how many are missing."""
    items = truncate(list(range(1000)), 200)
    keys = truncate({f"key-{n}": "value" for n in range(1000)}, 200)

    assert {MARKER: {"omitted_items": 1000 - (len(items) - 1)}} == items[-1]
    assert {"omitted_keys": 1000 - (len(keys) - 1)} == keys[MARKER]
    assert [0, 1, 2] == items[:3]
    assert "value" == keys["key-0"]


def test_what_is_cut_still_says_something() -> None:
    """A few messages stay whole, rather than a marker of each."""
    messages = [{"role": "user", "content": f"{n:0500}"} for n in range(1000)]

    result = truncate(messages, 100_000)

    assert messages[: len(result) - 1] == result[:-1]
    assert 180 < len(result)


KEYS: list[tuple[dict[str, Json], list[str]]] = [
    ({"a": 1, "K" * 10_000: 1, "z": 2}, ["a", "z", MARKER]),
    ({"K" * 9_000: 1, "a": 1, "z": 2}, ["K" * 9_000, "a", "z"]),
    ({"K" * 9_900: 1, "a": "x" * 99, "z": 2}, ["a", "z", MARKER]),
    ({**dict.fromkeys("abc", 1), **{f"{n}" * 4_000: 1 for n in range(3)}, "z": 1},
     ["a", "b", "c", "0" * 4_000, "1" * 4_000, "z", MARKER]),
    ({MARKER: {"omitted_keys": 2}, "K" * 10_000: 1}, [MARKER, f"{MARKER}_"]),
    ({MARKER: 1, f"{MARKER}_": 2, "K" * 10_000: 1}, [MARKER, f"{MARKER}_", f"{MARKER}__"]),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), KEYS, ids=[str(n) for n in range(len(KEYS))])
def test_a_long_key_gives_way_to_short_ones(value: dict[str, Json], expected: list[str]) -> None:
    """In their order; what is named as a marker is keeps its name."""
    result = truncate(value, 10_000)

    assert expected == list(result)
    assert {key: value[key] for key in result if key in value} == {
        key: result[key] for key in result if key in value
    }


@given(st.lists(st.integers(1, 20_000), max_size=12), st.integers(LEAST, 50_000))
def test_no_key_stays_in_place_of_a_much_shorter_one(lengths: list[int], max_bytes: int) -> None:
    """As much as twice as long, from some length on."""
    keys = [f"{n:x}".rjust(length, "k") for n, length in enumerate(lengths)]

    result = truncate(dict.fromkeys(keys, 1), max_bytes)

    longest = max((len(key) for key in keys if key in result), default=0)
    assert all(longest < max(2048, 2 * len(key) + 8) for key in keys if key not in result)


def test_a_deep_and_large_value_is_measured_once() -> None:
    """Not once for each of its levels."""
    value: Json = "x" * 5_000_000
    for _ in range(250):
        value = [value]

    assert len(dumps(truncate(value, 100_000))) <= 100_000


def test_nothing_is_shortened_to_less_than_a_marker() -> None:
    """That is a mistake of the program."""
    with pytest.raises(ValueError, match="fewer than 64 bytes"):
        truncate("x", 63)
