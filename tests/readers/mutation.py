"""Changing one place of a document, also inside JSON that stands in a text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

Step = str | int
Path = tuple[Step, ...]

INSIDE = "inside"
"""The step from a text to the JSON that it spells."""


def json_values() -> st.SearchStrategy[Any]:
    """JSON as a text can carry it: what `loads` accepts, small numbers and odd ones."""
    text = st.text(st.characters(codec="utf-8"), max_size=6)
    scalars = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.sampled_from([0, 1, -1, 1e30, -0.5, 2.5e-7, 0.0, 1795255200214000000]),
        st.floats(allow_nan=False, allow_infinity=False),
        text,
        st.sampled_from(
            ["", " ", "\x00", "abc", "NaN", "true", "-1", "1_0", "[1]", '{"a": "\\ud800"}', '"x"']
        ),
        st.sampled_from(
            ["1" * 40, "1" * 500, "gen-1", "gen-1:attempt-0", "STATUS_CODE_ERROR", "[truncated]"]
        ),
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
        max_leaves=5,
    )


def hostile_values(keys: st.SearchStrategy[str], leaves: int = 20) -> st.SearchStrategy[Any]:
    """What a program can pass for JSON: NaN, huge numbers and lone surrogates too."""
    scalars = st.one_of(
        json_values(),
        st.sampled_from([float("nan"), float("inf"), 10**30, -(10**400), "\ud800", "a\udfffb"]),
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
        max_leaves=leaves,
    )


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every value of a document, itself first."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))
    elif (spelled := _spelled(value)) is not None:
        yield from places(spelled, (*path, INSIDE))


def at(document: Any, path: Path) -> Any:
    """Return what stands at a path."""
    for step in path:
        document = _spelled(document) if isinstance(document, str) else document[step]
    return document


def changed(document: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """Return a document with another value at a path; `...` takes the value away."""
    if not path:
        return change(document)
    step, rest = path[0], path[1:]
    if isinstance(document, str):
        inner = changed(_spelled(document), rest, change)
        return document if inner is ... else json.dumps(inner, ensure_ascii=False)
    copy: Any = document.copy()
    item = changed(document[step], rest, change)
    if item is ...:
        del copy[step]
    else:
        copy[step] = item
    return copy


def _spelled(value: Any) -> Any:
    """Return the array or object that a text spells, or None."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None
