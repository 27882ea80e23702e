"""Our own JSON to and from `Generation`: strict, with every mistake of a record reported at once.

The only module that imports cattrs. One record is one JSON object (one line of NDJSON). Nothing is coerced:
a number in a text field is a mistake, not a text. Money is text (`"0.0125"`), times are ISO 8601 with a
zone (`2026-11-23T10:00:00.123Z`), absent means unknown. Keys that no field knows are kept in `extra`,
under their path.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import attrs
from cattrs import BaseValidationError, Converter, transform_error
from cattrs.gen import make_dict_unstructure_fn, override

from broadcast_core.diagnostics import Problem
from broadcast_core.errors import FieldError, RecordError
from broadcast_core.jsontext import Json, JsonError, dumps_lossy, keep, loads
from broadcast_core.record import field_checks
from broadcast_core.record import generation as record
from broadcast_core.record.field_checks import is_number_text, written_time
from broadcast_core.record.generation import SCHEMA_VERSION, Generation, JsonObject

T = TypeVar("T")

DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_TIME = re.compile(  # of the many forms of ISO 8601 the one that every program reads: dashes, colons, a T
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


def decode(document: Json) -> Generation:
    """Return the generation that a JSON object describes; raise `RecordError` with every mistake."""
    if not isinstance(document, dict):
        raise RecordError((Problem(f"expected a JSON object, got {_shown(document)}"),))
    version = document.get("schema_version", SCHEMA_VERSION)
    if type(version) is int and version < 1:
        raise RecordError((Problem(f"expected a schema of at least 1, got {version}", "$.schema_version"),))
    if type(version) is int and version > SCHEMA_VERSION:
        what = f"written by a newer release (schema {version}, this one reads {SCHEMA_VERSION}): upgrade"
        raise RecordError((Problem(f"{what} broadcast-core", "$.schema_version"),))
    try:
        generation = _read(document, Generation)
    except Exception:  # noqa: BLE001  # whatever the first mistake was: read again, to report all of them
        generation = _read_and_report(document)
    if not _has_unknown(document, Generation):
        return generation
    extra = dict(generation.extra)
    for name, value in _unknown(document, Generation, ""):
        keep(extra, name, value)
    return attrs.evolve(generation, extra=extra)


def encode(generation: Generation) -> dict[str, Json]:
    """Return the JSON object of a generation; what is unknown is left out."""
    document: dict[str, Json] = _WRITE(generation)
    return document


def decode_line(line: bytes | str) -> Generation:
    """Read one line of NDJSON; raise `RecordError` for anything wrong with it."""
    try:
        return decode(loads(line, FIELDS))
    except JsonError as error:
        raise RecordError((Problem(error.reason, error.path or "$"),)) from None


def encode_line(generation: Generation) -> bytes:
    """Return one line of NDJSON, with its newline, of whatever a constructor took.

    What JSON cannot carry, as half a character in a text, becomes the nearest that it can, as in a request.
    """
    text, _ = dumps_lossy(encode(generation))
    return text + b"\n"


def _read_and_report(document: dict[str, Json]) -> Generation:
    try:
        return _detailed().structure(document, Generation)
    except BaseValidationError as error:
        raise RecordError(_problems(error)) from None


# Mistakes --------------------------------------------------------------------------------------------


def _problems(error: BaseValidationError) -> tuple[Problem, ...]:
    lines = transform_error(error, path="$", format_exception=lambda exc, _type: _in_words(exc))
    return tuple(Problem(what, path) for what, _, path in (line.rpartition(" @ ") for line in lines))


def _in_words(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return f"missing: the record needs {error.args[0]!r}"
    return str(error)


def _shown(value: object) -> str:
    """Name a value that is of the wrong kind; texts are not quoted, since they may be what a user said."""
    if value is None:
        return "null"
    names = {dict: "an object", list: "an array", bool: "true or false", str: "text"}
    return names.get(type(value)) or f"number {value!r}"[:40]


def _has_unknown(document: Mapping[str, Json], cls: type) -> bool:
    known, nested = _KNOWN[cls]
    if not document.keys() <= known:
        return True
    for key, inner in nested:
        for item in _records(document.get(key)):
            if _has_unknown(item, inner):
                return True
    return False


def _records(value: Json) -> Sequence[Mapping[str, Json]]:
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return (value,) if isinstance(value, dict) else ()


def _unknown(document: Mapping[str, Json], cls: type, path: str) -> Iterator[tuple[str, Json]]:
    """Yield each key that no field knows, with its dotted path."""
    known, nested = _KNOWN[cls]
    if document.keys() - known:
        yield from ((path + key, value) for key, value in document.items() if key not in known)
    for key, inner in nested:
        if key in document:
            for where, item in _objects(document[key], path + key):
                yield from _unknown(item, inner, where + ".")


def _objects(value: Json, path: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    if isinstance(value, dict):
        yield path, value
    elif isinstance(value, list):
        yield from ((f"{path}[{n}]", item) for n, item in enumerate(value) if isinstance(item, dict))


# Rules -----------------------------------------------------------------------------------------------


def _exactly(kind: type[T], name: str) -> Callable[[Any, Any], T]:
    def structure(value: Any, _type: Any) -> T:
        if type(value) is not kind:
            raise FieldError(f"expected {name}, got {_shown(value)}")
        return value

    return structure


def _word(value: object) -> str:
    """Name a value that stands where a time, an amount or a known word should; numbers are quoted."""
    return f"text {value!r}" if isinstance(value, str) and is_number_text(value) else _shown(value)


def _float(value: Any, _type: Any) -> float:
    if type(value) is not float and type(value) is not int:
        raise FieldError(f"expected a number, got {_shown(value)}")
    return float(value)


def _decimal(value: Any, _type: Any) -> Decimal:
    if type(value) is str and DECIMAL.fullmatch(value):
        return Decimal(value)
    raise FieldError(f'expected a decimal number as text, for example "0.0125", got {_word(value)}')


def _datetime(value: Any, _type: Any) -> datetime:
    if type(value) is str and _TIME.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise FieldError(f"expected a time such as 2026-11-23T10:00:00.000Z, got {_word(value)}")


def _literal(value: Any, kind: Any) -> Any:
    options = get_args(kind)
    if type(value) is str and value in options:
        return value
    raise FieldError(f"expected one of {', '.join(options)}, got {_word(value)}")


def _object(value: Any, _type: Any) -> dict[str, Json]:
    return _exactly(dict, "an object")(value, _type)


_WRONG: dict[Any, Callable[[Any], str | None]] = {
    record.Count: field_checks.wrong_count,
    record.Milliseconds: field_checks.wrong_number,
    record.Money: field_checks.wrong_number,
    record.Instant: field_checks.wrong_instant,
    record.Identifier: field_checks.wrong_identifier,
}


def _annotated(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    """Check what the annotation promises; in the fast converter the record's own validators do."""
    of = get_args(kind)[0]
    base = converter.get_structure_hook(of)
    wrong = _WRONG[kind]
    if not converter.detailed_validation:
        return base

    def structure(value: Any, _type: Any) -> Any:
        result = base(value, of)
        if what := wrong(result):
            raise FieldError(what)
        return result

    return structure


