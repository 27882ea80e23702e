"""Values of the items of a plan by their place, so that two plans can be compared value by value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from broadcast_core.batching import Item
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.planner import Plan
from broadcast_core.testing.conformance.subject import items_of

_IDS = ("id", "uuid", "_id", "span_id", "row_id", "event_id", "insert_id")
"""What a row's own id is called, the likeliest first."""


def values_of(result: Plan) -> dict[str, Json]:
    """Return the values of items that hold JSON, by place: `rows[0].usage.input_tokens`.

    An item is JSON, lines of it, JSON inside a JSON string, or parts with headers that hold it; of another
    format, as protobuf, nothing is found. The key of an item is at `rows[0] key`.
    """
    found: dict[str, Json] = {}
    for n, item in enumerate(items_of(result)):
        place = f"{item.endpoint}[{n}]"
        if item.key is not None:
            found[f"{place} key"] = item.key
        for value in _read(item):
            found.update(leaves(value, place))
    return found


def value_of(item: Item) -> Json:
    """Return the first JSON value that an item holds, None when it holds none."""
    return next(_read(item), None)


def row_of(item: Item) -> Json:
    """Return the id of the one row that an item is: its key, or the member of its JSON that is called so."""
    if item.key is not None or item.rows != 1:
        return item.key if item.rows == 1 else None
    value = value_of(item)
    members = value if isinstance(value, dict) else {}
    return next((one for name in _IDS if isinstance(one := members.get(name), str)), None)


def keys_of(result: Plan) -> set[str]:
    """Return every key of an object, at any depth, in items that hold JSON."""
    found: set[str] = set()
    waiting = [value for item in items_of(result) for value in _read(item)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found.update(one)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found


def leaves(value: Json, place: str) -> Iterator[tuple[str, Json]]:
    """Yield what is no object and no list, or is an empty one, with its place."""
    several: Mapping[Any, Json] = value if isinstance(value, dict) else {}
    several = dict(enumerate(value)) if isinstance(value, list) else several
    if not several:
        yield place, value
    for key, one in several.items():
        yield from leaves(one, f"{place}.{key}")


def number(value: Json) -> float | None:
    """Return a number, also of a text that is one; None of others."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def grows(values: list[float]) -> bool:
    """Tell whether each number is more than the one before."""
    return all(one < other for one, other in pairwise(values))


def _read(item: Item) -> Iterator[Json]:
    """Yield the values of JSON that an item holds; a law of its own says where it is no JSON."""
    lines = item.body.split(b"\n")
    for text in (item.body, b"[%s]" % item.body, b'"%s"' % item.body, *(lines if len(lines) > 1 else ())):
        value = _json(text)
        if isinstance(value, str):
            value = _json(value.encode("utf-8", "surrogatepass"))
        if isinstance(value, dict | list):
            yield value
            if text is item.body:
                return


def _json(text: bytes) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
