"""Codecs: how a Python value is written as JSON, and read back, side by side, strict and lossless.

A codec is a pair of functions. Those that hold others are made of them, so that a table of codecs says all of
a text. Reading raises `DecodeError` at the first mistake, with its path, and quotes nothing of the text.

Each has a quick pair too, which does the same with what most values are, and raises something for any other:
whoever calls it asks the careful one then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from attrs import Factory, field, frozen

from broadcast_core.compiled import function_of
from broadcast_core.errors import BroadcastError
from broadcast_core.jsontext import CONTAINERS, MAX_DEPTH, Json, deeper_than, free_name, is_finite, storable
from broadcast_core.record.codec.forms import as_it_is
from broadcast_core.record.field_checks import EARLIEST, LATEST, written_time

LONGEST_WAIT = timedelta(milliseconds=1e12)
"""A first token may be this much later than the latest start."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z")
_KINDS = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "an array",
    dict: "an object",
}


class DecodeError(BroadcastError, ValueError):
    """A value that its codec does not read: what is wrong, and its JSON path from the value that was read."""

    def __init__(self, what: str, path: str = "") -> None:
        self.what, self.path = what, path
        super().__init__(f"{what} @ ${path}")

    def under(self, step: str) -> DecodeError:
        """Return the same, seen from a value that holds this one."""
        return DecodeError(self.what, step + self.path)


@frozen
class Codec:
    """How a value is written, and how it is read."""

    write: Callable[[Any], Json]
    read: Callable[[Json], Any]
    quick_write: Callable[[Any], Json] = field(default=Factory(lambda codec: codec.write, takes_self=True))
    quick_read: Callable[[Json], Any] = field(default=Factory(lambda codec: codec.read, takes_self=True))


def _exactly(kind: type) -> Callable[[Json], Any]:
    def read(value: Json) -> Any:
        if type(value) is not kind:
            raise DecodeError(f"expected {_KINDS[kind]}, got {_KINDS[type(value)]}")
        return value

    return read


_text, _list, _dict = _exactly(str), _exactly(list), _exactly(dict)


def _count(value: Json) -> int:
    if type(value) is not int or value < 0:
        raise DecodeError(f"expected a whole number of at least 0, got {_KINDS[type(value)]}")
    return value


@lru_cache(maxsize=1024)  # a trace has the same few in many places
def _known_time(text: str) -> datetime:
    return _time(text)


def _time(value: Json) -> datetime:
    if _TIME.fullmatch(_text(value)):
        with suppress(ValueError):  # the 31st of February
            moment = datetime.fromisoformat(value)
            if EARLIEST <= moment < LATEST + LONGEST_WAIT:
                return moment
    raise DecodeError("expected a time such as 2026-11-23T10:00:00.123456Z")


def _only_text(value: Any) -> Json:
    if value.__class__ is str:
        return value
    raise DecodeError("no text")


def _only_finite(value: Any) -> Json:
    """Return JSON without NaN; that it is JSON, the engine finds out."""
    if value.__class__ is str or value is None or is_finite(value):
        return value
    raise DecodeError("NaN")


def _value(value: Json) -> Json:
    if isinstance(value, CONTAINERS) and deeper_than(value, MAX_DEPTH):
        raise DecodeError(f"nested deeper than {MAX_DEPTH} levels")
    return value


def _written_text(value: object) -> str:
    """Return a text as it is, an enum of texts as its text; what is none where one should be becomes one."""
    return str.__str__(value) if isinstance(value, str) else str(storable(value))


def _written_key(value: object) -> str:
    """Return the key of an object as a request names it."""
    return next(iter(storable({value: None})))  # type: ignore[no-any-return]


TEXT = Codec(_written_text, _text, quick_write=_only_text)
KEY = Codec(_written_key, _text, quick_write=_only_text)
"""The caller's own key: of what is no text, its name in JSON."""
FLAG = Codec(bool, _exactly(bool))
COUNT = Codec(int, _count)
TIME = Codec(written_time, _time, quick_read=_known_time)
VALUE = Codec(storable, _value, _only_finite, as_it_is)
"""The caller's own JSON; as deep as its text may be, which whoever reads it quickly has seen to."""


def optional(codec: Codec) -> Codec:
    """Return the codec that may be null."""
    return Codec(
        lambda value: None if value is None else codec.write(value),
        lambda value: None if value is None else codec.read(value),
        lambda value: None if value is None else codec.quick_write(value),
        lambda value: None if value is None else codec.quick_read(value),
    )


def several(codec: Codec) -> Codec:
    """Return the codec of a tuple of any length: an array."""
    return Codec(
        lambda value: [codec.write(one) for one in value],
        lambda value: tuple(_items(codec, value)),
        lambda value: [codec.quick_write(one) for one in value],
        lambda value: tuple(codec.quick_read(one) for one in _list(value)),
    )


