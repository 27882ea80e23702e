"""The kinds of values that the fields of a record hold: what each takes, and what to give instead of another.

`checked` reads the kind of a field from its annotation, so that no field is without a check: a class with an
annotation that is not known here, and no validator of its own, fails where it is defined.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import attrs
from attrs import Attribute, frozen

from broadcast_core.errors import FieldError

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2262, 4, 11, 23, 47, 16, tzinfo=UTC)  # the last second of signed 64-bit nanoseconds
MOST = 2**63 - 1

_PLAIN_NUMBERS = (int, float)
_NUMBERS = (*_PLAIN_NUMBERS, Decimal)
_DOUBLE_BITS = 1023  # of a whole number that a double surely holds
DOUBLE_DIGITS = 308

_NUMBER_TEXT = re.compile(r"[0-9eETZ+\-.:_ ]{0,40}")
_OR_NONE = " | None"

Wrong = Callable[[Any], str | None]
"""What is wrong with a value, in words; None when nothing is."""


def wrong_count(value: object) -> str | None:
    """Say what is wrong with a count, or None."""
    if type(value) is not int:
        return f"expected a whole number, got {_shown(value)}"
    if value < 0:
        return f"expected at least 0, got {value}"
    return "expected a count of at most 64 bits" if value > MOST else None


def wrong_number(value: object) -> str | None:
    """Say what is wrong with a number that must be finite, or None."""
    if not isinstance(value, _NUMBERS) or isinstance(value, bool):
        return f"expected a number, got {_shown(value)}: give an int, a float or a Decimal"
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() > DOUBLE_DIGITS:
        return "expected a number that a double can hold"
    try:
        return None if math.isfinite(value) else f"expected a finite number, got {value}"
    except OverflowError:
        return "expected a number that a double can hold"


def wrong_instant(value: object) -> str | None:
    """Say what is wrong with a point in time, or None."""
    if not isinstance(value, datetime):
        return f"expected a datetime, got {_shown(value)}: give one with a time zone"
    if value.tzinfo is None:
        return "expected a time with a time zone, for example 2026-11-23T10:00:00Z"
    if not EARLIEST <= value < LATEST:
        return f"expected a time between 1970 and 2262, got {value.isoformat()}"
    return None


def wrong_identifier(value: object) -> str | None:
    """Say what is wrong with an id, or None."""
    if type(value) is not str:
        return f"expected text, got {_shown(value)}"
    if not value.strip():
        return "expected an id, got blank text"
    return None if value.isprintable() else "expected an id without control characters"


def _wrong_text(value: object) -> str | None:
    return None if isinstance(value, str) else f"expected text, got {_shown(value)}: give a str"


def _wrong_flag(value: object) -> str | None:
    return None if value is True or value is False else f"expected True or False, got {_shown(value)}"


def _wrong_whole(value: object) -> str | None:
    return None if type(value) is int else f"expected a whole number, got {_shown(value)}"


def _wrong_mapping(value: object) -> str | None:
    if value.__class__ is dict or isinstance(value, Mapping):
        return None
    return f"expected a mapping, got {_shown(value)}: give a dict, as of a JSON object"


@lru_cache(maxsize=1024)  # a record has its start and its end in many places
def written_time(moment: datetime) -> str:
    """Return a time as ISO 8601 in UTC, with as many decimals as it needs."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat()[:-6] + "Z"


def is_number_text(text: str) -> bool:
    """Tell whether a text is a number or a time, or nearly one: a message may quote it, and no other text."""
    return _NUMBER_TEXT.fullmatch(text) is not None


def _shown(value: object) -> str:
    """Name a value of the wrong type; texts and objects may be what a user said."""
    if value is None:
        return "None"
    quoted = is_number_text(value) if isinstance(value, str) else isinstance(value, _NUMBERS)
    return f"{type(value).__name__} {value!r}"[:40] if quoted else type(value).__name__


# Validators of attrs ---------------------------------------------------------------------------------


def instance(of: type) -> Any:
    """Return a validator for a record of a class; None passes where it is the default."""

    def check(_instance: object, field: Attribute[Any], value: object) -> None:
        if not isinstance(value, of) and (value is not None or field.default is not None):
            raise FieldError(f"{field.name}: {_wrong_record(of, value)}")

    return check


def tuple_of(of: type) -> Any:
    """Return a validator for a tuple of values of a class; a list of them is told what to do."""

    def check(_instance: object, field: Attribute[Any], value: object) -> None:
        if not isinstance(value, tuple):
            what = f"expected a tuple of {of.__name__}, got {_shown(value)}: give tuple(...) of them"
            raise FieldError(f"{field.name}: {what}")
        for n, item in enumerate(value):
            if not isinstance(item, of):
                raise FieldError(f"{field.name}[{n}]: {_wrong_record(of, item)}")

    return check


def switch(_instance: object, field: Attribute[Any], value: object) -> None:
    """Check a switch (a validator): a text like "false" would count as true, and None as neither."""
    if what := _wrong_flag(value):
        raise FieldError(f"{field.name}: {what}")


def one_of(*words: str) -> Any:
    """Return a validator for one of some words."""

    def check(_instance: object, field: Attribute[Any], value: object) -> None:
        if not isinstance(value, str) or value not in words:
            raise FieldError(f"{field.name}: expected one of {', '.join(words)}, got {_shown(value)}")

    return check


