"""The fields of the record one by one: every value that is known, with its path and its privacy class.

Records are walked to their plain fields; an object of the caller's (metadata, parameters, an opt-in group) to
its keys, while they are few. Of parameters and groups only known keys are named: others may be what somebody
said, and are one leaf together. `Leaf.changed` gives the record without one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

import attrs
from attrs import frozen

from broadcast_core.jsontext import Json
from broadcast_core.record.field_checks import EARLIEST
from broadcast_core.record.generation import Generation
from broadcast_core.record.opt_in_groups import IDENTITY, REQUEST_CONTEXT, is_known_cost
from broadcast_core.record.parameters import NAMED

Change = Callable[[Any], Any]

MOST_KEYS, MOST_ITEMS = 100, 30
"""Objects with more keys, and more records of one field, are one leaf: each leaf costs a plan."""


@frozen
class Leaf:
    """One known value of a record; `changed` returns the record as it would be without it.

    An `unnamed` one stands for all keys of an object that may not be named.
    """

    path: str
    privacy: str
    value: Json
    changed: Change
    unnamed: bool = False

    __hash__ = None  # type: ignore[assignment]


def leaves(generation: Generation) -> Iterator[Leaf]:
    """Yield every known value of a generation, in the order of the record."""
    yield from _of_record(generation, "$", lambda changed: changed)


def classes(cls: type = Generation, path: str = "$") -> Iterator[tuple[str, str]]:
    """Yield the path and the privacy class of every field of the record, at any depth."""
    for field in attrs.fields(attrs.resolve_types(cls)):
        inner = next((kind for kind in (field.type, *get_args(field.type)) if attrs.has(kind)), None)
        many = "[]" if get_origin(field.type) is tuple else ""
        where = f"{path}.{field.name}{many}"
        if inner is None:
            yield where, field.metadata.get("privacy", "content")
        else:
            yield from classes(inner, where)


def _of_record(record: Any, path: str, rebuild: Change) -> Iterator[Leaf]:
    for field in attrs.fields(attrs.resolve_types(type(record))):
        value = getattr(record, field.name)
        put = _putting(record, field.name, rebuild)
        yield from _of_field(field, value, f"{path}.{field.name}", put)


def _putting(record: Any, name: str, rebuild: Change) -> Change:
    return lambda value: rebuild(attrs.evolve(record, **{name: value}))


def _of_field(field: attrs.Attribute[Any], value: Any, path: str, put: Change) -> Iterator[Leaf]:
    privacy = field.metadata.get("privacy", "content")
    if attrs.has(type(value)):
        yield from _of_record(value, path, put)
    elif isinstance(value, tuple) and 0 < len(value) <= MOST_ITEMS and attrs.has(type(value[0])):
        for n, item in enumerate(value):
            yield from _of_record(item, f"{path}[{n}]", _putting_item(value, n, put))
    elif isinstance(value, Mapping) and len(value) <= MOST_KEYS and privacy != "content":
        # the keys of content may be content themselves
        yield from _of_keys(value, path, privacy, put, _KNOWN_KEYS.get(field.name, lambda _key: True))
    elif value is not None and value != () and value != {}:
        yield Leaf(path, privacy, value, _constant(put, _other(field, value)))


def _of_keys(
    value: Mapping[str, Json], path: str, privacy: str, put: Change, is_known: Callable[[str], bool]
) -> Iterator[Leaf]:
    known = [key for key in value if is_known(key)]  # a key that is no text is in no list
    for key in known:
        rest = {name: one for name, one in value.items() if name != key}
        yield Leaf(f"{path}.{key}", privacy, value[key], _constant(put, rest))
    unknown = {key: one for key, one in value.items() if key not in known}
    if unknown:
        named = {key: value[key] for key in known}
        yield Leaf(f"{path}.*", privacy, unknown, _constant(put, named), unnamed=True)


_KNOWN_KEYS: Mapping[str, Callable[[str], bool]] = {
    "parameters": NAMED.__contains__,
    "generation_cost": is_known_cost,
    "generation_identity": IDENTITY.__contains__,
    "generation_request_context": REQUEST_CONTEXT.__contains__,
}
"""Which keys of an object may be named; those of the caller's metadata may all."""


def _putting_item(items: tuple[Any, ...], n: int, put: Change) -> Change:
    return lambda item: put((*items[:n], item, *items[n + 1 :]))


def _constant(put: Change, value: Any) -> Change:
    return lambda _generation: put(value)


def _other(field: attrs.Attribute[Any], value: Any) -> Any:
    """Return another valid value for a field: the opposite, zero or one, else its default."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float | Decimal):
        return type(value)(0 if value else 1)
    if get_origin(field.type) is Literal:
        return next(option for option in get_args(field.type) if option != value)
    if isinstance(value, str) and value.strip():
        return f"~{value}"
    default: Any = field.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return default.factory()
    if default is not attrs.NOTHING and default != value:
        return default
    return max(EARLIEST, value - timedelta(hours=1)) if isinstance(value, datetime) else f"{value}-"