def texts() -> Codec:
    """Return the codec of a set of texts: an array, sorted."""
    return Codec(
        lambda value: sorted(set(map(_written_text, value))),
        lambda value: frozenset(_items(TEXT, value)),
        lambda value: sorted(map(_only_text, value)),
        lambda value: frozenset(map(_text, _list(value))),
    )


def pair(one: Codec, other: Codec) -> Codec:
    """Return the codec of a tuple of two: an array."""

    def read(value: Json) -> tuple[Any, Any]:
        if len(_list(value)) != 2:
            raise DecodeError("expected an array of two")
        return (_inner(one, value, 0), _inner(other, value, 1))

    def quick_read(value: Json) -> tuple[Any, Any]:
        first, second = _list(value)
        return (one.quick_read(first), other.quick_read(second))

    return Codec(
        lambda value: [one.write(value[0]), other.write(value[1])],
        read,
        lambda value: [one.quick_write(value[0]), other.quick_write(value[1])],
        quick_read,
    )


def record(build: Callable[..., Any], **fields: Codec) -> Codec:
    """Return the codec of an object with exactly these attributes."""

    def write(value: Any) -> Json:
        return {name: codec.write(getattr(value, name)) for name, codec in fields.items()}

    names: dict[str, Any] = {"build": build, "wrong": _not_quick}
    for name, codec in fields.items():
        names |= {f"write_{name}": codec.quick_write, f"read_{name}": codec.quick_read}
    written = ", ".join(f'"{name}": write_{name}(value.{name})' for name in fields)
    read = ", ".join(f'{name}=read_{name}(value["{name}"])' for name in fields)
    return Codec(
        write,
        lambda value: build(**_fields(fields, value)),
        function_of("write(value)", [f"return {{{written}}}"], names),
        function_of(
            "read(value)",
            [
                f"if value.__class__ is not dict or len(value) != {len(fields)}: wrong()",
                f"return build({read})",
            ],
            names,
        ),
    )


def _not_quick() -> None:
    raise DecodeError("another form")


def mapping(key: tuple[str, Codec], item: tuple[str, Codec]) -> Codec:
    """Return the codec of a mapping: an array of objects in its order, with a key and an item, each named.

    Keys that are written alike, as 1 and "1", stay apart as in a request: the later has the next free name.
    """
    fields = dict((key, item))
    entry = Codec(lambda value: value, lambda value: tuple(_fields(fields, value).values()))

    def write(value: Any) -> Json:
        taken: dict[Any, None] = {}
        for name in value:
            taken[_free(key[1].write(name), taken)] = None
        names = (list(name) if isinstance(name, tuple) else name for name in taken)
        return [
            {key[0]: name, item[0]: item[1].write(one)}
            for name, one in zip(names, value.values(), strict=True)
        ]

    def read(value: Json) -> Any:
        found: dict[Any, Any] = {}
        for n, (name, one) in enumerate(_items(entry, value)):
            if name in found:
                raise DecodeError("given twice", f"[{n}].{key[0]}")
            found[name] = one
        return found

    def quick_write(value: Any) -> Json:
        write_key, write_item = key[1].quick_write, item[1].quick_write
        return [{key[0]: write_key(name), item[0]: write_item(one)} for name, one in value.items()]

    def quick_read(value: Json) -> Any:
        read_key, read_item = key[1].quick_read, item[1].quick_read
        found = {read_key(entry[key[0]]): read_item(entry[item[0]]) for entry in _list(value)}
        if len(found) != len(value) or any(len(entry) != len(fields) for entry in value):
            raise DecodeError("given twice, or a field more")
        return found

    return Codec(write, read, quick_write, quick_read)


def _free(key: Json, taken: Mapping[Any, None]) -> Any:
    """Return a key, a text or some with a text in front, or the next free one that is like it."""
    if isinstance(key, str):
        return key if key not in taken else free_name(taken, key)
    name, *rest = key
    beside = {one[0]: None for one in taken if one[1:] == tuple(rest)} if tuple(key) in taken else {}
    return (name if name not in beside else free_name(beside, name), *rest)


def _items(codec: Codec, value: Json) -> Iterator[Any]:
    """Yield the items of an array."""
    for n in range(len(_list(value))):
        yield _inner(codec, value, n)


def _fields(fields: dict[str, Codec], value: Json) -> dict[str, Any]:
    """Return what the fields of an object say; there must be all of them, and no other."""
    if fields.keys() != _dict(value).keys():
        missing = ", ".join(name for name in fields if name not in value)
        raise DecodeError(f"missing: {missing}" if missing else "a field that this release does not know")
    return {name: _inner(codec, value, name) for name, codec in fields.items()}


def _inner(codec: Codec, value: Json, step: str | int) -> Any:
    try:
        return codec.read(value[step])
    except DecodeError as error:
        raise error.under(f".{step}" if isinstance(step, str) else f"[{step}]") from None