_PLAIN = {str: ("text", "a str"), bytes: ("bytes", "bytes"), int: ("a whole number", "an int")}


def _wrong_record(of: type, value: object) -> str:
    if of in _PLAIN:
        what, how = _PLAIN[of]
        return f"expected {what}, got {_shown(value)}: give {how}"
    is_json = of.__name__ == "Generation" and isinstance(value, dict)
    how = "; a dict of JSON becomes one by broadcast_core.record.codec.decode" if is_json else ""
    return (
        f"expected an instance of {of.__name__}, got {_shown(value)}: build it with {of.__name__}(...){how}"
    )


def _required(wrong: Wrong) -> Any:
    def check(_instance: object, field: Attribute[Any], value: object) -> None:
        if what := wrong(value):
            raise FieldError(f"{field.name}: {what}")

    return check


def _optional(wrong: Wrong) -> Any:
    def check(_instance: object, field: Attribute[Any], value: object) -> None:
        if value is not None and (what := wrong(value)):
            raise FieldError(f"{field.name}: {what}")

    return check


def _text_or_none(_instance: object, field: Attribute[Any], value: object) -> None:
    """Check the commonest kind of field without another call."""
    if value is not None and value.__class__ is not str and (what := _wrong_text(value)):
        raise FieldError(f"{field.name}: {what}")


def to_utc(value: Any) -> Any:
    """Return an aware time in UTC: arithmetic in a zone with summer time is off by an hour twice a year."""
    if not isinstance(value, datetime) or value.tzinfo in (None, UTC):
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:  # before the year 1 or after 9999: left to the validator
        return value


def _decimal(value: Any) -> Any:
    """Return an exact decimal for any real number, of a float its shortest spelling."""
    if type(value) is Decimal or not isinstance(value, _PLAIN_NUMBERS) or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return Decimal(repr(float(value)))
    return Decimal(value) if value.bit_length() <= _DOUBLE_BITS else value


def _float(value: Any) -> Any:
    """Return a plain float for any real number, 0.0 for -0.0; anything else is left to the validator."""
    if not isinstance(value, _NUMBERS) or isinstance(value, bool):
        return value
    try:
        return float(value) + 0.0
    except OverflowError:
        return value


# Kinds by annotation ---------------------------------------------------------------------------------


@frozen
class _Kind:
    wrong: Wrong
    converter: Callable[[Any], Any] | None = None


_KINDS: Mapping[str, _Kind] = {
    "str": _Kind(_wrong_text),
    "bool": _Kind(_wrong_flag),
    "int": _Kind(_wrong_whole),
    "Count": _Kind(wrong_count),
    "Money": _Kind(wrong_number, _decimal),
    "Milliseconds": _Kind(wrong_number, _float),
    "Instant": _Kind(wrong_instant, to_utc),
    "Identifier": _Kind(wrong_identifier),
    "JsonObject": _Kind(_wrong_mapping),
}
_TEXTS, _ANYTHING = "tuple[str, ...]", "Json"
OWN_CHECK = "own check"
"""The key of a field's metadata under which a validator stands that its kind does not have."""


def checked(_cls: type, fields: list[Attribute[Any]]) -> list[Attribute[Any]]:
    """Give every field of a record the check of its kind (a `field_transformer` of attrs)."""
    return [_checked(field) for field in fields]


def _checked(field: Attribute[Any]) -> Attribute[Any]:
    annotation = str(field.type)
    kind = _KINDS.get(annotation.removesuffix(_OR_NONE))
    if kind is None:
        validator = tuple_of(str) if annotation == _TEXTS else field.validator
        if validator is None and annotation != _ANYTHING:
            raise FieldError(f"{field.name}: no kind is known for {annotation}: give it a validator")
        return field.evolve(validator=validator)
    known = _required(kind.wrong)
    if annotation.endswith(_OR_NONE):
        known = _text_or_none if kind.wrong is _wrong_text else _optional(kind.wrong)
    if field.validator is None:
        return field.evolve(validator=known, converter=kind.converter)
    both, own = attrs.validators.and_(known, field.validator), {OWN_CHECK: field.validator}
    return field.evolve(validator=both, converter=kind.converter, metadata={**field.metadata, **own})


def wrong_fields(record: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """Yield the path of each field that its own check refuses, and why.

    There are some only in a record that was changed behind its constructor's back.
    """
    for field in attrs.fields(type(record)):
        try:
            value = getattr(record, field.name)
        except AttributeError:
            yield f"{path}.{field.name}", "missing"
            continue
        try:
            if field.validator is not None:
                field.validator(record, field, value)
        except Exception as error:  # noqa: BLE001  # whatever it raises, the value is not what it should be
            what = str(error) if isinstance(error, FieldError) else f"not usable ({type(error).__name__})"
            yield f"{path}.{field.name}", what.removeprefix(f"{field.name}: ")
            continue
        yield from _wrong_inside(value, f"{path}.{field.name}")


def _wrong_inside(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, tuple):
        for n, item in enumerate(value):
            yield from _wrong_inside(item, f"{path}[{n}]")
    elif attrs.has(type(value)):
        yield from wrong_fields(value, path)
