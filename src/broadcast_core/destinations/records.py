"""Whole records as items: the record's own JSON, which its own reader reads also where it was shortened.

Ids are not cut as texts are, since two would become one: those that are very long end in a hash, whatever
stands beside them. Of a record that is too long the texts and the JSON of others are cut, and no number, no
time and no known word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
from attrs import frozen

from broadcast_core.batching import Item, Unmapped
from broadcast_core.destinations.fitting import plain_json
from broadcast_core.destinations.labels import fit_id
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, dumps, dumps_lossy, format_path
from broadcast_core.jsontext.truncation import LEAST, is_marker, truncate
from broadcast_core.record.codec import encode
from broadcast_core.record.generation import Generation, Identifier, JsonObject

_LOOSE = (str, Any, JsonObject, tuple[str, ...])
"""The kinds of fields that may be cut."""
_IDS = 200  # of the longest ids there is room for in a line
_DIGITS = 200
_ROUNDING = Context(prec=_DIGITS, rounding=ROUND_HALF_EVEN)
_SMALLEST = Decimal("1E-999")  # as exponents are read


def record_item(endpoint: str, generation: Generation, max_bytes: int, platform: str) -> Item | Unmapped:
    """Return a whole generation as an item: the record's own JSON, as its JSON Schema has it.

    Its time is when the generation started. One of more than `max_bytes` is shortened where it is longest;
    `platform` says whose limit that is. What cannot be shortened to it is unmapped.
    """
    document = encode(generation)
    told = [*_fit_ids(document, max(LEAST, max_bytes // _IDS), platform), *_fit_amounts(document)]
    text, changed = dumps_lossy(document)
    counts = Counter(format_path(steps, _FIELDS) for steps in changed)
    told += [
        Diagnostic("coerced", path, f"JSON cannot carry {n} of its values") for path, n in counts.items()
    ]
    if len(text) > max_bytes:
        what = f"{len(text)} bytes, and {platform} takes {max_bytes}: the longest parts were cut"
        told.append(Diagnostic("truncated", "$", what))
        text = _shortened(plain_json(text, document), max_bytes)
    if len(text) > max_bytes:
        what = f"without all that can be cut it has {len(text)} bytes, and {platform} takes {max_bytes}"
        return Unmapped(generation=generation.id, reason=f"{what}: it has too many attempts, or parts")
    return Item(
        endpoint=endpoint,
        body=text,
        generations=(generation.id,),
        diagnostics=tuple(told),
        time=generation.timing.start,
    )


@frozen
class _Place:
    """A field of a record in its JSON: the object that holds it, its name, its kind beside null, its path."""

    holder: dict[str, Json]
    name: str
    kind: Any
    path: str

    @property
    def value(self) -> Json:
        """What stands there."""
        return self.holder[self.name]

    @property
    def is_id(self) -> bool:
        """Tell whether it tells things apart."""
        return self.kind == Identifier or self.name == "id" or self.name.endswith(("_id", "_hash"))


def _places(document: dict[str, Json], cls: type = Generation, path: str = "$") -> Iterator[_Place]:
    """Yield the fields of a record that its JSON has; of the records in it theirs."""
    for name, kind in _kinds(cls).items():
        if name not in document:
            continue
        value, where, inner = document[name], f"{path}.{name}", _record_in(kind)
        if inner is None:
            yield _Place(document, name, kind, where)
        elif isinstance(value, list):
            for n, one in enumerate(value):
                yield from _places(one, inner, f"{where}[{n}]")
        else:
            yield from _places(value, inner, where)


@cache
def _kinds(cls: type) -> dict[str, Any]:
    """Return the kinds of the fields of a record beside null, by name."""
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(attrs.resolve_types(cls))
    return {field.name: _beside_null(field.type) for field in fields}


def _beside_null(kind: Any) -> Any:
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return next(one for one in options if one is not NoneType)


def _record_in(kind: Any) -> type | None:
    """Return the record that a field holds, or each in its array; None where it holds none."""
    return next((one for one in (kind, *get_args(kind)) if isinstance(one, type) and attrs.has(one)), None)


def _names(cls: type) -> Iterator[str]:
    """Yield the names of the fields of a record, and of the records in it."""
    for name, kind in _kinds(cls).items():
        yield name
        if (inner := _record_in(kind)) is not None:
            yield from _names(inner)


_FIELDS = frozenset(_names(Generation))
"""The names of fields of the record: the keys that a message may name."""


def _fit_ids(document: dict[str, Json], max_chars: int, platform: str) -> Iterator[Diagnostic]:
    """Give the ids that are too long a hash at their end; yield what is told of them."""
    what = f"{platform} takes ids of {max_chars} characters: cut, with a hash of the whole at its end"
    for place in list(_places(document)):
        if isinstance(place.value, str) and len(place.value) > max_chars and place.is_id:
            fitted = fit_id(place.value, place.path, max_chars, what)
            place.holder[place.name] = fitted.value
            yield from fitted.diagnostics


def _fit_amounts(document: dict[str, Json]) -> Iterator[Diagnostic]:
    """Round amounts that the reader of records would refuse, or that are very long; yield what is told."""
    cost = document.get("cost", {})
    for name, text in cost.items():
        if not isinstance(text, str) or (len(text) <= _DIGITS and "E" not in text):
            continue
        exact = Decimal(text)
        amount = _ROUNDING.plus(exact)
        if int(amount.as_tuple().exponent) < int(_SMALLEST.as_tuple().exponent):
            amount = amount.quantize(_SMALLEST, context=_ROUNDING)
        cost[name] = str(amount)
        if amount != exact:
            yield Diagnostic("coerced", f"$.cost.{name}", f"rounded to {_DIGITS} digits")


def _shortened(document: dict[str, Json], max_bytes: int) -> bytes:
    """Return the JSON text of a record with its loose parts cut to fit; longer where that is not enough."""
    loose = [place for place in _places(document) if _can_be_cut(place)]
    parts = {place.path: place.holder.pop(place.name) for place in loose}
    room = max_bytes - len(dumps(document))
    if room < LEAST:
        return dumps(document)
    kept = truncate(parts, room)  # its names are longer than those in the record, so all of it has room
    for place in loose:
        if place.path in kept:
            part = kept[place.path]
            is_list = place.kind == tuple[str, ...]
            place.holder[place.name] = [one for one in part if not is_marker(one)] if is_list else part
    return dumps(document)


def _can_be_cut(place: _Place) -> bool:
    return place.kind in _LOOSE and not place.is_id and len(dumps(place.value)) > LEAST
