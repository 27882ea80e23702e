"""Places on the wire: which values are gone or changed, and no more of them than need be said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Item
from broadcast_core.pipeline.wire import differing_places, wire_of


def _items(*values: Any, endpoint: str = "rows") -> list[Item]:
    bodies = (value if isinstance(value, bytes) else json.dumps(value).encode() for value in values)
    return [Item(endpoint=endpoint, body=body, generations=("a",)) for body in bodies]


def _differing(before: list[Item], after: list[Item]) -> list[str]:
    return differing_places(wire_of(before), after)


CASES: dict[str, tuple[Any, Any, list[str]]] = {
    "nothing": ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}, []),
    "the deepest": ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, ["rows[0].a[1].b"]),
    "two": ({"a": 1, "b": 2, "c": 3}, {"a": 2, "b": 2, "c": 4}, ["rows[0].a", "rows[0].c"]),
    "what is gone, whole": ({"a": {"b": {"c": 1}}}, {"a": {}}, ["rows[0].a.b"]),
    "what came": ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, ["rows[0].a"]),
    "an item of an array": ({"a": [1, 2]}, {"a": [1]}, ["rows[0].a[1]"]),
    "an object for a text": ({"a": {"b": 1, "c": 2}}, {"a": "x"}, ["rows[0].a.b", "rows[0].a.c"]),
    "an array for an object": ({"a": {"0": 1}}, {"a": [1]}, ["rows[0].a.0"]),
    "a number of another kind": (
        {"a": 1, "b": 1, "c": 0},
        {"a": 1.0, "b": True, "c": 0},
        ["rows[0].a", "rows[0].b"],
    ),
    "the order of keys": ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2, "b": 1}}, ["rows[0].a"]),
    "spelling": (b'{"a": 1}', b'{"a":1}', []),
    "no JSON, though Python reads it": (b'{"a":NaN}', b'{"a": NaN}', ["rows[0]"]),
    "no JSON": (b"one", b"two", ["rows[0]"]),
    "no JSON any more": ({"a": 1}, b"two", ["rows[0].a"]),
    "no object any more": ({"a": 1}, [1], ["rows[0].a"]),
    "a scalar": (b"1", b"2", ["rows[0]"]),
    **{
        f"{levels} levels": (
            b"[" * levels + b"1" + b"]" * levels,
            b"[" * levels + b"2" + b"]" * levels,
            expected,
        )
        for levels, expected in ((2, ["rows[0][0][0]"]), (300, ["rows[0]"]), (5_000, ["rows[0]"]))
    },
}


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_where_two_items_differ(before: Any, after: Any, expected: list[str]) -> None:
    """As their JSON is written, and not as Python compares it."""
    assert expected == _differing(_items(before), _items(after))


def test_items_are_numbered_by_endpoint() -> None:
    """One that is not there any more is gone whole."""
    before = [*_items({"a": 1}, {"a": 2}), *_items({"a": 3}, endpoint="spans")]

    assert ["rows[1]"] == _differing(before, [before[0], before[2]])
    assert ["rows[0].a", "spans[0]"] == _differing(before, _items({"a": 0}, {"a": 2}))
    assert [] == _differing([], before)


KEYS = st.sampled_from("abc")
VALUES = st.recursive(
    st.integers(0, 2) | st.none() | st.sampled_from(["x", 1.0, True]),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=8,
)


def _walk(value: Any, place: str) -> Iterator[tuple[str, str]]:
    yield place, json.dumps(value)
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _walk(item, f"{place}[{key}]" if isinstance(key, int) else f"{place}.{key}")


@given(VALUES, VALUES)
def test_places_are_those_of_a_comparison_place_by_place(before: Any, after: Any) -> None:
    """The slow way: gone places that are below no other, and changed places that are above none."""
    texts, others = dict(_walk(before, "rows[0]")), dict(_walk(after, "rows[0]"))
    differing = [place for place, text in texts.items() if others.get(place) != text]

    def is_below(place: str, above: str) -> bool:
        return place != above and place.startswith((f"{above}.", f"{above}["))

    gone = [one for one in differing if one not in others]
    expected = [one for one in gone if not any(is_below(one, above) for above in gone)]
    expected += [
        one for one in differing if one in others and not any(is_below(below, one) for below in differing)
    ]
    assert sorted(expected) == _differing(_items(before), _items(after))
