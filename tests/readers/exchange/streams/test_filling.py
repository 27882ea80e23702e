"""What a poorer event must not erase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from broadcast_core.readers.exchange.streams.filling import filled, placed, real_places

ITEM = {"type": "message", "content": [{"type": "text", "text": "ab"}]}
FILLED: dict[str, tuple[Any, Any, Any]] = {
    "nothing": (None, 5, 5),
    "nothing in place of nothing": ([], None, []),
    "another nothing": ([], "", ""),
    "an empty list": ([], [1], [1]),
    "a shorter list": ([1], [1, 2], [1, 2]),
    "a longer list": ([1, 2], [1], [1, 2]),
    "an empty text": ("", 5, 5),
    "half a text": ("a", "ab", "ab"),
    "another text": ("xy", "abc", "xy"),
    "a key less": ({"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}),
    "an item without its words": ([{"type": "message", "content": []}], [ITEM], [ITEM]),
    "an item of another type": ([{"type": "call"}], [ITEM], [{"type": "call"}]),
    "zero": (0, 5, 0),
    "no": (False, True, False),
}


@pytest.mark.parametrize(("later", "earlier", "expected"), FILLED.values(), ids=FILLED)
def test_gaps_are_filled_and_nothing_else(later: Any, earlier: Any, expected: Any) -> None:
    """What says something counts."""
    assert expected == filled(later, earlier)


DEPTHS: dict[str, tuple[Callable[[Any], Any], int, Any]] = {
    "objects": (lambda inner: {"in": inner}, 16, {"a": "x", "b": "y"}),
    "more objects": (lambda inner: {"in": inner}, 17, {"a": "x"}),
    "lists of objects": (lambda inner: {"in": [inner]}, 8, {"a": "x", "b": "y"}),
    "more lists of objects": (lambda inner: {"in": [inner]}, 9, {"a": "x"}),
}


@pytest.mark.parametrize(("nest", "levels", "innermost"), DEPTHS.values(), ids=DEPTHS)
def test_gaps_are_filled_as_deep_as_answers_are(
    nest: Callable[[Any], Any], levels: int, innermost: Any
) -> None:
    """Below 16 levels the later value counts as it is."""
    later, earlier, expected = {"a": "x"}, {"b": "y"}, innermost
    for _ in range(levels):
        later, earlier, expected = nest(later), nest(earlier), nest(expected)

    assert expected == filled(later, earlier)


PLACED: dict[str, tuple[Any, dict[int, Any], list[Any]]] = {
    "nothing": (None, {}, []),
    "no list": ("x", {3: 1, 1: 2}, [2, 1]),
    "an item without its words": ([{"type": "message", "content": []}], {0: ITEM}, [ITEM]),
    "another place": ([{"type": "message", "content": []}, ITEM], {1: {"type": "message", "id": "i"}}, [
        {"type": "message", "content": []}, {**ITEM, "id": "i"},
    ]),
    "another type": ([{"type": "call"}], {0: ITEM}, [{"type": "call"}]),
    "a gap": ([None, {"type": "call"}], {0: ITEM}, [ITEM, {"type": "call"}]),
    "beyond the end": ([{"type": "call"}], {7: 2, 5: 1}, [{"type": "call"}, 1, 2]),
}  # fmt: skip


@pytest.mark.parametrize(("later", "earlier", "expected"), PLACED.values(), ids=PLACED)
def test_a_list_is_filled_in_at_its_places(later: Any, earlier: dict[int, Any], expected: list[Any]) -> None:
    """What came beyond its end follows in order."""
    assert expected == placed(later, earlier)


PLACES: dict[str, tuple[Any, dict[int, Any], dict[int, int]]] = {
    "no list": (None, {3: "a"}, {3: 3}),
    "the same": (["a", "b"], {0: "a", 1: "b"}, {0: 0, 1: 1}),
    "the second of three that are the same": (["a", "a", "a"], {1: "a"}, {1: 1}),
    "twice the same": (["a", "a"], {0: "a", 1: "a"}, {0: 0, 1: 1}),
    "counted from one": (["a", "b"], {1: "a", 2: "b"}, {1: 0, 2: 1}),
    "another order": (["a", "b"], {0: "b", 1: "a"}, {0: 1, 1: 0}),
    "another one between": (["a", "b"], {0: "b", 1: "c"}, {0: 1, 1: 2}),
    "more of the same than there are": (["a"], {1: "a", 2: "a"}, {1: 0, 2: 2}),
    "none that can be known": (["a", None], {0: None, 5: None}, {0: 0, 5: 5}),
    "one that is pushed out": (["a", "b"], {0: "b", 1: "c", 2: "a", 3: "b"}, {0: 1, 1: 4, 2: 0, 3: 3}),
    "two that are pushed out": (
        ["a", "b", "c", "d"],
        {0: "b", 1: "x", 2: "d", 3: "y"},
        {0: 1, 1: 4, 2: 3, 3: 5},
    ),
}


@pytest.mark.parametrize(("known", "found", "expected"), PLACES.values(), ids=PLACES)
def test_what_is_the_same_is_at_the_same_place(known: Any, found: dict[int, Any], expected: Any) -> None:
    """However its places were counted, and no two are at one place."""
    real = real_places(known, found, lambda one: one)

    assert (expected, len(found)) == (real, len({*real.values()}))
