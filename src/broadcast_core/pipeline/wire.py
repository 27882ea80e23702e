"""Values of items by their place on the wire (`spans[0].metadata.step`), and which of them differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from attrs import frozen

from broadcast_core.batching.item import Item
from broadcast_core.jsontext import Json, JsonError, dumps_lossy, loads


@frozen
class Value:
    """One value on the wire: its text, and the values in it by key or index."""

    text: bytes
    inside: Mapping[str | int, Value]

    __hash__ = None  # type: ignore[assignment]


Wire: TypeAlias = Mapping[str, tuple[bytes, Value]]
"""The body and the value of each item, by its place."""


def wire_of(items: Iterable[Item]) -> Wire:
    """Return the values of items by their place."""
    return {place: (body, _value(_parse(body))) for place, body in bodies_by_place(items).items()}


def bodies_by_place(items: Iterable[Item]) -> dict[str, bytes]:
    """Return the bodies of items, numbered by endpoint."""
    numbers: dict[str, int] = {}
    found: dict[str, bytes] = {}
    for item in items:
        number = numbers.setdefault(item.endpoint, 0)
        numbers[item.endpoint] += 1
        found[f"{item.endpoint}[{number}]"] = item.body
    return found


def differing_places(wire: Wire, others: Iterable[Item]) -> list[str]:
    """Return the places that are gone, as high up as they are whole, and the deepest that have changed."""
    bodies = bodies_by_place(others)
    found: set[str] = set()
    for place, (body, value) in wire.items():
        if place not in bodies:
            found.add(place)
        elif bodies[place] != body:
            found.update(_differing(value, _parse(bodies[place]), place))
    return sorted(found)


def _differing(value: Value, other: Json, place: str) -> Iterator[str]:
    if _text(other) == value.text:
        return
    others = _inside(other)
    deeper = False
    for key, item in value.inside.items():
        where = f"{place}[{key}]" if isinstance(key, int) else f"{place}.{key}"
        for found in _differing(item, others[key], where) if key in others else (where,):
            deeper = True
            yield found
    if not deeper:
        yield place


def _value(value: Json) -> Value:
    return Value(_text(value), {key: _value(item) for key, item in _inside(value).items()})


def _inside(value: Json) -> Mapping[str | int, Json]:
    return value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else {}


def _text(value: Json) -> bytes:
    return value if isinstance(value, bytes) else dumps_lossy(value)[0]


def _parse(body: bytes) -> Json:
    """Return the value of a body; one that is no JSON, or too deep, stands for itself."""
    try:
        return loads(body)
    except JsonError:
        return body