def _optional(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    (of,) = (option for option in get_args(kind) if option is not types.NoneType)
    base = converter.get_structure_hook(of)

    def structure(value: Any, _type: Any) -> Any:
        return None if value is None else base(value, of)

    return structure


def _is_optional(kind: Any) -> bool:
    options = get_args(kind)
    return isinstance(kind, types.UnionType) or (len(options) == 2 and types.NoneType in options)


def _array(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    as_list = types.GenericAlias(list, get_args(kind)[:1])
    items: Callable[[Any, Any], list[Any]] = converter.get_structure_hook(as_list)

    def structure(value: Any, _type: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise FieldError(f"expected an array, got {_shown(value)}")
        return tuple(items(value, as_list))

    return structure


def _record(cls: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    fields: Callable[[Any, Any], Any] = converter.gen_structure_attrs_fromdict(cls)

    def structure(value: Any, kind: Any) -> Any:
        if type(value) is not dict:
            raise FieldError(f"expected an object, got {_shown(value)}")
        return fields(value, kind)

    return structure


@cache
def _detailed() -> Converter:
    """Return the converter that reports every mistake; made when the first one is met."""
    return _rules(detailed=True)


def _has_origin(origin: Any) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _rules(*, detailed: bool) -> Converter:
    converter = Converter(detailed_validation=detailed)
    for kind, name in ((str, "text"), (int, "a whole number"), (bool, "true or false")):
        converter.register_structure_hook(kind, _exactly(kind, name))
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(Decimal, _decimal)
    converter.register_structure_hook(datetime, _datetime)
    converter.register_structure_hook_func(_has_origin(Literal), _literal)
    converter.register_structure_hook_func(lambda kind: kind == JsonObject, _object)
    for predicate, factory in (
        (_has_origin(Annotated), _annotated),
        (_has_origin(tuple), _array),
        (_is_optional, _optional),
        (attrs.has, _record),
    ):
        converter.register_structure_hook_factory(predicate, factory)
    converter.register_unstructure_hook(Decimal, str)
    converter.register_unstructure_hook(datetime, written_time)
    converter.register_unstructure_hook_func(
        lambda kind: kind == JsonObject or kind is Any, lambda value: value
    )
    always = {"status": override(omit_if_default=False), "schema_version": override(omit_if_default=False)}
    for cls in _CLASSES:
        options: dict[str, Any] = always if cls is Generation else {}
        hook: Any = make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **options)
        converter.register_unstructure_hook(cls, hook)
    return converter


_CLASSES: tuple[type, ...] = (
    record.Content,
    record.Usage,
    record.Cost,
    record.Timing,
    record.TraceContext,
    record.Identity,
    record.Attempt,
    record.Failure,
    Generation,
)


def _fields(cls: type) -> tuple[frozenset[str], tuple[tuple[str, type], ...]]:
    """Return the names of the fields of a class, and those that hold records themselves."""
    hints = {field.name: str(field.type) for field in attrs.fields(attrs.resolve_types(cls))}
    nested = (
        (name, inner) for name, hint in hints.items() for inner in _CLASSES if f".{inner.__name__}" in hint
    )
    return frozenset(hints), tuple(nested)


_KNOWN = {cls: _fields(cls) for cls in _CLASSES}
FIELDS = frozenset(name for names, _ in _KNOWN.values() for name in names)
"""The names of all fields of the record: the keys that a message may quote."""

_FAST = _rules(detailed=False)
_read: Callable[[Any, Any], Generation] = _FAST.get_structure_hook(Generation)
_WRITE: Callable[[Generation], dict[str, Json]] = _FAST.get_unstructure_hook(Generation)
